#include "control-plane/app/all_in_one/all_in_one.hpp"

#include <poll.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <optional>
#include <set>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/process.hpp"
#include "common/log/log.hpp"
#include "control-plane/app/all_in_one/home.hpp"
#include "control-plane/app/all_in_one/supervisor.hpp"

namespace all_in_one {
namespace {

constexpr int kMaximumOffset = 1200;  // the replicas' ports stay below those that Linux gives to connections
constexpr int kOffsetStep = 100;      // ten ports of replicas a step of one
constexpr int kLeftoverTries = 80;    // of 100 ms

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::optional<int> parse_number(const std::string& text, int minimum, int maximum) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < minimum || value > maximum)
    return std::nullopt;
  return value;
}

/// Reads ports from the environment and gathers every mistake.
class PortReader {
 public:
  explicit PortReader(const Environment& environment) : environment_(environment) {}

  void read(const std::string& name, int minimum, int maximum, int& value) {
    const std::string text = value_of(environment_, name);
    if (text.empty()) return;
    if (const auto number = parse_number(text, minimum, maximum)) {
      value = *number;
      return;
    }
    add(name, "must be a number from " + std::to_string(minimum) + " to " + std::to_string(maximum));
  }
  void read(const std::string& name, text::PortRange& range) {
    const std::string words = value_of(environment_, name);
    if (words.empty()) return;
    if (const auto read = text::parse_port_range(words)) {
      range = *read;
    } else {
      add(name, read.error().fields.at(0).message);
    }
  }
  void add(const std::string& name, const std::string& message) { mistakes_.push_back({name, message}); }
  std::vector<base::FieldError> take() { return std::move(mistakes_); }

 private:
  const Environment& environment_;
  std::vector<base::FieldError> mistakes_;
};

void read_ports(PortReader& reader, Ports& ports) {
  int offset = 0;
  reader.read("WISEHOSTING_PORT_OFFSET", 0, kMaximumOffset, offset);
  if (offset % kOffsetStep != 0) {
    reader.add("WISEHOSTING_PORT_OFFSET",
               "must be a multiple of " + std::to_string(kOffsetStep) + ": replicas take " +
                   std::to_string(10 * kOffsetStep) +
                   " ports from 20000 + 10 × the offset, which no other installation may share");
  }
  ports.dashboard += offset;
  ports.hub += offset;
  ports.edge += offset;
  ports.registry += offset;
  ports.replicas.first += 10 * offset;
  ports.replicas.last += 10 * offset;
  reader.read("WISEHOSTING_PUBLISH_PORTS", ports.replicas);
  reader.read("WISEHOSTING_DASHBOARD_PORT", 1, 65535, ports.dashboard);
  reader.read("WISEHOSTING_HUB_PORT", 1, 65535, ports.hub);
  reader.read("WISEHOSTING_EDGE_PORT", 1, 65535, ports.edge);
  reader.read("WISEHOSTING_REGISTRY_PORT", 1, 65535, ports.registry);
  const std::set<int> distinct{ports.dashboard, ports.hub, ports.edge, ports.registry};
  if (distinct.size() != 4) reader.add("the ports", "of dashboard, hub, edge and registry must differ");
}

Environment passed_on(const Environment& environment) {
  static const std::set<std::string> kNames{"WH_CRASH_AT",   "WH_CRASH_FILE", "ASAN_OPTIONS",
                                            "UBSAN_OPTIONS", "TSAN_OPTIONS",  "LSAN_OPTIONS"};
  Environment result;
  for (const auto& [name, value] : environment) {
    if (name.starts_with("WISEHOSTING_") || kNames.contains(name)) result.emplace(name, value);
  }
  return result;
}

/// Blocks SIGTERM and SIGINT and gives a descriptor that tells of them.
base::UniqueFd stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGHUP, SIG_IGN);  // a closed terminal is no reason to stop
  ::signal(SIGPIPE, SIG_IGN);
  return base::UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// After a kill -9 of an earlier supervisor its children end by themselves (death signal); waits for that, and ends by
/// force what is still there after 8 s.
void end_leftovers(const Layout& layout) {
  for (int tries = 0; tries <= kLeftoverTries; ++tries) {
    bool alive = false;
    for (const auto& mark : blocking_read_run_file(layout)) {
      if (mark.pid == ::getpid() || base::start_time_of(mark.pid) != mark.start_time) continue;
      alive = true;
      if (tries == 0) logging::warn("leftover.found", {{"name", mark.name}, {"pid", mark.pid}});
      if (tries == 0 || tries == kLeftoverTries) {
        const int gentle = mark.name == "postgres" ? SIGINT : SIGTERM;
        signal_marked(mark, tries == 0 ? gentle : SIGKILL);
      }
    }
    if (!alive) return;
    ::poll(nullptr, 0, 100);
  }
}

int run(const AllInOneOptions& options) {
  const Layout layout = layout_of(options.home, options.runtime_root);
  const base::UniqueFd signals = stop_signals();
  blocking_prepare_home(layout);
  const base::UniqueFd lock = blocking_lock_home(layout);
  if (!lock.valid()) {
    logging::error("home.in_use",
                   {{"home", layout.home.string()}, {"hint", "another supervisor runs it; ./dev down stops it"}});
    return 2;
  }
  end_leftovers(layout);
  Supervisor supervisor(options, layout, signals.get());
  if (supervisor.make_cluster()) supervisor.run();
  return 0;
}

}  // namespace

Layout layout_of(const std::filesystem::path& home, const std::filesystem::path& runtime_root) {
  const std::string text = home.string();
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  const std::string id = base::hex_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), 4));
  const auto runtime = runtime_root / id;
  return Layout{.home = home,
                .runtime = runtime,
                .postgres_socket_folder = runtime / "pg",
                .master_key = home / "secrets" / "master.key",
                .control_plane = home / "control-plane",
                .agent_state = home / "agent",
                .logs = home / "logs",
                .run_file = home / "run.json"};
}

base::Result<AllInOneOptions> options_from(const Environment& environment, const std::filesystem::path& own_binary) {
  AllInOneOptions options;
  PortReader reader(environment);
  read_ports(reader, options.ports);
  options.home = value_of(environment, "WISEHOSTING_HOME");
  if (options.home.empty()) options.home = value_of(environment, "HOME") + "/.local/share/wisehosting";
  options.home = options.home.lexically_normal();
  if (!options.home.is_absolute()) reader.add("WISEHOSTING_HOME", "must be an absolute path");
  options.control_plane_binary = own_binary;
  options.agent_binary = value_of(environment, "WISEHOSTING_AGENT_BINARY");
  if (options.agent_binary.empty()) options.agent_binary = own_binary.parent_path() / "wh-agent";
  options.passed_on = passed_on(environment);
  if (auto mistakes = reader.take(); !mistakes.empty()) {
    std::string message;
    for (const auto& [name, what] : mistakes) message += (message.empty() ? "" : "\n") + name + " " + what + ".";
    return base::fail(base::Error(base::ErrorKind::invalid, "configuration.invalid", message, std::move(mistakes)));
  }
  return options;
}

int run_all_in_one(const AllInOneOptions& options) {
  try {
    logging::init({.process = "supervisor"});
    return run(options);
  } catch (const std::exception& failure) {
    logging::error("all_in_one.failed", {{"reason", failure.what()}});
    return 1;
  }
}

}  // namespace all_in_one

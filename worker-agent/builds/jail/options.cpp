#include "worker-agent/builds/jail/options.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <utility>

namespace jail {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t kMaxInterfaceName = 15;

template <class T>
Result<T> number(const std::string& flag, const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
    return fail(ErrorKind::invalid, "jail.options", flag + " must be a number, not '" + text + "'.");
  }
  return value;
}

const char* name_of(NetworkMode mode) {
  switch (mode) {
    case NetworkMode::none: return "none";
    case NetworkMode::host: return "host";
    case NetworkMode::build: return "build";
  }
  return "none";
}

Result<NetworkMode> mode_of(const std::string& name) {
  if (name == "none") return NetworkMode::none;
  if (name == "host") return NetworkMode::host;
  if (name == "build") return NetworkMode::build;
  return fail(ErrorKind::invalid, "jail.options", "--network must be none, host or build.");
}

using Setter = std::function<Result<void>(Options&, const std::string&)>;

template <class T>
Setter to_number(const char* flag, T& (*field)(Options&)) {
  return [flag, field](Options& options, const std::string& text) -> Result<void> {
    TRY_ASSIGN(field(options), number<T>(flag, text));
    return {};
  };
}

Setter to_text(std::string& (*field)(Options&)) {
  return [field](Options& options, const std::string& text) -> Result<void> {
    field(options) = text;
    return {};
  };
}

Setter to_path(std::filesystem::path& (*field)(Options&)) {
  return [field](Options& options, const std::string& text) -> Result<void> {
    if (!text.starts_with('/')) {
      return fail(ErrorKind::invalid, "jail.options", "'" + text + "' must be an absolute path.");
    }
    field(options) = text;
    return {};
  };
}

Result<void> set_network(Options& options, const std::string& text) {
  TRY_ASSIGN(options.network.mode, mode_of(text));
  return {};
}

Result<void> add_env(Options& options, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail(ErrorKind::invalid, "jail.options", "--env must have the form NAME=VALUE.");
  }
  options.env.emplace(text.substr(0, equals), text.substr(equals + 1));
  return {};
}

Result<void> add_resolver(Options& options, const std::string& text) {
  options.network.resolvers.push_back(text);
  return {};
}

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> table = {
      {"--uid-base", to_number<std::uint32_t>("--uid-base", [](Options& o) -> auto& { return o.uid_base; })},
      {"--cgroup", to_text([](Options& o) -> auto& { return o.cgroup; })},
      {"--memory-bytes",
       to_number<std::uint64_t>("--memory-bytes", [](Options& o) -> auto& { return o.limits.memory_bytes; })},
      {"--pids", to_number<std::uint64_t>("--pids", [](Options& o) -> auto& { return o.limits.pids; })},
      {"--cpu-millis",
       to_number<std::uint64_t>("--cpu-millis", [](Options& o) -> auto& { return o.limits.cpu_millis; })},
      {"--disk-bytes",
       to_number<std::uint64_t>("--disk-bytes", [](Options& o) -> auto& { return o.limits.disk_bytes; })},
      {"--file-bytes",
       to_number<std::uint64_t>("--file-bytes", [](Options& o) -> auto& { return o.limits.file_bytes; })},
      {"--store", to_path([](Options& o) -> auto& { return o.store; })},
      {"--seccomp", to_path([](Options& o) -> auto& { return o.seccomp; })},
      {"--job", to_path([](Options& o) -> auto& { return o.job; })},
      {"--report", to_path([](Options& o) -> auto& { return o.report; })},
      {"--network", set_network},
      {"--bridge", to_text([](Options& o) -> auto& { return o.network.bridge; })},
      {"--veth", to_text([](Options& o) -> auto& { return o.network.veth; })},
      {"--address", to_text([](Options& o) -> auto& { return o.network.address; })},
      {"--prefix", to_number<int>("--prefix", [](Options& o) -> auto& { return o.network.prefix; })},
      {"--gateway", to_text([](Options& o) -> auto& { return o.network.gateway; })},
      {"--resolver", add_resolver},
      {"--env", add_env},
  };
  return table;
}

Result<void> check(const Options& options) {
  const auto refuse = [](const char* why) { return fail(ErrorKind::invalid, "jail.options", why); };
  if (options.uid_base == 0 || options.uid_base > std::numeric_limits<std::uint32_t>::max() - 2 * kIds) {
    return refuse("--uid-base must be the first of 65,536 ids that nobody else has, and not 0.");
  }
  if (options.job.empty()) return refuse("--job is missing.");
  if (options.command.empty() || !options.command.front().starts_with('/')) {
    return refuse("A command with an absolute path must follow --.");
  }
  if (options.cgroup.starts_with('/') || options.cgroup.find("..") != std::string::npos) {
    return refuse("--cgroup must be a relative path without '..'.");
  }
  if (options.secret_from_stdin && options.variables_from_stdin) {
    return refuse("Standard input holds a secret or variables, not both.");
  }
  const Network& network = options.network;
  if (network.mode == NetworkMode::build) {
    if (network.bridge.empty() || network.address.empty() || network.gateway.empty() || network.veth.empty()) {
      return refuse("--network build needs --bridge, --veth, --address and --gateway.");
    }
    if (network.veth.size() > kMaxInterfaceName) return refuse("--veth is longer than 15 characters.");
    if (network.prefix < 8 || network.prefix > 30) return refuse("--prefix must be from 8 to 30.");
  }
  return {};
}

}  // namespace

std::vector<std::string> to_arguments(const Options& o) {
  std::vector<std::string> out;
  const auto add = [&out](const char* flag, const std::string& value) {
    if (!value.empty() && value != "0") out.insert(out.end(), {flag, value});
  };
  add("--uid-base", std::to_string(o.uid_base));
  add("--cgroup", o.cgroup);
  add("--memory-bytes", std::to_string(o.limits.memory_bytes));
  add("--pids", std::to_string(o.limits.pids));
  add("--cpu-millis", std::to_string(o.limits.cpu_millis));
  add("--disk-bytes", std::to_string(o.limits.disk_bytes));
  add("--file-bytes", std::to_string(o.limits.file_bytes));
  add("--store", o.store.string());
  add("--seccomp", o.seccomp.string());
  add("--job", o.job.string());
  add("--report", o.report.string());
  add("--network", name_of(o.network.mode));
  add("--bridge", o.network.bridge);
  add("--veth", o.network.veth);
  add("--address", o.network.address);
  add("--prefix", std::to_string(o.network.prefix));
  add("--gateway", o.network.gateway);
  for (const auto& resolver : o.network.resolvers) add("--resolver", resolver);
  for (const auto& [name, value] : o.env) add("--env", name + "=" + value);
  if (o.privileged) out.emplace_back("--privileged");
  if (o.secret_from_stdin) out.emplace_back("--secret-from-stdin");
  if (o.variables_from_stdin) out.emplace_back("--variables-from-stdin");
  out.emplace_back("--");
  out.insert(out.end(), o.command.begin(), o.command.end());
  return out;
}

Result<Options> parse_arguments(std::span<const std::string> arguments) {
  Options options;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string& flag = arguments[i];
    if (flag == "--privileged" || flag == "--secret-from-stdin") {
      (flag == "--privileged" ? options.privileged : options.secret_from_stdin) = true;
      continue;
    }
    if (flag == "--variables-from-stdin") {
      options.variables_from_stdin = true;
      continue;
    }
    const auto setter = setters().find(flag);
    if (setter == setters().end()) return fail(ErrorKind::invalid, "jail.options", "'" + flag + "' is not an option.");
    if (++i == arguments.size()) return fail(ErrorKind::invalid, "jail.options", flag + " has no value.");
    TRY_CHECK(setter->second(options, arguments[i]));
  }
  if (i < arguments.size()) {
    options.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
  }
  TRY_CHECK(check(options));
  return options;
}

std::string encode_report(const Report& report) {
  static constexpr const char* kEnds[] = {"exited", "killed", "setup_failed", "cancelled", "disk_full"};
  std::string error = report.error;
  std::ranges::replace(error, '\n', ' ');
  return std::string("end=") + kEnds[static_cast<int>(report.end)] + "\nexit_code=" + std::to_string(report.exit_code) +
         "\nsignal=" + std::to_string(report.signal) + "\noom_kills=" + std::to_string(report.oom_kills) +
         "\npids_refused=" + std::to_string(report.pids_refused) + "\nerror=" + error + "\n";
}

Result<Report> decode_report(const std::string& text) {
  std::map<std::string, std::string> values;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const auto equals = line.find('=');
    if (equals == std::string::npos) return fail(ErrorKind::malformed, "jail.report", "The jail's report is damaged.");
    values[line.substr(0, equals)] = line.substr(equals + 1);
    begin = end + 1;
  }
  Report report;
  const std::string& end = values["end"];
  if (end == "exited") {
    report.end = Report::End::exited;
  } else if (end == "killed") {
    report.end = Report::End::killed;
  } else if (end == "cancelled") {
    report.end = Report::End::cancelled;
  } else if (end == "disk_full") {
    report.end = Report::End::disk_full;
  } else if (end != "setup_failed") {
    return fail(ErrorKind::malformed, "jail.report", "The jail's report is damaged.");
  }
  TRY_ASSIGN(report.exit_code, number<int>("exit_code", values["exit_code"]));
  TRY_ASSIGN(report.signal, number<int>("signal", values["signal"]));
  TRY_ASSIGN(report.oom_kills, number<std::uint64_t>("oom_kills", values["oom_kills"]));
  TRY_ASSIGN(report.pids_refused, number<std::uint64_t>("pids_refused", values["pids_refused"]));
  report.error = values["error"];
  return report;
}

}  // namespace jail

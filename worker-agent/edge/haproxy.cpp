#include "worker-agent/edge/haproxy.hpp"

#include <charconv>
#include <csignal>
#include <string_view>

#include "common/async/process.hpp"
#include "common/async/timer.hpp"
#include "common/log/log.hpp"
#include "worker-agent/edge/render.hpp"

namespace edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Duration kRuntimeWait = seconds(5);
constexpr base::Duration kStartWait = seconds(10);

host::DaemonSpec daemon_spec(const std::filesystem::path& program, const Disk& disk) {
  host::DaemonSpec spec;
  spec.name = "haproxy";
  // -W -db: a master that stays in the foreground and replaces its worker on SIGUSR2; both end together.
  spec.argv = {program.string(), "-W", "-db", "-C", disk.folder().string(), "-f", disk.config().string()};
  spec.log_file = disk.log();
  return spec;
}

/// A line "key: number" of `show info`.
std::optional<std::uint64_t> info_number(std::string_view info, std::string_view key) {
  const std::string line = "\n" + std::string(key) + ": ";
  const auto at = info.find(line);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(info.data() + at + line.size(), info.data() + info.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

Haproxy::Haproxy(std::filesystem::path program, std::filesystem::path socket, const Disk& disk,
                 async::BlockingPool& pool)
    : disk_(disk), pool_(pool), socket_(std::move(socket)), daemon_(daemon_spec(program, disk), disk.record()) {}

async::Task<base::Result<void>> Haproxy::ensure(std::string frame, int slots) {
  auto start = [this] { return daemon_.blocking_ensure(); };
  CO_TRY_ASSIGN(const auto ensured, co_await pool_.run(std::move(start)));
  CO_TRY_CHECK(co_await wait_for_worker_other_than(0));
  if (ensured == host::Daemon::Ensured::started) {
    logging::info("edge.haproxy_started", {{"pid", daemon_.pid()}});
    auto note = [this, frame, slots] { disk_.blocking_note_loaded(frame, slots); };
    co_await pool_.run(std::move(note));
    co_return base::Result<void>{};
  }
  auto same = [this, frame, slots] { return disk_.blocking_is_loaded(frame, slots); };
  const bool is_same = co_await pool_.run(std::move(same));
  logging::info("edge.haproxy_adopted", {{"pid", daemon_.pid()}, {"same_frame", is_same}});
  if (is_same) co_return base::Result<void>{};
  co_return co_await reload(std::move(frame), slots);
}

async::Task<base::Result<void>> Haproxy::reload(std::string frame, int slots) {
  CO_TRY_CHECK(co_await test_config());
  CO_TRY_ASSIGN(const pid_t old_worker, co_await worker_pid());
  if (const auto mark = host::process_mark(old_worker)) old_workers_.push_back(*mark);
  ::kill(daemon_.pid(), SIGUSR2);
  CO_TRY_CHECK(co_await wait_for_worker_other_than(old_worker));
  auto note = [this, frame, slots] { disk_.blocking_note_loaded(frame, slots); };
  co_await pool_.run(std::move(note));
  logging::info("edge.haproxy_reloaded", {{"slots", slots}});
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Haproxy::test_config() const {
  async::ProcessSpec spec;
  spec.argv = {daemon_.spec().argv.front(), "-c", "-q", "-C", disk_.folder().string(), "-f", disk_.config().string()};
  CO_TRY_ASSIGN(const auto result, co_await async::run_process(spec, base::Deadline::after(clock_, kStartWait)));
  if (result.ok()) co_return base::Result<void>{};
  co_return base::fail(base::ErrorKind::internal, "edge.bad_config",
                       "HAProxy refuses the configuration: " + result.err);
}

async::Task<base::Result<pid_t>> Haproxy::worker_pid() const {
  CO_TRY_ASSIGN(const std::string info, co_await socket_.ask("show info", base::Deadline::after(clock_, kRuntimeWait)));
  const auto pid = static_cast<pid_t>(info_number(info, "Pid").value_or(0));
  if (pid <= 1)
    co_return base::fail(base::ErrorKind::unavailable, "edge.haproxy_answer", "HAProxy does not tell its pid.");
  co_return pid;
}

async::Task<base::Result<void>> Haproxy::wait_for_worker_other_than(pid_t old_worker) {
  const auto deadline = base::Deadline::after(clock_, kStartWait);
  for (;;) {
    const auto pid = co_await worker_pid();
    if (pid && *pid != old_worker) co_return base::Result<void>{};
    if (!daemon_.alive() || deadline.passed(clock_)) {
      co_return base::fail(base::ErrorKind::unavailable, "edge.start",
                           "HAProxy does not start; its log is " + disk_.log().string() + ".");
    }
    co_await async::sleep(milliseconds(20));
  }
}

async::Task<base::Result<Seen>> Haproxy::see() const {
  const auto deadline = base::Deadline::after(clock_, kRuntimeWait);
  CO_TRY_ASSIGN(const std::string servers, co_await socket_.ask("show servers state", deadline));
  CO_TRY_ASSIGN(const std::string map, co_await socket_.ask(std::string("show map ") + kMapFile, deadline));
  Seen seen;
  CO_TRY_ASSIGN(seen.servers, parse_servers_state(servers));
  CO_TRY_CHECK(parse_map(map, seen));
  co_return seen;
}

async::Task<base::Result<void>> Haproxy::order(std::string command) const {
  co_return co_await socket_.order(std::move(command), base::Deadline::after(clock_, kRuntimeWait));
}

async::Task<base::Result<std::vector<ServerCounters>>> Haproxy::counters(std::string backend) const {
  const std::string command = "show stat " + backend + " 4 -1";
  CO_TRY_ASSIGN(const std::string csv, co_await socket_.ask(command, base::Deadline::after(clock_, kRuntimeWait)));
  co_return parse_counters(csv);
}

async::Task<base::Result<std::vector<ServerCounters>>> Haproxy::rows(std::string backend) const {
  const std::string command = "show stat " + backend + " 6 -1";
  CO_TRY_ASSIGN(const std::string csv, co_await socket_.ask(command, base::Deadline::after(clock_, kRuntimeWait)));
  co_return parse_counters(csv);
}

async::Task<base::Result<Haproxy::Totals>> Haproxy::totals() const {
  CO_TRY_ASSIGN(const std::string info, co_await socket_.ask("show info", base::Deadline::after(clock_, kRuntimeWait)));
  co_return Totals{info_number(info, "CumReq").value_or(0), info_number(info, "CurrConns").value_or(0)};
}

bool Haproxy::old_worker_alive() {
  std::erase_if(old_workers_, [](const host::ProcessMark& mark) { return host::process_mark(mark.pid) != mark; });
  return !old_workers_.empty();
}

}  // namespace edge

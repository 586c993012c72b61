#include "worker-agent/edge/haproxy.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <iterator>
#include <span>
#include <string_view>

#include "common/async/process.hpp"
#include "common/async/timer.hpp"
#include "common/base/crash_point.hpp"
#include "common/log/log.hpp"
#include "worker-agent/edge/render.hpp"

namespace edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Duration kRuntimeWait = seconds(5);
constexpr base::Duration kStartWait = seconds(10);
constexpr std::size_t kAskOneByOne = 200;  // a table of all backends costs as much as a few hundred of one

host::DaemonSpec daemon_spec(const std::filesystem::path& program, std::string group, const Disk& disk) {
  host::DaemonSpec spec;
  spec.processor_group = std::move(group);
  spec.name = "haproxy";
  // -W -db: a master that stays in the foreground and replaces its worker on SIGUSR2; both end together.
  spec.argv = {program.string(), "-W", "-db", "-C", disk.folder().string(), "-f", disk.config().string()};
  spec.log_file = disk.log();
  return spec;
}

/// Commands that answer with the rows of these backends.
std::vector<std::string> row_questions(std::vector<std::string> backends) {
  if (backends.size() > kAskOneByOne) backends = {"-1"};
  std::vector<std::string> questions;
  for (const auto& backend : backends) questions.push_back("show stat " + backend + " 6 -1");
  return questions;
}

base::Result<std::vector<ServerCounters>> parse_rows(std::span<const std::string> answers) {
  std::vector<ServerCounters> rows;
  for (const auto& csv : answers) {
    TRY_ASSIGN(auto some, parse_counters(csv));
    std::ranges::move(some, std::back_inserter(rows));
  }
  return rows;
}

struct Place {
  std::string address;
  int port{0};
};

/// Where a server's name says that it is: "backend/replica_address_port"; nothing for a name that is not ours.
std::optional<Place> place_of(std::string_view path) {
  const auto begin = path.find('_');
  const auto end = path.rfind('_');
  if (begin == end) return std::nullopt;  // also where there is none
  Place place{std::string(path.substr(begin + 1, end - begin - 1)), 0};
  const auto [rest, error] = std::from_chars(path.data() + end + 1, path.data() + path.size(), place.port);
  if (error != std::errc{} || rest != path.data() + path.size()) return std::nullopt;
  return place;
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

Haproxy::Haproxy(std::filesystem::path program, std::string group, std::filesystem::path socket, const Disk& disk,
                 async::BlockingPool& pool)
    : disk_(disk),
      pool_(pool),
      socket_(std::move(socket)),
      daemon_(daemon_spec(program, std::move(group), disk), disk.record()) {}

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

async::Task<base::Result<Haproxy::Look>> Haproxy::see(std::vector<std::string> counted) const {
  std::vector<std::string> questions{"show servers state", std::string("show map ") + kMapFile,
                                     std::string("show map ") + kLimitsFile};
  const auto own = questions.size();
  std::ranges::move(row_questions(std::move(counted)), std::back_inserter(questions));
  CO_TRY_ASSIGN(const auto answers, co_await ask_all(std::move(questions)));
  Look look;
  CO_TRY_ASSIGN(look.seen.servers, parse_servers_state(answers[0]));
  CO_TRY_CHECK(parse_map(answers[1], look.seen));
  CO_TRY_CHECK(parse_limits(answers[2], look.seen));
  CO_TRY_ASSIGN(look.rows, parse_rows(std::span(answers).subspan(own)));
  co_return look;
}

async::Task<base::Result<std::vector<std::string>>> Haproxy::ask_all(std::vector<std::string> commands) const {
  co_return co_await socket_.ask_all(std::move(commands), base::Deadline::after(clock_, kRuntimeWait));
}

async::Task<base::Result<void>> Haproxy::order(std::vector<std::string> commands) const {
  co_return co_await socket_.order(std::move(commands), base::Deadline::after(clock_, kRuntimeWait));
}

async::Task<base::Result<void>> Haproxy::close_idle(std::vector<std::string> paths) const {
  if (paths.empty()) co_return base::Result<void>{};
  std::vector<std::string> commands;
  for (const auto& path : paths) {
    const auto place = place_of(path);
    if (!place) continue;
    // There and back, in one line: whoever dies meanwhile, the address is the right one.
    const std::string change = "set server " + path + " addr " + place->address + " port ";
    commands.push_back(change + std::to_string(place->port == 1 ? 2 : place->port - 1));
    commands.push_back(change + std::to_string(place->port));
  }
  CO_TRY_ASSIGN(const auto answers, co_await ask_all(std::move(commands)));
  co_return base::Result<void>{};
}

async::Task<base::Result<std::vector<ServerCounters>>> Haproxy::retire(std::vector<std::string> paths,
                                                                       std::vector<std::string> backends,
                                                                       std::vector<std::string> cut) const {
  std::vector<std::string> commands;
  for (const auto& path : paths) commands.push_back("set server " + path + " state maint");
  auto questions = row_questions(std::move(backends));
  const auto begin = commands.size();
  const auto end = begin + questions.size();
  std::ranges::move(questions, std::back_inserter(commands));
  for (const auto& path : cut) commands.push_back("shutdown sessions server " + path);
  CO_TRY_ASSIGN(const auto answers, co_await ask_all(std::move(commands)));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].empty() || (i >= begin && i < end)) continue;
    co_return base::fail(base::ErrorKind::conflict, "edge.haproxy_refused",
                         "HAProxy refused to let a server go: " + answers[i]);
  }
  co_return parse_rows(std::span(answers).subspan(begin, end - begin));
}

async::Task<base::Result<std::vector<std::string>>> Haproxy::remove(std::vector<std::string> paths) const {
  std::vector<std::string> commands;
  for (const auto& path : paths) commands.push_back("del server " + path);
  CO_TRY_ASSIGN(const auto answers,
                co_await socket_.ask_lines(std::move(commands), base::Deadline::after(clock_, kRuntimeWait)));
  base::crash_point("haproxy.server_deleted");
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (answers[i] == "Server deleted.") gone.push_back(std::move(paths[i]));
  }
  co_return gone;
}

async::Task<base::Result<std::vector<ServerCounters>>> Haproxy::counters(std::string backend) const {
  const std::string command = "show stat " + backend + " 4 -1";
  CO_TRY_ASSIGN(const std::string csv, co_await socket_.ask(command, base::Deadline::after(clock_, kRuntimeWait)));
  co_return parse_counters(csv);
}

async::Task<base::Result<std::vector<ServerCounters>>> Haproxy::rows(std::vector<std::string> backends) const {
  CO_TRY_ASSIGN(const auto answers, co_await ask_all(row_questions(std::move(backends))));
  co_return parse_rows(answers);
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

#include "worker-agent/edge/edge.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "worker-agent/edge/changes.hpp"
#include "worker-agent/edge/render.hpp"

namespace edge {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Duration kWatch = milliseconds(500);
constexpr base::Duration kDrainPoll = milliseconds(50);
constexpr base::Duration kWatchSwitch = milliseconds(250);
constexpr base::Duration kCompareEvery = seconds(30);
constexpr std::size_t kLongestSocketName = 108;
constexpr base::Duration kLongestPause = seconds(10);  // between attempts to start HAProxy

std::filesystem::path folder_of(const std::filesystem::path& state_dir) {
  return state_dir / "edge";
}

/// As many connections as the limit of open files allows: two descriptors each, one for each health check.
int max_connections(int slots) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 1000;
  const auto reserved = static_cast<rlim_t>(200 + 3 * slots);
  if (files.rlim_max == RLIM_INFINITY) return 10'000;
  if (files.rlim_max <= reserved + 1000) return 500;
  return static_cast<int>(std::min<rlim_t>((files.rlim_max - reserved) / 2, 10'000));
}

/// Half of the processors that we may use, and one at least: the apps want the others.
std::vector<int> processors_for_threads() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<int> all;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return all;
  for (int number = 0; number < CPU_SETSIZE; ++number) {
    if (CPU_ISSET(number, &allowed)) all.push_back(number);
  }
  all.resize(std::max<std::size_t>(all.size() / 2, 1));
  return all;
}

std::string backend_of(const std::string& path) {
  return path.substr(0, path.find('/'));
}

std::string render_or_throw(const EdgeSettings& settings) {
  Frame frame;
  frame.http_address = settings.http_address;
  frame.http_port = settings.http_port;
  frame.socket = settings.socket;
  frame.user = settings.user;
  frame.max_connections = max_connections(settings.slots);
  frame.request_time = settings.request_time;
  frame.processors = processors_for_threads();
  const auto jail = Disk(folder_of(settings.state_dir)).jail();
  const bool jailed = ::geteuid() == 0;
  if (jailed) frame.jail = jail;
  // HAProxy names a socket in at most 107 bytes; from inside its jail the name is short.
  const auto log = jailed ? std::filesystem::path("/") / kAnswerLog : jail / kAnswerLog;
  if (log.string().size() < kLongestSocketName) frame.answer_log = log;
  auto text = render_frame(frame);
  if (!text) throw base::Failure("edge: " + text.error().message);
  return std::move(*text);
}

}  // namespace

Edge::Edge(EdgeSettings settings, async::BlockingPool& pool, const base::Clock& clock,
           boost::asio::any_io_executor executor)
    : settings_(std::move(settings)),
      pool_(pool),
      clock_(clock),
      executor_(executor),
      frame_(render_or_throw(settings_)),
      disk_(folder_of(settings_.state_dir)),
      haproxy_(settings_.haproxy, settings_.processor_group, settings_.socket, disk_, pool),
      nudge_(executor),
      drains_(settings_.last_words),
      answers_(executor, disk_.jail() / kAnswerLog,
               [this](std::string_view line) { traffic_.answered(line, real_.steady_now()); }) {
  layout_.slots = settings_.slots;
}

async::Task<void> Edge::run() {
  for (;;) {
    base::Result<void> outcome;
    try {
      outcome = co_await tick();
    } catch (const base::Failure& failure) {
      outcome = base::fail(base::ErrorKind::unavailable, "edge.disk", failure.what());
    } catch (const std::filesystem::filesystem_error& failure) {
      outcome = base::fail(base::ErrorKind::unavailable, "edge.disk", failure.what());
    }
    note_outcome(outcome);
    tell_waiters();
    co_await nudge_.wait(next_wait());
  }
}

/// One round: HAProxy runs, the newest routes are on disk and served, and what had to go is a step nearer to gone.
async::Task<base::Result<void>> Edge::tick() {
  CO_TRY_CHECK(co_await keep_running());
  if (planned_generation_ != wanted_generation_) CO_TRY_CHECK(co_await adopt_wanted());
  if (reload_due_) CO_TRY_CHECK(co_await reload());
  const bool due = suspect_ || confirmed_generation_ != planned_generation_ || !drains_.empty() ||
                   real_.steady_now() - compared_at_ >= kCompareEvery;
  if (due) {
    CO_TRY_ASSIGN(auto rows, co_await converge());
    CO_TRY_CHECK(co_await advance_drains(std::move(rows)));
  }
  co_return co_await count_in_time();
}

void Edge::note_outcome(const base::Result<void>& outcome) {
  if (outcome) {
    if (!trouble_.empty()) logging::info("edge.serving_again", {{"routes", layout_.placed.size()}});
    trouble_.clear();
    failures_ = 0;
    return;
  }
  suspect_ = true;
  ++failures_;
  if (trouble_ != outcome.error().message) logging::error("edge.not_serving", {{"why", outcome.error().message}});
  trouble_ = outcome.error().message;
}

base::Duration Edge::next_wait() {
  if (failures_ > 0) return std::min<base::Duration>(kWatch * (1 << std::min(failures_ - 1, 5)), kLongestPause);
  if (!drains_.empty() || haproxy_.old_worker_alive()) return kDrainPoll;
  return traffic_.watched().empty() ? kWatch : kWatchSwitch;
}

/// HAProxy runs, and what it would be restarted with is on disk.
async::Task<base::Result<void>> Edge::keep_running() {
  if (loaded_ && haproxy_.alive()) co_return base::Result<void>{};
  if (!loaded_) {
    auto load = [this] {
      disk_.blocking_prepare();
      return disk_.blocking_load();
    };
    auto saved = co_await pool_.run(std::move(load));
    if (saved) layout_ = std::move(*saved);
    layout_.slots = std::max(layout_.slots, settings_.slots);
    traffic_.plan(layout_, moment(), true);
  } else if (!std::exchange(gone_, true)) {
    logging::warn("edge.haproxy_gone", {{"routes", layout_.placed.size()}});
    traffic_.interrupted("haproxy_restarted");
  }
  auto write = [this, layout = layout_] { disk_.blocking_write(layout, frame_); };
  co_await pool_.run(std::move(write));
  loaded_ = true;
  suspect_ = true;
  note_owners();
  CO_TRY_CHECK(co_await haproxy_.ensure(frame_, layout_.slots));
  gone_ = reload_due_ = false;
  co_return base::Result<void>{};
}

/// The wanted routes become the layout: on disk first, then (only where the pool had to grow) a reload.
async::Task<base::Result<void>> Edge::adopt_wanted() {
  const std::uint64_t generation = wanted_generation_;
  note_owners();
  CO_TRY_ASSIGN(auto next, plan(layout_, wanted_, clock_.utc_now(), settings_.slot_rules));
  note_planned(next, generation);
  traffic_.plan(next, moment(), false);
  reload_due_ = reload_due_ || next.slots != layout_.slots;
  if (next != layout_) {
    auto write = [this, next] { disk_.blocking_write(next, frame_); };
    co_await pool_.run(std::move(write));
    layout_ = std::move(next);
  }
  planned_generation_ = generation;
  co_return base::Result<void>{};
}

/// Tried again until it works: meanwhile the old configuration serves on.
async::Task<base::Result<void>> Edge::reload() {
  CO_TRY_CHECK(co_await haproxy_.reload(frame_, layout_.slots));
  reload_due_ = false;
  suspect_ = true;
  traffic_.interrupted("haproxy_reloaded");
  co_return base::Result<void>{};
}

void Edge::note_planned(const Layout& next, std::uint64_t generation) {
  const bool removes = removes_a_target(layout_, next);
  for (const auto& weak : waiters_) {
    const auto waiter = weak.lock();
    if (!waiter || waiter->planned_as != 0) continue;
    waiter->planned_as = generation;
    waiter->removes = removes;
  }
}

/// HAProxy serves the layout. Answers with the rows of the backends in which something drains, as they were after that.
async::Task<base::Result<Edge::Rows>> Edge::converge() {
  compared_at_ = real_.steady_now();
  std::set<std::string> wanted_rows;
  for (auto& backend : traffic_.unmeasured()) wanted_rows.insert(std::move(backend));
  for (const auto& path : drains_.paths()) wanted_rows.insert(backend_of(path));
  CO_TRY_ASSIGN(auto look, co_await haproxy_.see({wanted_rows.begin(), wanted_rows.end()}));
  if (!look.rows.empty()) traffic_.counted(look.rows, moment());
  Changes changes = compare(layout_, look.seen);
  if (!changes.commands.empty()) {
    CO_TRY_CHECK(co_await haproxy_.order(std::move(changes.commands)));
    wanted_rows.clear();
    for (const auto& server : changes.surplus) wanted_rows.insert(server.backend);
    CO_TRY_ASSIGN(look, co_await haproxy_.see({wanted_rows.begin(), wanted_rows.end()}));
    changes = compare(layout_, look.seen);
    if (!changes.commands.empty()) {
      co_return base::fail(base::ErrorKind::conflict, "edge.not_confirmed",
                           "HAProxy did not take over: " + changes.commands.front());
    }
  }
  const auto grace_of = [this](const std::string& backend) {
    const auto known = owners_.find(backend);
    return known == owners_.end() ? settings_.drain_grace : known->second.grace;
  };
  drains_.follow(changes.surplus, real_.steady_now(), grace_of);
  confirmed_generation_ = planned_generation_;
  suspect_ = false;
  co_return std::move(look.rows);
}

/// What is due for the servers that drain. One without a row has only just been seen: its turn comes in the next round.
Edge::Leaving Edge::leaving(const Rows& rows) {
  Leaving leaving;
  for (const auto& server : rows) {
    const auto path = server.backend + "/" + server.name;
    const auto step = drains_.step(path, server.in_flight, real_.steady_now());
    if (step == Drains::Step::wait) continue;
    leaving.backends.insert(server.backend);
    if (server.in_flight > 0) leaving.over.emplace(path, server.in_flight);
    if (step == Drains::Step::let_go) continue;
    leaving.all.push_back(path);
    if (server.idle > 0) leaving.idle.push_back(path);
    if (step == Drains::Step::cut_and_remove) leaving.cut.push_back(path);
  }
  return leaving;
}

/// What had to go comes a step nearer to gone.
async::Task<base::Result<void>> Edge::advance_drains(Rows rows) {
  auto due = leaving(rows);
  if (due.backends.empty()) co_return base::Result<void>{};
  co_return co_await remove_servers(std::move(due));
}

/// A server that still has connections after this is tried again in the next round.
async::Task<base::Result<void>> Edge::remove_servers(Leaving leaving) {
  std::vector<std::string> backends(leaving.backends.begin(), leaving.backends.end());
  CO_TRY_ASSIGN(const auto rows, co_await haproxy_.retire(leaving.all, std::move(backends), std::move(leaving.cut)));
  traffic_.counted(rows, moment());
  for (const auto& [path, connections] : leaving.over) traffic_.cut(path, connections);
  if (leaving.all.empty()) co_return base::Result<void>{};
  CO_TRY_CHECK(co_await haproxy_.close_idle(std::move(leaving.idle)));
  CO_TRY_ASSIGN(const auto gone, co_await haproxy_.remove(std::move(leaving.all)));
  for (const auto& path : gone) drains_.gone(path);
  co_return base::Result<void>{};
}

async::Task<base::Result<std::vector<ReplicaCounters>>> Edge::counters(base::AppEnvironmentId app) const {
  std::vector<ReplicaCounters> result;
  const auto found = layout_.placed.find(app);
  if (found == layout_.placed.end()) co_return result;
  CO_TRY_ASSIGN(const auto servers, co_await haproxy_.counters(backend_name(found->second.slot)));
  for (const auto& server : servers) {
    const auto replica = base::ReplicaId::parse(std::string_view(server.name).substr(0, 36));
    if (replica) result.push_back(ReplicaCounters{*replica, server});
  }
  co_return result;
}

void Edge::blocking_stop_recorded(const std::filesystem::path& state_dir, base::Duration grace) {
  host::Daemon::blocking_stop_recorded(Disk(folder_of(state_dir)).record(), grace);
}

}  // namespace edge

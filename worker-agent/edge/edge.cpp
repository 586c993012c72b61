#include "worker-agent/edge/edge.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <set>

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
constexpr base::Duration kCompareEvery = seconds(30);
constexpr base::Duration kApplySlack = seconds(20);
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

std::string render_or_throw(const EdgeSettings& settings) {
  Frame frame;
  frame.http_address = settings.http_address;
  frame.http_port = settings.http_port;
  frame.socket = settings.socket;
  frame.user = settings.user;
  frame.max_connections = max_connections(settings.slots);
  if (::geteuid() == 0) frame.jail = Disk(folder_of(settings.state_dir)).jail();
  auto text = render_frame(frame);
  if (!text) throw base::Failure("edge: " + text.error().message);
  return std::move(*text);
}

base::Result<std::vector<Route>> parse_all(const std::vector<agent::ObjectBody>& objects, base::Duration grace) {
  std::vector<Route> routes;
  for (const auto& object : objects) {
    auto route = parse_route(object.bytes, grace);
    if (!route) {
      base::Error error = std::move(route).error();
      error.message = "route " + object.id + ": " + error.message;
      for (const auto& field : error.fields) error.message += " [" + field.pointer + ": " + field.message + "]";
      return base::fail(std::move(error));
    }
    routes.push_back(std::move(*route));
  }
  TRY_CHECK(check_routes(routes));
  return routes;
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
      haproxy_(settings_.haproxy, settings_.socket, disk_, pool),
      nudge_(executor) {
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
  const bool due = suspect_ || confirmed_generation_ != planned_generation_ || !drains_.empty() ||
                   real_.steady_now() - compared_at_ >= kCompareEvery;
  if (due) CO_TRY_CHECK(co_await converge());
  if (!drains_.empty()) CO_TRY_CHECK(co_await advance_drains());
  co_return base::Result<void>{};
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
  return drains_.empty() && !haproxy_.old_worker_alive() ? kWatch : kDrainPoll;
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
  } else if (failures_ == 0) {
    logging::warn("edge.haproxy_gone", {{"routes", layout_.placed.size()}});
  }
  auto write = [this, layout = layout_] { disk_.blocking_write(layout, frame_); };
  co_await pool_.run(std::move(write));
  loaded_ = true;
  suspect_ = true;
  note_owners();
  co_return co_await haproxy_.ensure(frame_, layout_.slots);
}

/// The wanted routes become the layout: on disk first, then (only where the pool had to grow) a reload.
async::Task<base::Result<void>> Edge::adopt_wanted() {
  const std::uint64_t generation = wanted_generation_;
  note_owners();
  CO_TRY_ASSIGN(auto next, plan(layout_, wanted_, clock_.utc_now(), settings_.slot_rules));
  note_planned(next, generation);
  const bool grew = next.slots != layout_.slots;
  if (next != layout_) {
    auto write = [this, next] { disk_.blocking_write(next, frame_); };
    co_await pool_.run(std::move(write));
    layout_ = std::move(next);
  }
  planned_generation_ = generation;
  if (grew) co_return co_await haproxy_.reload(frame_, layout_.slots);
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

async::Task<base::Result<void>> Edge::converge() {
  compared_at_ = real_.steady_now();
  CO_TRY_ASSIGN(const auto before, co_await haproxy_.see());
  Changes changes = compare(layout_, before);
  if (!changes.commands.empty()) {
    for (const auto& command : changes.commands) CO_TRY_CHECK(co_await haproxy_.order(command));
    CO_TRY_ASSIGN(const auto after, co_await haproxy_.see());
    changes = compare(layout_, after);
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
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Edge::advance_drains() {
  CO_TRY_ASSIGN(const auto counted, co_await haproxy_.counters());
  std::map<std::string, std::uint64_t> in_flight;
  for (const auto& server : counted) in_flight[server.backend + "/" + server.name] = server.in_flight;
  for (const auto& path : drains_.paths()) {
    const auto step = drains_.step(path, in_flight[path], real_.steady_now());
    if (step == Drains::Step::wait) continue;
    CO_TRY_CHECK(co_await remove_server(path, step));
  }
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Edge::remove_server(std::string path, Drains::Step step) {
  CO_TRY_CHECK(co_await haproxy_.order("set server " + path + " state maint"));
  if (step == Drains::Step::cut_and_remove) {
    CO_TRY_CHECK(co_await haproxy_.order("shutdown sessions server " + path));
  }
  const auto removed = co_await haproxy_.order("del server " + path);
  if (removed) {
    drains_.gone(path);
  } else if (removed.error().code != "edge.haproxy_refused") {
    co_return removed;
  }
  co_return base::Result<void>{};  // still has connections: the next round tries again
}

async::Task<agent::ApplyResult> Edge::apply(std::vector<agent::ObjectBody> objects, bool /*shrink*/) {
  auto routes = parse_all(objects, settings_.drain_grace);
  if (!routes) co_return agent::ApplyResult{agent::ApplyOutcome::refused, routes.error().message};
  if (static_cast<int>(routes->size()) > settings_.slot_rules.max_slots) {
    co_return agent::ApplyResult{agent::ApplyOutcome::refused, "more routes than edge.max_slots"};
  }
  base::Duration grace = settings_.drain_grace;
  for (const auto& [app, placed] : layout_.placed) grace = std::max(grace, placed.route.drain_grace);
  wanted_ = std::move(*routes);
  ++wanted_generation_;
  const auto waiter = new_waiter();
  nudge_.notify();

  const auto deadline = base::Deadline::after(real_, grace + kApplySlack);
  while (!deadline.passed(real_)) {
    if (is_confirmed(*waiter)) {
      if (auto waiting = pending(waiter->removes)) co_return served(std::move(*waiting));
    }
    co_await waiter->nudge.wait(seconds(1));
  }
  co_return agent::ApplyResult{agent::ApplyOutcome::partial,
                               trouble_.empty() ? "the edge did not converge in time" : trouble_};
}

async::Task<agent::ApplyResult> Edge::settle() {
  const auto waiter = new_waiter();
  for (;;) {
    auto waiting = pending(false);
    if (waiting && *waiting != told_pending_) co_return served(std::move(*waiting));
    co_await waiter->nudge.wait(seconds(1));
  }
}

agent::ApplyResult Edge::served(std::vector<std::string> waiting) {
  told_pending_ = waiting;
  if (waiting.empty()) return agent::ApplyResult{};
  const std::string reason = std::to_string(waiting.size()) + " routes wait for requests in flight.";
  return agent::ApplyResult{agent::ApplyOutcome::partial, reason, std::move(waiting)};
}

bool Edge::is_confirmed(const Waiter& waiter) {
  return waiter.planned_as != 0 && confirmed_generation_ >= waiter.planned_as && !suspect_;
}

std::optional<std::vector<std::string>> Edge::pending(bool removes) {
  // Whose requests an earlier HAProxy process still serves is not known.
  if (removes && haproxy_.old_worker_alive()) return std::nullopt;
  std::set<std::string> apps;
  for (const auto& path : drains_.paths()) {
    const auto owner = owners_.find(path.substr(0, path.find('/')));
    if (owner == owners_.end()) return std::nullopt;  // left over from before this process; gone within the grace
    apps.insert(owner->second.app.to_string());
  }
  return std::vector<std::string>(apps.begin(), apps.end());
}

std::shared_ptr<Edge::Waiter> Edge::new_waiter() {
  auto waiter = std::make_shared<Waiter>(async::Nudge(executor_));
  waiters_.push_back(waiter);
  return waiter;
}

void Edge::note_owners() {
  for (const auto& [app, placed] : layout_.placed) {
    owners_.insert_or_assign(backend_name(placed.slot), Owner{app, placed.route.drain_grace});
  }
}

void Edge::tell_waiters() {
  std::erase_if(waiters_, [](const std::weak_ptr<Waiter>& waiter) { return waiter.expired(); });
  for (const auto& weak : waiters_) {
    if (const auto waiter = weak.lock()) waiter->nudge.notify();
  }
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

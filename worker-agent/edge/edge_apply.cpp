// The edge as a handler of assignments: what it takes on, and when it answers.

#include <algorithm>
#include <set>

#include "worker-agent/edge/edge.hpp"

namespace edge {
namespace {

using std::chrono::seconds;

constexpr base::Duration kApplySlack = seconds(20);

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
  for (const auto& path : drains_.waited_for()) {
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

}  // namespace edge

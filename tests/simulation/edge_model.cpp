#include "tests/simulation/edge_model.hpp"

#include <set>

#include "tests/simulation/agent.hpp"
#include "tests/simulation/cluster.hpp"
#include "worker-agent/edge/changes.hpp"

namespace simulation {
namespace {

constexpr std::chrono::milliseconds kWatch{500};
constexpr std::chrono::milliseconds kDrainPoll{250};
constexpr std::chrono::seconds kGrace{30};
constexpr std::chrono::seconds kApplySlack{20};
constexpr int kSlots = 20;

}  // namespace

void EdgeModel::later(base::Duration delay, std::function<void()> what) {
  cluster_.timeline().after(delay, [this, life = life_, what = std::move(what)] {
    if (alive_ && life_ == life) what();
  });
}

void EdgeModel::agent_started() {
  alive_ = true;
  ++life_;
  layout_ = disk_;
  layout_.slots = std::max(layout_.slots, kSlots);
  note_owners();
  suspect_ = true;
  later(std::chrono::milliseconds(20), [this] { keep_running(); });
}

void EdgeModel::agent_crashed() {
  alive_ = false;
  wanted_serial_ = 0;
  planned_ = draining_ = false;
  wanted_.clear();
  drains_ = ::edge::Drains{};
  owners_.clear();
  told_.clear();
}

void EdgeModel::lose_power() {
  haproxy_.stop();
  cluster_.invariants().changed();
}

void EdgeModel::restart_haproxy() {
  haproxy_.stop();
  suspect_ = true;
  cluster_.invariants().changed();
  later(cluster_.random().between(base::Duration::zero(), kWatch), [this] { keep_running(); });
}

void EdgeModel::keep_running() {
  if (!haproxy_.running()) {
    haproxy_.restart(disk_);
    suspect_ = true;
    cluster_.invariants().changed();
  }
  if (suspect_) converge();
}

void EdgeModel::apply(const std::vector<std::string>& bodies, std::uint64_t serial) {
  std::vector<::edge::Route> routes;
  for (const auto& body : bodies) {
    auto route = ::edge::parse_route(body, kGrace);
    if (!route) throw Violation("the edge cannot read its route: " + route.error().message);
    routes.push_back(*std::move(route));
  }
  if (!::edge::check_routes(routes)) throw Violation("two routes share a host");
  wanted_ = std::move(routes);
  wanted_serial_ = serial;
  planned_ = false;
  give_up_at_ = cluster_.timeline().steady_now() + kGrace + kApplySlack;
  later(cluster_.random().millis(1, 15), [this] { adopt_wanted(); });
  later(kGrace + kApplySlack, [this, serial] {
    if (wanted_serial_ != serial) return;
    wanted_serial_ = 0;
    agent_.routes_served(serial, false, {});
  });
}

void EdgeModel::adopt_wanted() {
  auto next = ::edge::plan(layout_, wanted_, agent_.now(), ::edge::SlotRules{});
  if (!next) throw Violation("the edge is full");
  disk_ = *next;
  layout_ = *std::move(next);
  note_owners();
  planned_ = true;
  suspect_ = true;
  if (cluster_.faults().agent_crashes && cluster_.random().chance(5)) return agent_.crash_for_a_while();
  later(cluster_.random().millis(1, 15), [this] { converge(); });
}

void EdgeModel::converge() {
  if (!haproxy_.running()) return;
  const auto changes = ::edge::compare(layout_, haproxy_.see());
  const bool dies = cluster_.faults().agent_crashes && cluster_.random().chance(5);
  for (const auto& command : changes.commands) {
    if (dies && cluster_.random().chance(500)) {
      cluster_.invariants().changed();
      return agent_.crash_for_a_while();
    }
    haproxy_.order(command);
    note_drain(command);
  }
  cluster_.invariants().changed();
  if (!::edge::compare(layout_, haproxy_.see()).commands.empty()) throw Violation("HAProxy is not what was ordered");
  drains_.follow(changes.surplus, cluster_.timeline().steady_now(),
                 [](const std::string&) { return base::Duration(kGrace); });
  suspect_ = false;
  if (!drains_.empty() && !draining_) {
    draining_ = true;
    later(std::chrono::milliseconds(5), [this] { advance_drains(); });
  }
  tell();
}

/// A server that takes no new requests has some in flight for a while.
void EdgeModel::note_drain(const std::string& command) {
  if (!command.ends_with(" state drain")) return;
  const auto path = command.substr(11, command.size() - 11 - 12);
  const auto found = haproxy_.servers().find(path);
  if (found == haproxy_.servers().end()) return;
  const bool lingers = cluster_.random().chance(150);
  const auto busy = lingers ? cluster_.random().millis(1'000, 45'000) : cluster_.random().millis(0, 300);
  found->second.busy_until = cluster_.timeline().now() + std::chrono::duration_cast<std::chrono::microseconds>(busy);
}

void EdgeModel::advance_drains() {
  draining_ = false;
  for (const auto& path : drains_.paths()) {
    const auto found = haproxy_.servers().find(path);
    const bool busy = found != haproxy_.servers().end() && found->second.busy_until > cluster_.timeline().now();
    const auto step = drains_.step(path, busy ? 1 : 0, cluster_.timeline().steady_now());
    if (step == ::edge::Drains::Step::let_go) found->second.let_go = true;
    if (step == ::edge::Drains::Step::wait || step == ::edge::Drains::Step::let_go) continue;
    haproxy_.remove(path);
    drains_.gone(path);
    cluster_.invariants().changed();
  }
  if (!drains_.empty()) {
    draining_ = true;
    later(kDrainPoll, [this] { advance_drains(); });
  }
  tell();
}

void EdgeModel::note_owners() {
  for (const auto& [app, placed] : layout_.placed) owners_[::edge::backend_name(placed.slot)] = app.uuid();
}

/// As Edge::pending: the routes with a server on its way out; nothing while that cannot be told.
std::optional<std::vector<base::Uuid>> EdgeModel::pending() const {
  std::set<base::Uuid> apps;
  for (const auto& path : drains_.waited_for()) {
    const auto owner = owners_.find(path.substr(0, path.find('/')));
    if (owner == owners_.end()) return std::nullopt;
    apps.insert(owner->second);
  }
  return std::vector<base::Uuid>(apps.begin(), apps.end());
}

void EdgeModel::tell() {
  if (suspect_ || (wanted_serial_ != 0 && !planned_)) return;
  const auto waiting = pending();
  if (!waiting) return;
  if (wanted_serial_ != 0) {
    told_ = *waiting;
    agent_.routes_served(std::exchange(wanted_serial_, 0), true, *waiting);
  } else if (*waiting != told_) {
    told_ = *waiting;
    agent_.routes_settled(*waiting);
  }
}

}  // namespace simulation

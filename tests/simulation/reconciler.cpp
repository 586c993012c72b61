#include "tests/simulation/reconciler.hpp"

#include <algorithm>

#include "control-plane/modules/ingress/ingress.hpp"
#include "control-plane/modules/scheduling/rules.hpp"
#include "tests/simulation/cluster.hpp"

namespace simulation {

namespace rules = deployments::rules;
using deployments::State;

namespace {

constexpr int kMostRounds = 50;
constexpr std::chrono::seconds kPlaceAgain{5};
constexpr int kFirstPort = 20'000;
constexpr int kLastPort = 20'015;
constexpr std::int64_t kMemory = std::int64_t{128} << 20U;
constexpr std::int64_t kHostMemory = std::int64_t{8} << 30U;

bool is_lost(const WorkerRow& worker) {
  return worker.state == "lost" || worker.state == "revoked";
}

rules::BuildState build_state(const JobRow* job) {
  if (job == nullptr) return rules::BuildState::none;
  switch (job->state) {
    case JobState::pending: return rules::BuildState::pending;
    case JobState::succeeded: return rules::BuildState::succeeded;
    case JobState::failed: return rules::BuildState::failed;
    case JobState::cancelled: return rules::BuildState::cancelled;
    default: return rules::BuildState::active;
  }
}

rules::ReplicaView view(const scheduling::Replica& replica, bool lost) {
  rules::ReplicaView view;
  view.id = replica.id;
  view.release = replica.release;
  view.index = replica.index;
  view.stopping = replica.desired == "stopped";
  view.routing = replica.routing;
  view.routing_since = replica.routing_since;
  view.phase = replica.phase;
  view.health = replica.health;
  view.restarts = replica.restarts;
  view.exit_code = replica.exit_code;
  view.reason = replica.reason;
  view.cause = replica.cause;
  view.worker_lost = lost;
  view.observed_since = replica.observed_at;
  view.has_run = replica.container.has_value();
  view.has_served = replica.has_served;
  return view;
}

std::vector<scheduling::Replica> present(const EnvironmentRow& environment) {
  std::vector<scheduling::Replica> replicas;
  for (const auto& row : environment.replicas) {
    if (!row.removed_at) replicas.push_back(row.data);
  }
  return replicas;
}

}  // namespace

rules::World Reconciler::look(const EnvironmentRow& environment) const {
  const auto replicas = present(environment);
  return look(environment, replicas, RouteBody(ingress::render_route(environment.data, replicas)));
}

rules::World Reconciler::look(const EnvironmentRow& environment, const std::vector<scheduling::Replica>& replicas,
                              const RouteBody& route) const {
  auto& database = cluster_.database();
  rules::World world;
  const auto edges = database.online_edges();
  world.desired_replicas = environment.data.desired_replicas;
  world.stopped = environment.data.stopped;
  world.deleting = environment.data.deleting_at.has_value();
  world.current_release = environment.data.current_release;
  world.edges_online = static_cast<int>(edges.size());
  world.routes_confirmed = database.confirmed("routes", environment.data.id.uuid(), edges, route.digest);
  const auto holders = database.holders("routes", environment.data.id.uuid());
  world.routes_confirmed_everywhere =
      world.routes_confirmed && database.confirmed("routes", environment.data.id.uuid(), holders, route.digest);
  if (environment.data.deleting_at) world.erase_at = *environment.data.deleting_at + kUndoTime;
  world.now = now_;
  for (const auto& d : environment.deployments) {
    if (!is_unfinished(d.state)) continue;
    auto* job = const_cast<EnvironmentRow&>(environment).job_of(d.id);
    world.unfinished.push_back({d.id, d.number, d.state, !d.copies, d.cancel_requested, build_state(job)});
  }
  if (environment.rollout) {
    const auto& rollout = *environment.rollout;
    world.rollout = rules::RolloutView{rollout.deployment, rollout.to_release, rollout.progress_deadline};
  }
  for (const auto& replica : replicas) {
    world.replicas.push_back(view(replica, is_lost(database.worker(replica.worker))));
  }
  return world;
}

void Reconciler::sync_routes(EnvironmentRow& environment, const RouteBody& route) {
  auto& database = cluster_.database();
  const auto id = environment.data.id.uuid();
  auto edges = database.holders("routes", id);
  for (const auto& edge : database.online_edges()) {
    if (std::ranges::find(edges, edge) == edges.end()) edges.push_back(edge);
  }
  for (const auto& edge : edges) {
    const bool changed = route.digest.empty() ? database.remove(edge, "routes", id)
                                              : database.put(edge, "routes", id, route.body, route.digest);
    if (changed) touch(edge);
  }
}

void Reconciler::reconcile(EnvironmentRow& environment) {
  std::optional<base::UtcTime> again;
  int round = 0;
  for (; round < kMostRounds; ++round) {
    cluster_.database().collect(environment, now_);
    cluster_.database().confirm_ports();
    auto& data = environment.data;
    data.host_released = data.deleting_at && now_ >= *data.deleting_at + kUndoTime;
    const auto replicas = present(environment);
    const RouteBody route(ingress::render_route(data, replicas));
    sync_routes(environment, route);
    const auto decision = rules::decide(look(environment, replicas, route));
    again = decision.check_at;
    bool all_placed = true;
    for (const auto& action : decision.actions) {
      all_placed = act(environment, action) && all_placed;
      if (erased_) return;
    }
    if (!all_placed) {
      const auto later = now_ + kPlaceAgain;
      again = again ? std::min(*again, later) : later;
      break;
    }
    if (decision.actions.empty()) break;
  }
  if (round == kMostRounds) throw Violation("decisions do not come to an end");
  environment.reconcile_at = again;
  cluster_.invariants().check(environment);
}

void Reconciler::act_blindly(EnvironmentRow& environment, const std::vector<rules::Action>& actions) {
  for (const auto& action : actions) {
    act(environment, action);
    if (erased_) return;
  }
  cluster_.invariants().check(environment);
}

struct Reconciler::Visitor {
  Reconciler& self;
  EnvironmentRow& environment;

  bool operator()(const rules::EnqueueBuild& a) const {
    JobRow job;
    job.id = self.cluster_.ids().make<base::JobId>();
    job.deployment = a.deployment;
    environment.jobs.push_back(job);
    return true;
  }
  bool operator()(const rules::CancelBuild& a) const {
    auto* job = environment.job_of(a.deployment);
    if (job == nullptr || (job->state != JobState::pending && !job->leased())) return true;
    job->cancel_requested = true;
    if (job->worker) self.touch(*job->worker);
    if (job->state == JobState::pending) job->state = JobState::cancelled;
    return true;
  }
  bool operator()(const rules::Become& a) const {
    self.become(environment, a.deployment, a.state);
    return true;
  }
  bool operator()(const rules::Fail& a) const {
    self.become(environment, a.deployment, State::failed);
    self.cluster_.invariants().failed(environment, a.deployment, a.failure);
    return true;
  }
  bool operator()(const rules::BeginRollout& a) const {
    self.begin_rollout(environment, a.deployment);
    return true;
  }
  bool operator()(const rules::EndRollout&) const {
    if (!environment.rollout) throw Violation("a rollout ended twice");
    environment.rollout.reset();
    environment.data.target_release.reset();
    return true;
  }
  bool operator()(const rules::Promote& a) const {
    self.promote(environment, a.deployment);
    return true;
  }
  bool operator()(const rules::Place& a) const { return self.place(environment, a); }
  bool operator()(const rules::Route& a) const {
    self.set_routing(environment, a);
    return true;
  }
  bool operator()(const rules::Stop& a) const {
    self.stop(environment, a.replica);
    return true;
  }
  bool operator()(const rules::Erase&) const {
    self.erased_ = true;
    return true;
  }
};

bool Reconciler::act(EnvironmentRow& environment, const rules::Action& action) {
  ++environment.revision;
  return std::visit(Visitor{*this, environment}, action);
}

void Reconciler::become(EnvironmentRow& environment, base::DeploymentId id, State to) {
  auto* d = environment.deployment(id);
  if (!may_become(d->state, to)) {
    throw Violation(std::string("deployment went from ") + to_string(d->state) + " to " + to_string(to));
  }
  if (cluster_.timeline().traced()) {
    cluster_.timeline().note("deployment " + std::to_string(d->number) + " is " + to_string(to));
  }
  d->state = to;
}

void Reconciler::begin_rollout(EnvironmentRow& environment, base::DeploymentId id) {
  if (environment.rollout) throw Violation("a second rollout began");
  auto* d = environment.deployment(id);
  become(environment, id, State::releasing);
  ReleaseRow release;
  release.id = cluster_.ids().make<base::ReleaseId>();
  release.deployment = id;
  release.number = environment.next_release++;
  release.behaviour = d->behaviour;
  environment.releases.push_back(release);
  d->release = release.id;
  deployments::Rollout rollout;
  rollout.id = cluster_.ids().make<base::RolloutId>();
  rollout.deployment = id;
  rollout.from_release = environment.data.current_release;
  rollout.to_release = release.id;
  rollout.progress_deadline = now_ + deployments::kProgressDeadline;
  environment.rollout = rollout;
  environment.data.target_release = release.id;
}

void Reconciler::promote(EnvironmentRow& environment, base::DeploymentId id) {
  if (!environment.rollout) throw Violation("a promotion without a rollout");
  auto* d = environment.deployment(id);
  cluster_.invariants().promoted(environment, *d);
  for (auto& other : environment.deployments) {
    if (other.state == State::live && other.id != id) become(environment, other.id, State::superseded);
  }
  become(environment, id, State::live);
  environment.promoted = d->number;
  environment.data.current_release = environment.rollout->to_release;
  environment.data.target_release.reset();
  environment.rollout.reset();
}

bool Reconciler::place(EnvironmentRow& environment, const rules::Place& place) {
  auto& database = cluster_.database();
  std::vector<scheduling::WorkerView> views;
  for (const auto& worker : database.workers) {
    scheduling::WorkerView worker_view;
    worker_view.id = worker.id;
    worker_view.name = worker.name;
    worker_view.online = worker.state == "online";
    worker_view.runs = true;
    worker_view.memory_bytes = kHostMemory;
    for (const auto& [id, other] : database.environments) {
      for (const auto& replica : other.replicas) {
        if (replica.removed_at || replica.data.worker != worker.id) continue;
        ++worker_view.replicas;
        worker_view.memory_reserved += kMemory;
        if (id == environment.data.id) ++worker_view.same_app;
      }
    }
    views.push_back(std::move(worker_view));
  }
  const auto placement = scheduling::rules::choose({.memory_bytes = kMemory}, views);
  if (!placement) return false;
  const auto& worker = database.worker(placement->worker);
  const auto port = database.free_port(worker.id, kFirstPort, kLastPort, now_);
  if (!port) return false;
  scheduling::Replica replica;
  replica.id = cluster_.ids().make<base::ReplicaId>();
  replica.app_environment = environment.data.id;
  replica.release = place.release;
  replica.deployment = environment.release(place.release)->deployment;
  replica.index = place.index;
  replica.worker = worker.id;
  replica.publish_address = worker.address;
  replica.publish_port = *port;
  replica.routing_since = now_;
  replica.created_at = now_;
  cluster_.invariants().placed(environment, replica);
  cluster_.describe(replica, environment.release(place.release)->behaviour);
  const auto body = replica.id.to_string();
  if (database.put(worker.id, "replicas", replica.id.uuid(), body, protocol::Digest::of(body))) touch(worker.id);
  environment.replicas.push_back({std::move(replica), std::nullopt});
  return true;
}

void Reconciler::set_routing(EnvironmentRow& environment, const rules::Route& route) {
  auto* row = environment.replica(route.replica);
  if (row == nullptr || row->removed_at) throw Violation("a replica that is gone was routed");
  if (row->data.routing == route.routing) return;
  row->data.routing = route.routing;
  row->data.routing_since = now_;
  if (route.routing != "ready") return;
  const bool newly_serves = !std::exchange(row->data.has_served, true);
  if (newly_serves && environment.rollout && row->data.release == environment.rollout->to_release)
    environment.rollout->progress_deadline = now_ + deployments::kProgressDeadline;
}

void Reconciler::stop(EnvironmentRow& environment, base::ReplicaId id) {
  auto* row = environment.replica(id);
  if (row == nullptr) throw Violation("a replica that is gone was stopped");
  row->data.desired = "stopped";
  if (cluster_.database().remove(row->data.worker, "replicas", id.uuid())) touch(row->data.worker);
}

}  // namespace simulation

#include "tests/simulation/plane.hpp"

#include <algorithm>

#include "control-plane/modules/builds/types.hpp"
#include "control-plane/modules/fleet/types.hpp"
#include "tests/simulation/cluster.hpp"
#include "tests/simulation/reconciler.hpp"

namespace simulation {
namespace {

// The periods of app/tasks.cpp and fleet/hub.cpp, in ticks of a second.
constexpr std::chrono::seconds kTick{1};
constexpr int kLead = 2;
constexpr int kSweep = 5;
constexpr int kTouch = 10;
constexpr int kIdleDispatch = 30;
constexpr std::chrono::minutes kForget{10};

}  // namespace

void Plane::later(base::Duration delay, std::function<void()> what) {
  cluster_.timeline().after(delay, [this, life = life_, what = std::move(what)] {
    if (alive_ && life_ == life) what();
  });
}

base::UtcTime Plane::now() const {
  return cluster_.timeline().now() + skew_;
}

bool Plane::stands_still() const {
  return cluster_.timeline().now() < still_until_;
}

void Plane::start() {
  if (alive_) return;
  alive_ = true;
  ++life_;
  ticks_ = 0;
  if (cluster_.timeline().traced()) cluster_.timeline().note("plane " + std::to_string(index_) + " starts");
  later(cluster_.random().millis(100, 1'000), [this] { tick(); });
}

void Plane::crash() {
  if (!alive_) return;
  if (cluster_.timeline().traced()) cluster_.timeline().note("plane " + std::to_string(index_) + " crashes");
  alive_ = false;
  epoch_.reset();
  due_.clear();
  lookout_ = {};
  reconciling_ = nudged_ = false;
  const auto connections = std::exchange(connections_, {});
  for (const auto& [worker, connection] : connections) cluster_.network().close_plane_side(connection, false);
}

void Plane::stall(base::Duration how_long) {
  if (cluster_.timeline().traced()) cluster_.timeline().note("plane " + std::to_string(index_) + " stands still");
  still_until_ = cluster_.timeline().now() + std::chrono::duration_cast<std::chrono::microseconds>(how_long);
}

bool Plane::may_crash_here() {
  if (!cluster_.faults().plane_crashes || !cluster_.random().chance(4)) return false;
  crash();
  cluster_.timeline().after(cluster_.random().millis(200, 20'000), [this] { start(); });
  return true;
}

void Plane::tick() {
  later(kTick, [this] { tick(); });
  if (stands_still()) return;
  ++ticks_;
  if (cluster_.database().away) {
    if (ticks_ % kLead == 0) epoch_.reset();
    return;
  }
  if (ticks_ % kLead == 1) lead();
  reconcile_due();
  if (ticks_ % kSweep == 0) {
    sweep();
    assign_jobs();
  }
  maintain_hub();
}

void Plane::lead() {
  const auto holder = "plane" + std::to_string(index_) + "/" + std::to_string(life_);
  const auto taken = cluster_.database().take_lease(holder, cluster_.timeline().now());
  if (taken && epoch_ != taken) {
    if (cluster_.timeline().traced()) {
      cluster_.timeline().note("plane " + std::to_string(index_) + " leads, epoch " + std::to_string(*taken));
    }
    later(std::chrono::milliseconds(1), [this] {
      reconcile_due();
      assign_jobs();
    });
  }
  epoch_ = taken;
}

bool Plane::begin_as_leader(std::int64_t epoch) const {
  if (cluster_.database().away) return false;
  if (cluster_.options().planted == Planted::epoch_ignored) return true;
  return cluster_.database().hold_lease(epoch, cluster_.timeline().now());
}

void Plane::nudge_reconciler() {
  if (!alive_ || nudged_) return;
  nudged_ = true;
  later(std::chrono::milliseconds(1), [this] {
    nudged_ = false;
    if (!stands_still()) reconcile_due();
  });
}

void Plane::reconcile_due() {
  if (!epoch_ || reconciling_ || !begin_as_leader(*epoch_)) return;
  due_.clear();
  for (const auto& [id, environment] : cluster_.database().environments) {
    if (environment.reconcile_at && *environment.reconcile_at <= now()) due_.push_back(id);
  }
  next_reconcile();
}

void Plane::next_reconcile() {
  reconciling_ = false;
  if (due_.empty()) return;
  reconciling_ = true;
  const auto environment = due_.back();
  due_.pop_back();
  begin_reconcile(environment);
}

/// A transaction takes a while, and a process may stand still in its middle. The row lock and the lease's row are what
/// protect it in the product; here the commit checks that nobody else wrote or leads, which orders the same.
void Plane::begin_reconcile(base::AppEnvironmentId id) {
  const auto& environments = cluster_.database().environments;
  const auto found = environments.find(id);
  if (!epoch_ || found == environments.end() || !begin_as_leader(*epoch_)) return next_reconcile();
  base::Duration takes = cluster_.random().millis(1, 12);
  if (cluster_.faults().plane_stalls && cluster_.random().chance(10)) {
    takes = cluster_.random().millis(5'000, 20'000);
    stall(takes);
  }
  const auto epoch = *epoch_;
  const auto revision = found->second.revision;
  if (cluster_.options().planted != Planted::compare_and_set_ignored) {
    return later(takes, [this, id, epoch, revision] { commit_reconcile(id, epoch, revision); });
  }
  Reconciler reconciler(cluster_, now());
  auto decision = deployments::rules::decide(reconciler.look(found->second));
  later(takes, [this, id, actions = std::move(decision.actions)] {
    const auto row = cluster_.database().environments.find(id);
    if (row == cluster_.database().environments.end()) return next_reconcile();
    Reconciler blind(cluster_, now());
    blind.act_blindly(row->second, actions);
    if (blind.erased()) {
      cluster_.erase(id);
      return next_reconcile();
    }
    blind.reconcile(row->second);
    for (const auto& worker : blind.touched()) nudge_worker(worker);
    next_reconcile();
  });
}

void Plane::commit_reconcile(base::AppEnvironmentId id, std::int64_t epoch, std::uint64_t revision) {
  auto& environments = cluster_.database().environments;
  const auto found = environments.find(id);
  const bool fenced = cluster_.options().planted != Planted::epoch_ignored && cluster_.database().lease.epoch != epoch;
  if (cluster_.database().away || found == environments.end() || fenced) return next_reconcile();
  if (found->second.revision != revision) return begin_reconcile(id);
  if (may_crash_here()) return;
  cluster_.invariants().led(epoch, index_, life_);
  Reconciler reconciler(cluster_, now());
  reconciler.reconcile(found->second);
  if (reconciler.erased()) cluster_.erase(id);
  if (may_crash_here()) return;
  for (const auto& worker : reconciler.touched()) nudge_worker(worker);
  assign_jobs();
  next_reconcile();
}

void Plane::sweep() {
  if (!epoch_ || !begin_as_leader(*epoch_)) return;
  cluster_.invariants().led(*epoch_, index_, life_);
  auto& database = cluster_.database();
  lookout_.look(now());
  if (lookout_.sees_unreachable()) {
    move_silent();
    expire_jobs();
  }
  for (auto& [id, environment] : database.environments) {
    std::erase_if(environment.replicas,
                  [&](const ReplicaRow& row) { return row.removed_at && *row.removed_at < now() - kForget; });
  }
  std::erase_if(database.released_ports,
                [&](const auto& entry) { return entry.second.edges_confirmed && entry.second.at < now() - kForget; });
}

void Plane::move_silent() {
  auto& database = cluster_.database();
  for (auto& worker : database.workers) {
    const auto before = worker.state;
    if (worker.state == "online" && worker.last_seen < now() - fleet::kUnreachableAfter) worker.state = "unreachable";
    if (lookout_.sees_lost() && worker.state == "unreachable" && worker.last_seen < now() - fleet::kLostAfter) {
      worker.state = "lost";
    }
    if (worker.state == before) continue;
    if (cluster_.timeline().traced()) cluster_.timeline().note(worker.name + " is " + worker.state);
    for (auto& [id, environment] : database.environments) {
      const bool here = std::ranges::any_of(environment.replicas, [&](const auto& replica) {
        return !replica.removed_at && replica.data.worker == worker.id;
      });
      if (here || worker.edge) Database::wake(environment, now());
    }
  }
}

void Plane::expire_jobs() {
  auto& database = cluster_.database();
  for (auto& [id, environment] : database.environments) {
    for (auto& job : environment.jobs) {
      if (!job.leased()) continue;
      if (job.lease_until >= now() && database.worker(*job.worker).state != "lost") continue;
      job.state = JobState::failed;
      Database::wake(environment, now());
    }
  }
}

void Plane::assign_jobs() {
  if (!epoch_ || cluster_.database().away || !begin_as_leader(*epoch_)) return;
  auto& database = cluster_.database();
  for (auto& [id, environment] : database.environments) {
    if (std::ranges::any_of(environment.jobs, [](const auto& job) { return job.leased(); })) continue;
    const auto job = std::ranges::find(environment.jobs, JobState::pending, &JobRow::state);
    if (job == environment.jobs.end()) continue;
    const auto builder = std::ranges::find_if(
        database.workers, [](const auto& worker) { return worker.build && worker.state == "online"; });
    if (builder == database.workers.end()) return;
    job->state = JobState::assigned;
    job->worker = builder->id;
    job->lease_until = now() + builds::kBuildLease;
    job->dispatched = false;
    Database::wake(environment, now());
    nudge_worker(builder->id);
    nudge_reconciler();
  }
}

void Plane::maintain_hub() {
  if (ticks_ % kTouch == 1) touch();
  if (ticks_ % kIdleDispatch == 0) {
    const auto here = connections_;
    for (const auto& [worker, connection] : here) refresh(connection);
  }
  for (const auto& [key, assignment] : cluster_.database().assignments) {
    if (assignment.dirty) nudge_worker(key.first);
  }
  for (const auto& [id, environment] : cluster_.database().environments) {
    for (const auto& job : environment.jobs) {
      if (job.state == JobState::assigned && !job.dispatched) nudge_worker(*job.worker);
    }
  }
}

void Plane::refresh(int connection) {
  const auto& link = cluster_.network().at(connection);
  if (!link.inventory || !fenced(connection)) return;
  const auto worker = cluster_.worker_of(link.agent);
  if (cluster_.database().refresh(worker, now())) cluster_.database().wake_all(now());
  nudge_worker(worker);
}

void Plane::touch() {
  for (const auto& [worker, connection] : connections_) cluster_.database().worker(worker).last_seen = now();
}

}  // namespace simulation

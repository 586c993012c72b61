#include <algorithm>

#include "common/base/crash_point.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "control-plane/modules/deployments/service.hpp"
#include "control-plane/modules/deployments/store.hpp"

namespace deployments {
namespace {

constexpr int kMostRounds = 50;
constexpr std::chrono::seconds kPlaceAgain{5};

rules::BuildState build_state(const std::optional<builds::Job>& job) {
  if (!job) return rules::BuildState::none;
  if (job->state == "pending") return rules::BuildState::pending;
  if (job->state == "succeeded") return rules::BuildState::succeeded;
  if (job->state == "failed") return rules::BuildState::failed;
  if (job->state == "cancelled") return rules::BuildState::cancelled;
  return rules::BuildState::active;
}

rules::ReplicaView view(const scheduling::Replica& replica) {
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
  view.worker_lost = replica.worker_state == "lost" || replica.worker_state == "revoked";
  view.observed_since = replica.observed_at;
  view.has_run = replica.container.has_value();
  view.has_served = replica.has_served;
  return view;
}

std::string status_of(State state) {
  switch (state) {
    case State::queued: return "Waiting for a build slot.";
    case State::building: return "Building the image.";
    case State::built: return "Built; about to be released.";
    case State::releasing: return "Starting the new release beside the old one.";
    case State::live: return "Live.";
    case State::failed: return "Failed.";
    case State::cancelled: return "Cancelled.";
    case State::superseded: return "A newer deployment took over.";
  }
  return "";
}

crypto::ColumnContext frozen_place(base::ReleaseId release, const std::string& name, std::int64_t generation) {
  return {"release_variables", "value_sealed", release.to_string() + "/" + name,
          static_cast<std::uint64_t>(generation)};
}

}  // namespace

/// What one round looks at: the rows, and the same as the rules see it.
struct Reconciler::Loaded {
  projects::AppEnvironment env;
  std::vector<Deployment> unfinished;
  std::optional<Rollout> rollout;
  std::vector<scheduling::Replica> replicas;
  rules::World world;

  const Deployment& deployment(base::DeploymentId id) const {
    for (const auto& d : unfinished) {
      if (d.id == id) return d;
    }
    throw base::Failure("deployment " + id.to_string() + " is not among the unfinished ones");
  }
  const scheduling::Replica& replica(base::ReplicaId id) const {
    for (const auto& r : replicas) {
      if (r.id == id) return r;
    }
    throw base::Failure("replica " + id.to_string() + " is not of this environment");
  }
};

Reconciler::Loaded Reconciler::load(Tx& tx, base::AppEnvironmentId id) {
  Loaded loaded{*projects_.lock(tx, id), store::unfinished(tx, id), store::active_rollout(tx, id), {}, {}};
  scheduling_.collect(tx, id);
  loaded.replicas = scheduling_.of_environment(tx, id);
  auto& world = loaded.world;
  world.now = clock_.utc_now();
  if (loaded.env.deleting_at) {
    world.erase_at = *loaded.env.deleting_at + projects::kUndoTime;
    loaded.env.host_released = world.now >= world.erase_at;
  }
  const auto routes = routes_.sync(tx, loaded.env, loaded.replicas);
  world.desired_replicas = loaded.env.desired_replicas;
  world.stopped = loaded.env.stopped;
  world.deleting = loaded.env.deleting_at.has_value();
  world.current_release = loaded.env.current_release;
  world.edges_online = routes.edges_online;
  world.routes_confirmed = routes.confirmed;
  world.routes_confirmed_everywhere = routes.everywhere;
  for (const auto& d : loaded.unfinished) {
    const bool needs_build = !d.copies_release;
    world.unfinished.push_back({d.id, d.number, d.state, needs_build, d.cancel_requested,
                                needs_build ? build_state(builds_.of_deployment(tx, d.id)) : rules::BuildState::none});
  }
  if (loaded.rollout) {
    world.rollout =
        rules::RolloutView{loaded.rollout->deployment, loaded.rollout->to_release, loaded.rollout->progress_deadline};
  }
  for (const auto& replica : loaded.replicas) world.replicas.push_back(view(replica));
  return loaded;
}

void Reconciler::reconcile(Tx& tx, base::AppEnvironmentId id) {
  if (!projects_.lock(tx, id)) return;
  std::optional<base::UtcTime> again;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto loaded = load(tx, id);
    const auto decision = rules::decide(loaded.world);
    again = decision.check_at;
    bool all_placed = true;
    for (const auto& action : decision.actions) {
      if (std::holds_alternative<rules::Erase>(action)) {
        erase(tx, loaded.env);
        return;
      }
      all_placed = act(tx, loaded, action) && all_placed;
    }
    note_progress(tx, loaded, decision, all_placed);
    if (!all_placed) {
      const auto later = loaded.world.now + kPlaceAgain;
      again = again ? std::min(*again, later) : later;
      break;
    }
    if (decision.actions.empty()) break;
  }
  projects_.set_next_check(tx, id, again);
}

bool Reconciler::act(Tx& tx, const Loaded& loaded, const rules::Action& action) {
  struct Visitor {
    Reconciler& self;
    Tx& tx;
    const Loaded& loaded;
    bool operator()(const rules::EnqueueBuild& a) const {
      self.builds_.enqueue(tx, {loaded.env.organization, loaded.env.id, a.deployment});
      return true;
    }
    bool operator()(const rules::CancelBuild& a) const {
      self.builds_.request_cancel(tx, a.deployment);
      return true;
    }
    bool operator()(const rules::Become& a) const {
      self.become(tx, loaded, a.deployment, a.state);
      return true;
    }
    bool operator()(const rules::Fail& a) const {
      self.fail(tx, loaded, a.deployment, a.failure);
      return true;
    }
    bool operator()(const rules::BeginRollout& a) const {
      self.begin_rollout(tx, loaded, a.deployment);
      return true;
    }
    bool operator()(const rules::EndRollout& a) const {
      if (!store::end_rollout(tx, *loaded.rollout, a.state, loaded.world.now))
        throw base::Failure("the rollout moved on");
      self.projects_.set_releases(tx, loaded.env, loaded.env.current_release, std::nullopt);
      return true;
    }
    bool operator()(const rules::Promote& a) const {
      self.promote(tx, loaded, a.deployment);
      return true;
    }
    bool operator()(const rules::Place& a) const { return self.place(tx, loaded, a); }
    bool operator()(const rules::Route& a) const {
      self.scheduling_.set_routing(tx, loaded.replica(a.replica), a.routing);
      return true;
    }
    bool operator()(const rules::Stop& a) const {
      self.scheduling_.stop(tx, loaded.replica(a.replica));
      return true;
    }
    bool operator()(const rules::Erase&) const { return true; }
  };
  return std::visit(Visitor{*this, tx, loaded}, action);
}

/// Renews the deadline with each replica that serves for the first time, and says how far the rollout is.
void Reconciler::note_progress(Tx& tx, const Loaded& loaded, const rules::Decision& decision, bool all_placed) {
  if (!loaded.rollout || !decision.progress) return;
  const auto newly_serves = [&](const rules::Action& action) {
    const auto* const route = std::get_if<rules::Route>(&action);
    if (route == nullptr || route->routing != "ready") return false;
    const auto& replica = loaded.replica(route->replica);
    return replica.release == loaded.rollout->to_release && !replica.has_served;
  };
  if (std::ranges::any_of(decision.actions, newly_serves) &&
      !store::renew_deadline(tx, *loaded.rollout, loaded.world.now + kProgressDeadline)) {
    throw base::Failure("the rollout moved on");
  }
  const auto [healthy, wanted] = *decision.progress;
  const bool promoted = !decision.actions.empty() && std::holds_alternative<rules::Promote>(decision.actions.front());
  if (wanted < 2 || !all_placed || promoted) return;
  store::set_status_text(tx, loaded.rollout->deployment,
                         "Starting the new release beside the old one: " + std::to_string(healthy) + " of " +
                             std::to_string(wanted) + " replicas are healthy.");
}

void Reconciler::become(Tx& tx, const Loaded& loaded, base::DeploymentId id, State to) {
  const auto& d = loaded.deployment(id);
  BASE_CHECK(may_become(d.state, to), "the rules only take steps that the state machine has");
  if (to == State::built) {
    if (d.copies_release) {
      const auto copied = store::find_release(tx, *d.copies_release);
      store::set_built(tx, id,
                       {copied->commit.value_or(""), d.commit_message.value_or(""), copied->image_repository,
                        copied->image_digest, copied->content_hash});
    } else {
      const auto job = builds_.of_deployment(tx, id);
      store::set_built(tx, id,
                       {job->result->commit, job->result->commit_message, loaded.env.image_repository(),
                        job->result->image_digest, job->result->content_hash});
    }
  }
  if (!store::set_state(tx, id, d.state, to, status_of(to), loaded.world.now))
    throw base::Failure("the deployment moved on");
  const bool nothing_more = d.copies_release || to == State::cancelled || to == State::superseded;
  if (nothing_more && !is_unfinished(to)) builds_.complete_log(tx, loaded.env.organization, id);
  announce(tx, loaded.env, id, to_string(to));
}

void Reconciler::fail(Tx& tx, const Loaded& loaded, base::DeploymentId id, Failure failure) {
  const auto& d = loaded.deployment(id);
  if (failure.step == "build") {
    if (const auto job = builds_.of_deployment(tx, id); job && job->failure) {
      failure = Failure{job->failure->step,      job->failure->code,       job->failure->message,
                        job->failure->exit_code, job->failure->last_lines, failure.hint};
    }
  }
  store::set_failure(tx, id, d.state, failure, "Failed at the step " + failure.step + ": " + failure.message,
                     loaded.world.now);
  // A lost worker closes no stream; and what failed after its build prints nothing more.
  if (failure.step != "build" || failure.code == "worker_lost") builds_.complete_log(tx, loaded.env.organization, id);
  announce(tx, loaded.env, id, "failed");
}

base::Result<std::vector<projects::Variable>> Reconciler::variables_for(Tx& tx, const Loaded& loaded,
                                                                        const Deployment& d) {
  if (!d.copies_release || d.trigger != "rollback") return projects_.variables().resolve(tx, loaded.env.id);
  auto keyring = vault_.keyring(tx, loaded.env.organization);
  std::vector<projects::Variable> copied;
  for (const auto& old : store::variables(tx, *d.copies_release)) {
    auto value = keyring.open(tx, frozen_place(*d.copies_release, old.name, old.generation), old.value_sealed);
    if (!value) throw base::Failure("a variable of release " + d.copies_release->to_string() + " does not open");
    copied.push_back(
        {old.name, *std::move(value), old.generation, old.build_time, old.run_time, old.fingerprint.value_or("")});
  }
  return copied;
}

void Reconciler::freeze_variables(Tx& tx, const Loaded& loaded, base::ReleaseId release,
                                  const std::vector<projects::Variable>& variables) {
  for (const auto& variable : variables) {
    const auto sealed = vault_.seal(tx, loaded.env.organization,
                                    frozen_place(release, variable.name, variable.generation), variable.value.reveal());
    store::insert_variable(tx, loaded.env.organization, release,
                           {variable.name, sealed, variable.generation, variable.build_time, variable.run_time,
                            variable.fingerprint.empty() ? std::nullopt : std::optional(variable.fingerprint)});
  }
}

void Reconciler::begin_rollout(Tx& tx, const Loaded& loaded, base::DeploymentId id) {
  const auto& d = loaded.deployment(id);
  const auto variables = variables_for(tx, loaded, d);
  if (!variables) {
    Failure failure;
    failure.step = "release";
    failure.code = variables.error().code;
    failure.message = variables.error().message;
    failure.hint = "See wh env " + loaded.env.ref() + " diff.";
    fail(tx, loaded, id, std::move(failure));
    return;
  }
  Release release;
  release.id = base::ReleaseId::make(clock_);
  release.deployment = id;
  release.number = projects_.take_release_number(tx, loaded.env.id);
  release.image_repository = *d.image_repository;
  release.image_digest = *d.image_digest;
  release.commit = d.commit;
  release.content_hash = d.content_hash;
  release.port = loaded.env.port;
  release.health_path = loaded.env.health_path;
  release.cpu_millis = loaded.env.resources.cpu_millis;
  release.memory_bytes = loaded.env.resources.memory_bytes;
  release.pids = loaded.env.resources.pids;
  release.disk_bytes = loaded.env.resources.disk_bytes;
  release.read_only = loaded.env.resources.read_only;
  store::insert_release(tx, loaded.env.organization, loaded.env.id, release);
  freeze_variables(tx, loaded, release.id, *variables);
  store::set_release(tx, id, release.id);
  if (!store::set_state(tx, id, State::built, State::releasing, status_of(State::releasing), loaded.world.now)) {
    throw base::Failure("the deployment moved on");
  }
  Rollout rollout;
  rollout.id = base::RolloutId::make(clock_);
  rollout.deployment = id;
  rollout.from_release = loaded.env.current_release;
  rollout.to_release = release.id;
  rollout.progress_deadline = loaded.world.now + kProgressDeadline;
  store::insert_rollout(tx, loaded.env.organization, loaded.env.id, rollout);
  projects_.set_releases(tx, loaded.env, loaded.env.current_release, release.id);
  announce(tx, loaded.env, id, "releasing");
  base::crash_point("rollout.begun");
}

void Reconciler::promote(Tx& tx, const Loaded& loaded, base::DeploymentId id) {
  if (!store::end_rollout(tx, *loaded.rollout, "done", loaded.world.now)) throw base::Failure("the rollout moved on");
  if (!store::set_state(tx, id, State::releasing, State::live, status_of(State::live), loaded.world.now)) {
    throw base::Failure("the deployment moved on");
  }
  store::supersede_live(tx, loaded.env.id, id, loaded.world.now);
  projects_.set_releases(tx, loaded.env, loaded.rollout->to_release, std::nullopt);
  announce(tx, loaded.env, id, "live");
  base::crash_point("rollout.promoted");
}

std::map<std::string, base::SecretString> Reconciler::open_variables(Tx& tx, const projects::AppEnvironment& env,
                                                                     base::ReleaseId release) {
  auto keyring = vault_.keyring(tx, env.organization);
  std::map<std::string, base::SecretString> opened;
  for (const auto& frozen : store::variables(tx, release)) {
    if (!frozen.run_time) continue;
    auto value = keyring.open(tx, frozen_place(release, frozen.name, frozen.generation), frozen.value_sealed);
    if (!value) throw base::Failure("a variable of release " + release.to_string() + " does not open");
    opened[frozen.name] = *std::move(value);
  }
  return opened;
}

bool Reconciler::place(Tx& tx, const Loaded& loaded, const rules::Place& place) {
  const auto release = store::find_release(tx, place.release);
  scheduling::Plan plan;
  plan.organization = loaded.env.organization;
  plan.app_environment = loaded.env.id;
  plan.release = release->id;
  plan.deployment = release->deployment;
  plan.index = place.index;
  plan.image_repository = release->image_repository;
  plan.image_digest = release->image_digest;
  plan.port = release->port;
  plan.health_path = release->health_path;
  plan.cpu_millis = release->cpu_millis;
  plan.memory_bytes = release->memory_bytes;
  plan.pids = release->pids;
  plan.disk_bytes = release->disk_bytes;
  plan.read_only = release->read_only;
  plan.variables = open_variables(tx, loaded.env, release->id);
  const auto placed = scheduling_.place(tx, plan);
  if (placed) return true;
  store::set_status_text(tx, release->deployment, "Waiting for room: " + placed.error().message);
  logging::warn("deployments.not_placed",
                {{"app_environment", loaded.env.id.to_string()}, {"reason", placed.error().message}});
  return false;
}

void Reconciler::announce(Tx& tx, const projects::AppEnvironment& env, base::DeploymentId deployment,
                          const std::string& kind) {
  feed::Change change;
  change.kind = "deployment." + kind;
  change.organization = env.organization;
  change.app = env.app;
  change.deployment = deployment;
  feed_.append(tx, change);
}

void Reconciler::erase(Tx& tx, const projects::AppEnvironment& env) {
  builds_.erase_logs(tx, env.id);
  builds_.abandon_images(tx, env.id);
  projects_.erase(tx, env);
}

}  // namespace deployments

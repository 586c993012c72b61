// The worker hub of a control plane: what agents say, and what they are told.

#include <algorithm>

#include "control-plane/modules/builds/types.hpp"
#include "tests/simulation/cluster.hpp"
#include "tests/simulation/plane.hpp"

namespace simulation {

std::optional<std::int64_t> Plane::admit(base::WorkerId worker) {
  if (!alive_ || stands_still() || cluster_.database().away) return std::nullopt;
  return ++cluster_.database().worker(worker).session_epoch;
}

void Plane::enter(int connection) {
  const auto worker = cluster_.worker_of(cluster_.network().at(connection).agent);
  const auto older = connections_.find(worker);
  if (older != connections_.end()) cluster_.network().close_plane_side(older->second, false);
  connections_[worker] = connection;
}

void Plane::disconnected(int connection) {
  std::erase_if(connections_, [&](const auto& entry) { return entry.second == connection; });
}

bool Plane::fenced(int connection) {
  const auto& link = cluster_.network().at(connection);
  if (cluster_.database().worker(cluster_.worker_of(link.agent)).session_epoch == link.session_epoch) return true;
  disconnected(connection);
  cluster_.network().close_plane_side(connection, false);
  return false;
}

void Plane::receive(int connection, const Message& message) {
  if (!alive_) return;
  if (stands_still()) {
    const auto wait = still_until_ - cluster_.timeline().now() + std::chrono::milliseconds(1);
    later(wait, [this, connection, message] { receive(connection, message); });
    return;
  }
  auto& link = cluster_.network().at(connection);
  if (!link.plane_side) return;
  if (cluster_.database().away) {
    // A greeting that cannot be stored closes; a status is answered with an error; the rest is lost.
    if (std::holds_alternative<Hello>(message) || std::holds_alternative<Inventory>(message))
      return cluster_.network().close_plane_side(connection, false);
    if (const auto* status = std::get_if<Status>(&message)) {
      cluster_.network().to_agent(connection, StatusAck{status->id, true});
    }
    return;
  }
  if (!fenced(connection)) return;
  if (may_crash_here()) return;
  std::visit([&](const auto& known) { on(connection, known); }, message);
}

void Plane::on(int connection, const Hello& hello) {
  auto& link = cluster_.network().at(connection);
  auto& worker = cluster_.database().worker(cluster_.worker_of(link.agent));
  if (!cluster_.database().resume(worker.id, hello.applied)) throw Violation("an agent reported an impossible epoch");
  worker.last_seen = now();
  link.greeted = true;
  if (worker.state == "online") return;
  worker.state = "online";
  if (cluster_.timeline().traced()) cluster_.timeline().note(worker.name + " is online");
  for (auto& [id, environment] : cluster_.database().environments) Database::wake(environment, now());
  nudge_reconciler();
}

void Plane::on(int connection, const Inventory& inventory) {
  auto& link = cluster_.network().at(connection);
  if (!link.greeted) return;
  const auto worker = cluster_.worker_of(link.agent);
  observe(worker, inventory.replicas, /*whole=*/true);
  for (auto& [id, environment] : cluster_.database().environments) {
    for (auto& job : environment.jobs) {
      if (!job.leased() || job.worker != worker) continue;
      if (std::ranges::find(inventory.jobs, JobKey{job.id, job.attempt}) == inventory.jobs.end()) {
        job.dispatched = false;
      }
    }
  }
  link.inventory = true;
  cluster_.network().to_agent(connection, StatusAck{inventory.id});
  dispatch(connection);
}

void Plane::on(int connection, const Status& status) {
  if (!cluster_.network().at(connection).greeted) return;
  observe(cluster_.worker_of(cluster_.network().at(connection).agent), status.replicas, /*whole=*/false);
  if (may_crash_here()) return;
  cluster_.network().to_agent(connection, StatusAck{status.id});
}

void Plane::observe(base::WorkerId worker, const std::vector<Report>& reports, bool whole) {
  auto& database = cluster_.database();
  for (const auto& report : reports) {
    for (auto& [id, environment] : database.environments) {
      const auto* replica = environment.replica(report.replica);
      if (replica != nullptr && replica->data.worker == worker) Database::wake(environment, now());
    }
  }
  database.observe(worker, reports, now(), whole);
  nudge_reconciler();
}

void Plane::on(int connection, const Applied& applied) {
  if (!applied.in_force) return;
  auto& database = cluster_.database();
  const auto worker = cluster_.worker_of(cluster_.network().at(connection).agent);
  for (const auto& object :
       database.confirm(worker, applied.kind, applied.epoch, applied.generation, applied.pending)) {
    for (auto& [id, environment] : database.environments) {
      const bool about = id.uuid() == object || environment.replica(base::ReplicaId(object)) != nullptr;
      if (about) Database::wake(environment, now());
    }
  }
  nudge_reconciler();
}

void Plane::on(int connection, const ObjectGet& get) {
  const auto worker = cluster_.worker_of(cluster_.network().at(connection).agent);
  for (const auto& digest : get.digests) {
    cluster_.network().to_agent(connection, ObjectPut{digest, cluster_.database().object_body(worker, digest)});
  }
}

void Plane::on(int /*connection*/, const Refused& /*refused*/) {
  cluster_.invariants().refused();
}

void Plane::on(int connection, const JobAccepted& accepted) {
  const auto worker = cluster_.worker_of(cluster_.network().at(connection).agent);
  for (auto& [id, environment] : cluster_.database().environments) {
    auto* job = environment.job(accepted.job.first);
    if (job == nullptr || !job->leased() || job->worker != worker || job->attempt != accepted.job.second) continue;
    job->state = JobState::running;
    ++environment.revision;
  }
}

void Plane::on(int connection, const JobFinished& finished) {
  const auto worker = cluster_.worker_of(cluster_.network().at(connection).agent);
  for (auto& [id, environment] : cluster_.database().environments) {
    auto* job = environment.job(finished.job.first);
    if (job == nullptr || job->worker != worker) continue;
    Database::wake(environment, now());
    const bool again = cluster_.options().planted == Planted::result_taken_twice;
    if (again || (job->leased() && job->attempt == finished.job.second)) {
      cluster_.invariants().settled(finished.job);
      settle(environment, *job, finished.outcome);
    }
  }
  if (may_crash_here()) return;
  cluster_.network().to_agent(connection, JobAck{finished.job});  // also for a job that nobody knows any more
  nudge_reconciler();
}

void Plane::settle(EnvironmentRow& environment, JobRow& job, const std::string& outcome) {
  ++environment.revision;
  if (outcome == "agent_restarted" && job.attempt < builds::kMostAttempts && !job.cancel_requested) {
    ++job.attempt;
    job.state = JobState::assigned;
    job.dispatched = false;
    job.lease_until = now() + builds::kBuildLease;
    nudge_worker(*job.worker);
  } else if (outcome == "succeeded") {
    job.state = JobState::succeeded;
  } else if (outcome == "cancelled" || job.cancel_requested) {
    job.state = JobState::cancelled;
  } else {
    job.state = JobState::failed;
  }
}

void Plane::nudge_worker(base::WorkerId worker) {
  const auto found = connections_.find(worker);
  if (found == connections_.end()) return;
  later(std::chrono::milliseconds(1), [this, connection = found->second] { dispatch(connection); });
}

std::vector<Message> Plane::job_messages(base::WorkerId worker) {
  std::vector<Message> messages;
  for (auto& [id, environment] : cluster_.database().environments) {
    for (auto& job : environment.jobs) {
      if (!job.leased() || job.worker != worker) continue;
      if (job.dispatched) {
        if (job.cancel_requested) messages.emplace_back(JobCancel{{job.id, job.attempt}});
        continue;
      }
      protocol::JobCommand command;
      const auto epoch =
          std::max<std::int64_t>(cluster_.database().lease.epoch, 1) + cluster_.database().worker(worker).epoch_offset;
      command.head = {protocol::CommandType::job, worker, static_cast<std::uint64_t>(epoch), now(), job.lease_until};
      command.job_id = job.id;
      command.attempt = job.attempt;
      messages.emplace_back(Dispatch{protocol::sign_command(cluster_.signing_key(), command)});
      job.dispatched = true;
    }
  }
  return messages;
}

void Plane::dispatch(int connection) {
  auto& link = cluster_.network().at(connection);
  if (!link.plane_side || !link.inventory || cluster_.database().away || stands_still()) return;
  if (!fenced(connection)) return;
  const auto worker = cluster_.worker_of(link.agent);
  auto messages = job_messages(worker);
  for (const char* kind : {"replicas", "routes"}) {
    if (auto command = cluster_.database().take_command(worker, kind, now())) {
      messages.emplace_back(Sync{protocol::sign_command(cluster_.signing_key(), *command)});
    }
  }
  if (!messages.empty() && may_crash_here()) return;
  for (auto& message : messages) cluster_.network().to_agent(connection, std::move(message));
}

}  // namespace simulation

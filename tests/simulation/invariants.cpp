#include "tests/simulation/invariants.hpp"

#include <algorithm>

#include "tests/simulation/cluster.hpp"

namespace simulation {

using deployments::State;

namespace {

constexpr std::chrono::minutes kQuarantine{10};
constexpr std::chrono::seconds kSkew{2};  ///< how far control planes' clocks may be apart

int wanted_of(const EnvironmentRow& environment) {
  const auto& data = environment.data;
  return data.stopped || data.deleting_at ? 0 : data.desired_replicas;
}

}  // namespace

void Invariants::led(std::int64_t epoch, int plane, int life) {
  const auto [found, fresh] = leaders_.emplace(epoch, std::pair(plane, life));
  if (!fresh && found->second != std::pair(plane, life)) throw Violation("two leaders wrote in one epoch");
  if (epoch < last_epoch_) throw Violation("a leader wrote after another had taken over");
  last_epoch_ = epoch;
}

void Invariants::settled(const JobKey& job) {
  if (!settled_.insert(job).second) throw Violation("a second result of one attempt was accepted");
}

void Invariants::promoted(const EnvironmentRow& environment, const DeploymentRow& deployment) {
  if (deployment.number <= environment.promoted) throw Violation("a promotion of a number that is not higher");
  if (deployment.state != State::releasing) throw Violation("a promotion of what was not releasing");
}

void Invariants::failed(const EnvironmentRow& environment, base::DeploymentId id, const deployments::Failure& failure) {
  if (cluster_.had_faults()) return;
  for (const auto& d : environment.deployments) {
    const bool fine = d.behaviour == Behaviour::good || d.behaviour == Behaviour::slow;
    if (d.id == id && fine) throw Violation("a good deployment failed without a fault: " + failure.message);
  }
}

void Invariants::placed(const EnvironmentRow& environment, const scheduling::Replica& replica) {
  const auto& database = cluster_.database();
  const auto released = database.released_ports.find({replica.worker, replica.publish_port});
  const auto now = cluster_.timeline().now();
  if (released != database.released_ports.end() && released->second.at + kQuarantine > now + kSkew) {
    throw Violation("a port was given out within its quarantine");
  }
  int there = 1;
  for (const auto& other : environment.replicas) {
    const bool lives = !other.removed_at && other.data.desired == "running" &&
                       cluster_.database().worker(other.data.worker).state != "lost";
    if (lives && other.data.release == replica.release && other.data.index == replica.index) {
      throw Violation("a replica was placed twice");
    }
    const bool stays = other.data.release == replica.release && other.data.index < wanted_of(environment);
    if (lives && (stays || other.data.routing == "ready")) ++there;
  }
  if (there > wanted_of(environment) + 1) throw Violation("more than one replica above what is wanted");
}

void Invariants::check(const EnvironmentRow& environment) {
  const auto live = std::ranges::count(environment.deployments, State::live, &DeploymentRow::state);
  const auto releasing = std::ranges::count(environment.deployments, State::releasing, &DeploymentRow::state);
  if (live > 1) throw Violation("two deployments are live");
  if (releasing > 1) throw Violation("two deployments are releasing");
  if (releasing == 1 && !environment.rollout) throw Violation("a deployment is releasing without a rollout");
  if (live == 0 && environment.data.current_release) throw Violation("a release is current, no deployment is live");
  for (const auto& row : environment.deployments) {
    const bool current = row.release && row.release == environment.data.current_release;
    if (row.state == State::live && !current) throw Violation("what is live is not the current release");
    if (environment.rollout && environment.rollout->deployment == row.id && row.state != State::releasing) {
      throw Violation("the rollout of a deployment that is not releasing");
    }
  }
}

void Invariants::stopping(base::ReplicaId replica) {
  if (cluster_.had_faults()) return;
  for (const auto& agent : cluster_.agents()) {
    if (!agent->is_edge()) continue;
    for (const auto& [path, server] : agent->edge().haproxy().servers()) {
      if (server.replica != replica.to_string() || server.let_go) continue;
      throw Violation("a replica is stopped that an edge still serves");
    }
  }
}

void Invariants::after_event() {
  if (!std::exchange(dirty_, false)) return;
  for (const auto& agent : cluster_.agents()) {
    for (const auto& container : agent->host().containers()) {
      if (container.running && container.answers) ever_healthy_.insert(container.replica.to_string());
    }
  }
  check_servers();
  if (cluster_.had_faults()) return;
  for (const auto& [id, environment] : cluster_.database().environments) check_floor(environment);
}

void Invariants::check_servers() {
  for (const auto& agent : cluster_.agents()) {
    for (const auto& [path, server] : agent->edge().haproxy().servers()) {
      const auto& worker = cluster_.agent_at(server.address);
      const auto* there = worker.host().listening(server.port);
      if (there != nullptr && there->replica.to_string() != server.replica) {
        throw Violation("a route reaches another replica than it was made for: " + path);
      }
      if (!server.takes_requests()) continue;
      if (!ever_healthy_.contains(server.replica)) throw Violation("a route to a replica that never was healthy");
      const bool healthy = there != nullptr && there->answers;
      if (!healthy && !cluster_.had_faults()) throw Violation("a route to a replica that is not healthy: " + path);
    }
  }
}

/// Without faults: what once served goes on to serve, until fewer are wanted.
void Invariants::check_floor(const EnvironmentRow& environment) {
  int serving = 0;
  int meant = 0;  // those of them that were not already told to leave, when fewer were wanted
  for (const auto& replica : environment.replicas) {
    if (replica.removed_at) continue;
    const auto id = replica.data.id.to_string();
    const bool everywhere = std::ranges::all_of(cluster_.agents(), [&](const auto& agent) {
      return !agent->is_edge() || std::ranges::any_of(agent->edge().haproxy().servers(), [&](const auto& entry) {
        return entry.second.replica == id && entry.second.takes_requests();
      });
    });
    const auto* host = cluster_.host_of(replica.data.worker);
    if (!everywhere || !host->healthy(replica.data.id)) continue;
    ++serving;
    if (replica.data.routing == "ready") ++meant;
  }
  auto& floor = floor_[environment.data.id];
  // Before the first release is live, a cancelled rollout takes all that it brought.
  const int wanted = environment.data.current_release ? wanted_of(environment) : 0;
  floor = std::min(floor, wanted);
  if (serving < floor) {
    throw Violation("only " + std::to_string(serving) + " of " + std::to_string(floor) + " replicas serve");
  }
  floor = std::max(floor, std::min(meant, wanted));
}

}  // namespace simulation

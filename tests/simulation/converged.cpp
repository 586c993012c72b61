// What is not yet as it was asked for; in words, empty when all is.

#include <algorithm>
#include <set>

#include "tests/simulation/cluster.hpp"

namespace simulation {

using deployments::State;

std::string Cluster::unfinished(const EnvironmentRow& environment) const {
  const auto& name = environment.data.app_name;
  if (environment.data.deleting_at) return name + " is not erased";
  if (environment.rollout) return name + " has a rollout";
  for (const auto& d : environment.deployments) {
    if (is_unfinished(d.state)) return name + ": deployment " + std::to_string(d.number) + " is " + to_string(d.state);
  }
  for (const auto& job : environment.jobs) {
    if (job.leased() || job.state == JobState::pending) return name + " has an unfinished job";
  }
  const auto& data = environment.data;
  const int wanted = data.stopped || !data.current_release ? 0 : data.desired_replicas;
  std::set<int> indexes;
  for (const auto& row : environment.replicas) {
    if (row.removed_at) continue;
    const auto& r = row.data;
    if (r.desired != "running") return name + " has a replica that is to be stopped";
    if (r.release != data.current_release) return name + " has a replica of another release";
    if (r.phase != "running" || r.health != "healthy")
      return name + " has a replica that is " + r.phase + " " + r.health;
    if (r.routing != "ready") return name + " has a replica without requests: " + r.routing;
    if (r.index >= wanted || !indexes.insert(r.index).second) return name + " has a surplus replica";
  }
  if (static_cast<int>(indexes.size()) != wanted) {
    return name + " has " + std::to_string(indexes.size()) + " of " + std::to_string(wanted) + " replicas";
  }
  return {};
}

std::string Cluster::unfinished_on_hosts() const {
  std::set<base::ReplicaId> present;
  std::size_t containers = 0;
  for (const auto& [id, environment] : database_.environments) {
    for (const auto& row : environment.replicas) {
      if (row.removed_at) continue;
      present.insert(row.data.id);
      if (!host_of(row.data.worker)->healthy(row.data.id)) return "a replica's container does not answer";
    }
  }
  for (const auto& one : agents_) {
    for (const auto& container : one->host().containers()) {
      if (!present.contains(container.replica)) return "an orphaned container";
      ++containers;
    }
  }
  return containers == present.size() ? "" : "more containers than replicas";
}

std::string Cluster::unfinished_at_edges() const {
  std::set<std::string> ready;
  std::size_t hosts = 0;
  for (const auto& [id, environment] : database_.environments) {
    if (environment.data.current_release) ++hosts;
    for (const auto& row : environment.replicas) {
      if (!row.removed_at) ready.insert(row.data.id.to_string());
    }
  }
  for (const auto& one : agents_) {
    if (!one->is_edge()) continue;
    const auto& haproxy = one->edge().haproxy();
    if (!haproxy.running()) return "an HAProxy does not run";
    if (haproxy.hosts().size() != hosts) return "an edge serves other hosts than there are";
    if (haproxy.servers().size() != ready.size()) return "an edge has other servers than there are replicas";
    for (const auto& [path, server] : haproxy.servers()) {
      if (!ready.contains(server.replica) || !server.takes_requests()) return "an edge does not serve a replica";
    }
  }
  return {};
}

std::string Cluster::unfinished() const {
  for (const auto& [id, environment] : database_.environments) {
    if (auto what = unfinished(environment); !what.empty()) return what;
  }
  for (const auto& worker : database_.workers) {
    if (worker.state != "online") return worker.name + " is " + worker.state;
  }
  if (auto what = unfinished_on_hosts(); !what.empty()) return what;
  if (auto what = unfinished_at_edges(); !what.empty()) return what;
  for (const auto& [key, assignment] : database_.assignments) {
    if (assignment.dirty) return "an assignment of " + key.second + " was not sent";
    for (const auto& [object, row] : assignment.objects) {
      if (row.removed || !row.confirmed) return "an object of " + key.second + " is not confirmed";
    }
  }
  for (const auto& one : agents_) {
    if (auto what = one->unrest(); !what.empty()) return "agent " + std::to_string(one->index()) + " " + what;
  }
  return {};
}

void Cluster::note_rows() {
  if (!timeline_.traced()) return;
  for (const auto& worker : database_.workers) timeline_.note(worker.name + " is " + worker.state);
  for (const auto& [id, environment] : database_.environments) {
    timeline_.note(environment.data.app_name + (environment.reconcile_at ? ": a look is due" : ": no look is due"));
    for (const auto& row : environment.replicas) {
      const auto& r = row.data;
      if (row.removed_at) continue;
      timeline_.note("  " + name_of(r.id) + ": " + r.desired + ", routing " + r.routing + ", " + r.phase + " " +
                     r.health);
    }
  }
  for (const auto& [key, row] : database_.assignments) {
    timeline_.note(key.second + " of " + database_.worker(key.first).name + ": sent " + std::to_string(row.epoch) +
                   "." + std::to_string(row.generation) + (row.dirty ? ", dirty" : "") + ", applied " +
                   std::to_string(row.applied_epoch) + "." + std::to_string(row.applied_generation));
    for (const auto& [object, state] : row.objects) {
      timeline_.note("  " + object.to_string().substr(9, 4) + (state.removed ? " removed" : "") +
                     (state.confirmed ? " confirmed" : "") + ", sent " +
                     std::to_string(state.sent_generation.value_or(-1)));
    }
  }
}

}  // namespace simulation

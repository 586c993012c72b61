#pragma once

#include <optional>
#include <vector>

#include "common/protocol/messages/replica_status.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/fleet/hub.hpp"
#include "control-plane/modules/fleet/registry_access.hpp"
#include "control-plane/modules/projects/service.hpp"
#include "control-plane/modules/scheduling/types.hpp"

namespace scheduling {

/// Replicas: where each one is put and why, and what its agent says of it.
class Service {
 public:
  Service(const base::Clock& clock, feed::Feed& feed, projects::Service& projects, fleet::Workers& workers,
          fleet::Assignments& assignments, fleet::RegistryAccess& registry)
      : clock_(clock),
        feed_(feed),
        projects_(projects),
        workers_(workers),
        assignments_(assignments),
        registry_(registry) {}

  std::vector<Replica> of_environment(Tx& tx, base::AppEnvironmentId environment);
  /// Of all these environments, in one statement.
  std::vector<Replica> of_environments(Tx& tx, const std::vector<base::AppEnvironmentId>& environments);
  std::optional<Replica> find(Tx& tx, base::ReplicaId id);
  /// Those of `ids` that there are, also removed ones, in one statement.
  std::vector<Replica> find_all(Tx& tx, const std::vector<base::ReplicaId>& ids);

  /// Chooses a worker and tells it. Errors: `placement.none`, `registry.away`.
  base::Result<base::ReplicaId> place(Tx& tx, const Plan& plan);
  void set_routing(Tx& tx, const Replica& replica, const std::string& routing);
  /// The worker shall stop it; once the worker confirmed (or is lost) the replica is gone.
  void stop(Tx& tx, const Replica& replica);
  /// Takes stopped replicas away whose workers confirmed it or are lost.
  void collect(Tx& tx, base::AppEnvironmentId environment);
  void forget_old(Tx& tx);
  /// What runs on this worker is looked at again.
  void wake_environments_on(Tx& tx, base::WorkerId worker);

  /// Registers the handlers of `replica.status` and of the inventory's replicas.
  void serve(fleet::Hub& hub);
  /// The worker confirmed these replica objects.
  void confirmed(Tx& tx, const std::vector<base::Uuid>& objects);

 private:
  std::vector<WorkerView> snapshot(Tx& tx, const Plan& plan);
  std::string object_for(const Plan& plan, base::ReplicaId id, const fleet::Worker& worker, const std::string& registry,
                         int port);
  base::Result<fleet::Reply> observe(Tx& tx, const fleet::Peer& peer,
                                     const std::vector<protocol::ReplicaReport>& reports, bool whole);

  const base::Clock& clock_;
  feed::Feed& feed_;
  projects::Service& projects_;
  fleet::Workers& workers_;
  fleet::Assignments& assignments_;
  fleet::RegistryAccess& registry_;
};

}  // namespace scheduling

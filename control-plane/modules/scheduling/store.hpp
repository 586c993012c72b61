#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/protocol/messages/replica_status.hpp"
#include "control-plane/modules/scheduling/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace scheduling::store {

std::vector<Replica> of_environment(Tx& tx, base::AppEnvironmentId environment);
std::vector<Replica> of_environments(Tx& tx, const std::vector<base::AppEnvironmentId>& environments);
std::optional<Replica> find(Tx& tx, base::ReplicaId id);
std::vector<Replica> find_all(Tx& tx, const std::vector<base::ReplicaId>& ids);

struct Load {
  base::WorkerId worker;
  std::int64_t memory_reserved{0};
  int replicas{0};
  int same_app{0};
};
/// What each worker carries already.
std::vector<Load> loads(Tx& tx, base::AppEnvironmentId environment);
/// The lowest port in [low, high] that is not used there, was not used in the last 10 minutes, and that no edge can
/// still have in a route.
std::optional<int> free_port(Tx& tx, base::WorkerId worker, int low, int high, base::UtcTime now);

void insert(Tx& tx, base::ReplicaId id, const Plan& plan, base::WorkerId worker, const std::string& address, int port,
            const std::string& placement_json);
void set_stopped(Tx& tx, base::ReplicaId id);
void set_routing(Tx& tx, base::ReplicaId id, const std::string& routing, base::UtcTime now);
/// Takes away what was stopped and confirmed, and puts its ports into quarantine.
void collect(Tx& tx, base::AppEnvironmentId environment, base::UtcTime now);
/// Ends the edges' part of the quarantine of ports that no edge holds any more.
void confirm_ports(Tx& tx);
/// Rows that were removed long enough ago for their ports to be free again.
void forget_removed(Tx& tx, base::UtcTime before);

/// Environments of these replicas, as far as they are this worker's.
std::vector<base::AppEnvironmentId> environments_of(Tx& tx, base::WorkerId worker,
                                                    const std::vector<std::string>& replicas);
/// Of these replicas, whosever they are; in the order in which environments are locked.
std::vector<base::AppEnvironmentId> environments_with(Tx& tx, const std::vector<base::Uuid>& replicas);
std::vector<base::AppEnvironmentId> environments_on(Tx& tx, base::WorkerId worker);
struct Observed {
  base::ReplicaId id;
  base::OrganizationId organization;
  std::string phase;
  std::string health;
};
/// Keeps the newest `since` of each replica, in one statement; returns what changed. `whole`: it is an inventory, the
/// first word of a new connection, and counts even when the worker's clock was put back.
std::vector<Observed> observe(Tx& tx, base::WorkerId worker, const std::vector<protocol::ReplicaReport>& reports,
                              base::UtcTime now, bool whole);

}  // namespace scheduling::store

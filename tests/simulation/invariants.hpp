#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "control-plane/modules/deployments/types.hpp"
#include "tests/simulation/database.hpp"

namespace simulation {

class Cluster;

/// What must hold at every step. Each check throws Violation.
class Invariants {
 public:
  explicit Invariants(Cluster& cluster) : cluster_(cluster) {}

  /// Containers or HAProxy changed: `after_event` looks.
  void changed() { dirty_ = true; }
  void after_event();

  /// Of the rows of one app environment, after a transaction.
  void check(const EnvironmentRow& environment);
  void promoted(const EnvironmentRow& environment, const DeploymentRow& deployment);
  void failed(const EnvironmentRow& environment, base::DeploymentId id, const deployments::Failure& failure);
  void placed(const EnvironmentRow& environment, const scheduling::Replica& replica);
  /// A leader wrote in this epoch.
  void led(std::int64_t epoch, int plane, int life);
  /// The result of this attempt was accepted.
  void settled(const JobKey& job);
  /// The container is asked to stop.
  void stopping(base::ReplicaId replica);
  void refused() { ++refused_; }
  int refusals() const { return refused_; }

 private:
  void check_servers();
  void check_floor(const EnvironmentRow& environment);

  Cluster& cluster_;
  bool dirty_{false};
  int refused_{0};
  std::int64_t last_epoch_{0};
  std::map<std::int64_t, std::pair<int, int>> leaders_;
  std::set<JobKey> settled_;
  std::set<std::string> ever_healthy_;  ///< replica ids, as HAProxy's servers name them
  std::map<base::AppEnvironmentId, int> floor_;
};

}  // namespace simulation

#pragma once

#include <functional>
#include <map>
#include <string>

#include "worker-agent/app/replica_capability.hpp"
#include "worker-agent/logs/collector.hpp"

namespace agent {

/// Replicas whose output is collected: before a replica can print, the collector knows which values must not be seen in
/// its log. They are kept in memory only.
class LoggedReplicas final : public AssignmentHandler {
 public:
  LoggedReplicas(ReplicaCapability& replicas, logs::Collector& collector)
      : replicas_(replicas), collector_(collector) {}

  /// Called once, before the first assignment.
  void bind(const Link& link) { link_ = &link; }
  /// Told of each replica whose output is collected from now on.
  void on_collected(std::function<void(const protocol::ReplicaObject&)> told) { told_ = std::move(told); }
  async::Task<ApplyResult> apply(std::vector<ObjectBody> objects, bool shrink) override;
  /// Makes the logs durable each second, on `pool`; ends by cancellation.
  async::Task<void> keep_durable(async::BlockingPool& pool);

 private:
  void learn(const std::vector<ObjectBody>& objects);

  ReplicaCapability& replicas_;
  logs::Collector& collector_;
  const Link* link_{nullptr};
  std::function<void(const protocol::ReplicaObject&)> told_;
  std::map<std::string, std::string> known_;  ///< object id → SHA-256 of the body whose values the collector has
};

}  // namespace agent

#pragma once

#include <optional>
#include <vector>

#include "control-plane/modules/deployments/rules.hpp"
#include "tests/simulation/database.hpp"

namespace simulation {

class Cluster;

/// A route as it is sent; no digest where there is none.
struct RouteBody {
  explicit RouteBody(std::string text)
      : body(std::move(text)), digest(body.empty() ? protocol::Digest() : protocol::Digest::of(body)) {}
  std::string body;
  protocol::Digest digest;
};

/// What deployments::Reconciler does with a decision, on the model's rows: `decide` is the product's.
class Reconciler {
 public:
  /// Of the product 24 hours, which would only be waited for.
  static constexpr std::chrono::minutes kUndoTime{3};

  Reconciler(Cluster& cluster, base::UtcTime now) : cluster_(cluster), now_(now) {}

  /// One transaction: rounds of load, decide and act until nothing is left to do.
  void reconcile(EnvironmentRow& environment);
  /// What the rules would see now; changes nothing.
  deployments::rules::World look(const EnvironmentRow& environment) const;
  deployments::rules::World look(const EnvironmentRow& environment, const std::vector<scheduling::Replica>& replicas,
                                 const RouteBody& route) const;
  /// Carries out actions that were decided on another world (a planted bug; `reconcile` never does).
  void act_blindly(EnvironmentRow& environment, const std::vector<deployments::rules::Action>& actions);
  /// Workers whose assignments changed.
  const std::vector<base::WorkerId>& touched() const { return touched_; }
  bool erased() const { return erased_; }

 private:
  struct Visitor;
  void sync_routes(EnvironmentRow& environment, const RouteBody& route);
  bool act(EnvironmentRow& environment, const deployments::rules::Action& action);
  void become(EnvironmentRow& environment, base::DeploymentId id, deployments::State to);
  void begin_rollout(EnvironmentRow& environment, base::DeploymentId id);
  void promote(EnvironmentRow& environment, base::DeploymentId id);
  bool place(EnvironmentRow& environment, const deployments::rules::Place& place);
  void stop(EnvironmentRow& environment, base::ReplicaId id);
  void set_routing(EnvironmentRow& environment, const deployments::rules::Route& route);
  void touch(base::WorkerId worker) { touched_.push_back(worker); }

  Cluster& cluster_;
  base::UtcTime now_;
  std::vector<base::WorkerId> touched_;
  bool erased_{false};
};

}  // namespace simulation

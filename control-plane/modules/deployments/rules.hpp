#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control-plane/modules/deployments/types.hpp"

/// What happens next in one app environment: a pure function of what is desired and what was observed.
namespace deployments::rules {

enum class BuildState { none, pending, active, succeeded, failed, cancelled };

struct DeploymentView {
  base::DeploymentId id;
  std::int64_t number{0};
  State state{State::queued};
  bool needs_build{true};
  bool cancel_requested{false};
  BuildState build{BuildState::none};
};

struct ReplicaView {
  base::ReplicaId id;
  base::ReleaseId release;
  int index{0};
  bool stopping{false};
  std::string routing{"none"};
  base::UtcTime routing_since;
  std::string phase{"pending"};
  std::string health{"unknown"};
  int restarts{0};
  std::optional<int> exit_code;
  std::string reason;
  std::string
      cause;  ///< of the last failure: pull, create, command, port, exit, out-of-memory, killed, health; or empty
  bool worker_lost{false};
  bool has_run{false};                          ///< there was a container
  bool has_served{false};                       ///< it was routed once
  std::optional<base::UtcTime> observed_since;  ///< by the control plane's clock

  bool healthy() const { return phase == "running" && health == "healthy"; }
  /// Requests reach it: it was healthy when it was routed and nobody said otherwise since. `unknown` is what an agent
  /// says of what it has just adopted after its own restart.
  bool serving() const {
    return routing == "ready" && phase == "running" && health != "unhealthy" && !stopping && !worker_lost;
  }
};

struct RolloutView {
  base::DeploymentId deployment;
  base::ReleaseId to_release;
  base::UtcTime deadline;
};

/// One consistent snapshot of an app environment.
struct World {
  int desired_replicas{1};
  bool stopped{false};
  bool deleting{false};
  base::UtcTime erase_at;  ///< of a deleted one: until then everything but its replicas stays
  std::optional<base::ReleaseId> current_release;
  std::vector<DeploymentView> unfinished;  ///< by number, ascending
  std::optional<RolloutView> rollout;
  std::vector<ReplicaView> replicas;  ///< oldest first
  int edges_online{0};
  bool routes_confirmed{true};             ///< every online edge serves exactly the routing below
  bool routes_confirmed_everywhere{true};  ///< so does every edge that cannot be reached now
  base::UtcTime now;
};

// What shall be done, in this order.
struct EnqueueBuild {
  base::DeploymentId deployment;
};
struct CancelBuild {
  base::DeploymentId deployment;
};
struct Become {
  base::DeploymentId deployment;
  State state;
};
struct Fail {
  base::DeploymentId deployment;
  Failure failure;
};
struct BeginRollout {
  base::DeploymentId deployment;
};
/// state: failed, superseded or cancelled.
struct EndRollout {
  std::string state;
};
/// The rollout's release becomes the current one.
struct Promote {
  base::DeploymentId deployment;
};
struct Place {
  base::ReleaseId release;
  int index;
};
struct Route {
  base::ReplicaId replica;
  std::string routing;
};
struct Stop {
  base::ReplicaId replica;
};
struct Erase {};
using Action =
    std::variant<EnqueueBuild, CancelBuild, Become, Fail, BeginRollout, EndRollout, Promote, Place, Route, Stop, Erase>;

/// How far the rollout is.
struct Progress {
  int healthy{0};  ///< replicas of the new release that are healthy
  int wanted{0};
  bool operator==(const Progress&) const = default;
};

struct Decision {
  std::vector<Action> actions;
  std::optional<Progress> progress;
  /// When to look again although nothing changed: deadlines.
  std::optional<base::UtcTime> check_at;
};

/// Deterministic; O(deployments + replicas). Repeating it on the resulting world ends with no actions.
Decision decide(const World& world);

/// A failure in words, for a replica that did not come up.
Failure explain(const ReplicaView& replica);
/// The same for a rollout whose deadline passed; `replicas`: those of its release.
Failure explain_deadline(const std::vector<const ReplicaView*>& replicas, bool edge_online);

}  // namespace deployments::rules

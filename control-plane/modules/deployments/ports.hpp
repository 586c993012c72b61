#pragma once

#include <optional>
#include <vector>

#include "control-plane/modules/deployments/types_receipt.hpp"
#include "control-plane/modules/projects/types.hpp"
#include "control-plane/modules/scheduling/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace deployments {

struct RouteState {
  int edges_online{0};
  bool confirmed{true};   ///< every online edge serves exactly these routes
  bool everywhere{true};  ///< and so does every edge that ever got them and cannot be reached now
};

/// What deployments need of the way in; bound to the ingress module by the composition root.
class Routes {
 public:
  virtual ~Routes() = default;
  /// Brings the desired routes of the environment in line with its replicas' routing, and says whether edges confirmed.
  virtual RouteState sync(Tx& tx, const projects::AppEnvironment& env,
                          const std::vector<scheduling::Replica>& replicas) = 0;
};

/// Where a deployment's receipt comes from; bound to the ingress module.
class Receipts {
 public:
  virtual ~Receipts() = default;
  /// Nothing while no edge has told of its switch.
  virtual std::optional<Receipt> receipt(Tx& tx, base::DeploymentId deployment) = 0;
};

}  // namespace deployments

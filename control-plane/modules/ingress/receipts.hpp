#pragma once

#include "common/base/clock.hpp"
#include "control-plane/modules/deployments/ports.hpp"
#include "control-plane/modules/fleet/hub.hpp"

namespace ingress {

/// Receipts of deployments: keeps what edges tell of their switches, each edge's part by itself, so that edges may be
/// connected to different instances; puts the parts together when one is read.
class Receipts final : public deployments::Receipts {
 public:
  explicit Receipts(const base::Clock& clock) : clock_(clock) {}

  /// Before the first connection.
  void serve(fleet::Hub& hub);
  std::optional<deployments::Receipt> receipt(Tx& tx, base::DeploymentId deployment) override;

 private:
  const base::Clock& clock_;
};

}  // namespace ingress

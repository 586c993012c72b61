#pragma once

#include <vector>

#include "control-plane/modules/ingress/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace ingress::store {

/// Keeps an edge's record of a switch with the deployment whose release it brings; a final one is not changed any
/// more, and one whose release is not the app's is left out.
void put_record(Tx& tx, base::WorkerId worker, const protocol::EdgeSwitchStats& record, base::UtcTime now);
/// By time.
std::vector<SwitchRecord> records(Tx& tx, base::DeploymentId deployment);

}  // namespace ingress::store

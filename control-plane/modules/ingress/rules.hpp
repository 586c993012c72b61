#pragma once

#include <span>

#include "common/base/clock.hpp"
#include "control-plane/modules/deployments/types_receipt.hpp"
#include "control-plane/modules/ingress/types.hpp"

/// What edges tell, put together. Pure.
namespace ingress::rules {

/// An edge tells every 5 s; one that has not for so long will not finish its record.
inline constexpr std::chrono::seconds kSilent{60};

/// The receipt of a deployment from all its edges' records; `records` is not empty. Counts are added, latencies merged,
/// the longest stretch and drain stand for all. Incomplete when any part is.
deployments::Receipt receipt_of(std::span<const SwitchRecord> records, base::UtcTime now);

/// An app's traffic over all edges that told of it.
AppTraffic traffic_of(std::span<const protocol::EdgeAppStats> edges);

}  // namespace ingress::rules

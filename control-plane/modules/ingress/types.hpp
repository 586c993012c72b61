#pragma once

#include <map>
#include <optional>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/protocol/stats.hpp"

namespace ingress {

/// One edge's record of one switch, as it last told it.
struct SwitchRecord {
  base::WorkerId worker;
  base::UtcTime updated_at;
  protocol::EdgeSwitchStats stats;
};

/// What an app's requests did, at all edges that are connected to this instance.
struct AppTraffic {
  int edges{0};
  protocol::TrafficCounts counts;  ///< since each edge began to count
  std::optional<double> p50_ms;    ///< of the last minute
  std::optional<double> p99_ms;
  std::uint64_t in_flight{0};
  std::map<base::ReplicaId, protocol::TrafficCounts> replicas;
};

}  // namespace ingress

#pragma once

#include <map>
#include <optional>

#include "common/base/guarded.hpp"
#include "control-plane/modules/fleet/hub.hpp"
#include "control-plane/modules/ingress/types.hpp"

namespace ingress {

/// What edges that are connected to this instance last told of each app: in memory, bounded by their routes.
/// Thread-safe.
class Traffic {
 public:
  explicit Traffic(const base::Clock& clock) : clock_(clock) {}

  /// Before the first connection.
  void serve(fleet::Hub& hub);
  /// Nothing when no edge has told of it.
  std::optional<AppTraffic> of(base::AppEnvironmentId app) const;
  /// Over all apps and edges, for metrics.
  protocol::TrafficCounts sum() const;

 private:
  struct Told {
    base::UtcTime at;
    protocol::EdgeAppStats stats;
  };
  void take(base::WorkerId edge, base::UtcTime at, const protocol::EdgeStats& stats);

  const base::Clock& clock_;
  base::Guarded<std::map<base::AppEnvironmentId, std::map<base::WorkerId, Told>>> apps_;
};

}  // namespace ingress

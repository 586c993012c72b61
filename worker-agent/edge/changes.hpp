#pragma once

#include <string>
#include <vector>

#include "worker-agent/edge/layout.hpp"
#include "worker-agent/edge/seen.hpp"

namespace edge {

/// What is between the layout and what HAProxy serves.
struct Changes {
  /// Runtime commands in the order that drops no request: new servers and their checks, weights, hosts, and only then
  /// drains. Empty: HAProxy serves the layout.
  std::vector<std::string> commands;
  /// Servers that the layout does not have; they are (or are being) drained and have to go.
  std::vector<SeenServer> surplus;
};

/// Pure; O(servers + hosts).
Changes compare(const Layout& layout, const Seen& seen);

}  // namespace edge

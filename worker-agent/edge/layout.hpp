#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "worker-agent/edge/route.hpp"

namespace edge {

/// A slot that nobody may take before its time: a lagging cache would send one tenant's requests to another.
struct Released {
  int slot{0};
  base::UtcTime at;
  bool operator==(const Released&) const = default;
};

/// A route and the backend ("slot") that serves it.
struct Placed {
  int slot{0};
  Route route;
  bool operator==(const Placed&) const = default;
};

/// What HAProxy shall serve: all that a configuration and a host map are rendered from. Kept on disk as it is.
struct Layout {
  int slots{0};  ///< how many backends the configuration has, numbered from 1
  std::map<base::AppEnvironmentId, Placed> placed;
  std::vector<Released> released;
  bool operator==(const Layout&) const = default;
};

struct SlotRules {
  int grow_by{500};       ///< slots to add at least when none is free
  int max_slots{20'000};  ///< of HAProxy's memory: about 20 kB a slot
  base::Duration quarantine{std::chrono::minutes(10)};
};

/// The layout that serves exactly `routes`. Apps keep their slots; slots of apps that are gone are released `now` and
/// not given out before `quarantine` has passed; where none is free the pool grows. Pure; O(routes + slots).
/// Error `edge.full` when more than `max_slots` would be needed.
base::Result<Layout> plan(Layout current, const std::vector<Route>& routes, base::UtcTime now, const SlotRules& rules);

/// True when a server of `before` is not in `after`: requests in flight may have to end first.
bool removes_a_target(const Layout& before, const Layout& after);

/// The HAProxy name of a slot's backend: "app-17".
std::string backend_name(int slot);

}  // namespace edge

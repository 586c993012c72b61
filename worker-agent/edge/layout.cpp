#include "worker-agent/edge/layout.hpp"

#include <algorithm>
#include <set>

namespace edge {
namespace {

/// The slots that nobody has and nobody had within the quarantine, lowest first.
std::vector<int> free_slots(const Layout& layout) {
  std::set<int> taken;
  for (const auto& [app, placed] : layout.placed) taken.insert(placed.slot);
  for (const auto& released : layout.released) taken.insert(released.slot);
  std::vector<int> free;
  for (int slot = layout.slots; slot >= 1; --slot) {
    if (!taken.contains(slot)) free.push_back(slot);
  }
  return free;  // taken from the back
}

void release_absent(Layout& layout, const std::vector<Route>& routes, base::UtcTime now) {
  std::set<base::AppEnvironmentId> wanted;
  for (const auto& route : routes) wanted.insert(route.app);
  std::erase_if(layout.placed, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    layout.released.push_back(Released{.slot = entry.second.slot, .at = now});
    return true;
  });
}

}  // namespace

base::Result<Layout> plan(Layout current, const std::vector<Route>& routes, base::UtcTime now, const SlotRules& rules) {
  std::erase_if(current.released, [&](const Released& released) { return now - released.at >= rules.quarantine; });
  release_absent(current, routes, now);

  std::vector<int> free = free_slots(current);
  std::size_t newcomers = 0;
  for (const auto& route : routes) newcomers += current.placed.contains(route.app) ? 0 : 1;
  if (newcomers > free.size()) {
    const int missing = static_cast<int>(newcomers - free.size());
    const int first_new = current.slots + 1;
    current.slots = std::min(current.slots + std::max(missing, rules.grow_by), rules.max_slots);
    if (current.slots - first_new + 1 < missing) {
      return base::fail(base::ErrorKind::unavailable, "edge.full",
                        "The edge serves at most " + std::to_string(rules.max_slots) + " apps (edge.max_slots).");
    }
    std::vector<int> added;
    for (int slot = current.slots; slot >= first_new; --slot) added.push_back(slot);
    free.insert(free.begin(), added.begin(), added.end());
  }
  for (const auto& route : routes) {
    auto found = current.placed.find(route.app);
    if (found != current.placed.end()) {
      found->second.route = route;
      continue;
    }
    current.placed.emplace(route.app, Placed{.slot = free.back(), .route = route});
    free.pop_back();
  }
  return current;
}

bool removes_a_target(const Layout& before, const Layout& after) {
  for (const auto& [app, placed] : before.placed) {
    const auto found = after.placed.find(app);
    if (found == after.placed.end()) {
      if (!placed.route.targets.empty()) return true;
      continue;
    }
    std::set<std::string> kept;
    for (const auto& target : found->second.route.targets) kept.insert(server_name(target));
    const auto is_gone = [&](const Target& target) { return !kept.contains(server_name(target)); };
    if (std::ranges::any_of(placed.route.targets, is_gone)) return true;
  }
  return false;
}

std::string backend_name(int slot) {
  return "app-" + std::to_string(slot);
}

}  // namespace edge

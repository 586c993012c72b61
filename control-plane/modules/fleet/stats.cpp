#include "control-plane/modules/fleet/stats.hpp"

#include <algorithm>
#include <utility>

#include "common/json/json.hpp"

namespace fleet {
namespace {

constexpr std::size_t kMostContainers = 2'000;
constexpr std::size_t kMostSwitches = 128;
constexpr std::size_t kMostGaps = 16;

bool is_bounded(const protocol::EdgeSwitchStats& record) {
  constexpr std::size_t kMost = 1'000;
  return record.before.latency.size() <= kMost && record.during.latency.size() <= kMost &&
         record.after.latency.size() <= kMost && record.gaps.size() <= kMostGaps;
}

}  // namespace

base::Result<Stats::Switches> Stats::take(base::WorkerId worker, base::UtcTime at, std::string_view body) {
  auto decoded = json::decode<protocol::StatsBody>(body, json::Unknown::ignore);
  if (!decoded) return base::fail(base::ErrorKind::malformed, "malformed", decoded.error().message);
  const bool bounded = !decoded->edge || (decoded->edge->switches.size() <= kMostSwitches &&
                                          std::ranges::all_of(decoded->edge->switches, is_bounded));
  if (!bounded) return base::fail(base::ErrorKind::malformed, "malformed", "more records than a report may hold");
  newest_.with([&](auto& newest) {
    WorkerStats& stats = newest[worker];
    stats.at = at;
    stats.host = decoded->host;
    // Where they do not all fit, containers come in turns: what was said stays until it is said anew.
    if (stats.containers.size() > kMostContainers) stats.containers.clear();
    for (const auto& container : decoded->containers)
      stats.containers.insert_or_assign(container.replica_id, container);
  });
  if (report_) report_(worker, *decoded);
  if (!decoded->edge) return Switches{};
  if (edge_) edge_(worker, at, *decoded->edge);
  return std::move(decoded->edge->switches);
}

std::optional<WorkerStats> Stats::of(base::WorkerId worker) const {
  return newest_.with([&](const auto& newest) -> std::optional<WorkerStats> {
    const auto found = newest.find(worker);
    if (found == newest.end()) return std::nullopt;
    return found->second;
  });
}

void Stats::forget(base::WorkerId worker) {
  newest_.with([&](auto& newest) { newest.erase(worker); });
  for (const auto& told : forgotten_) told(worker);
}

}  // namespace fleet

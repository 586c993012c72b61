#include "control-plane/modules/ingress/traffic.hpp"

#include <iterator>
#include <vector>

#include "control-plane/modules/ingress/rules.hpp"

namespace ingress {
namespace {

constexpr std::size_t kMostApps = 20'000;
/// Edges tell only of apps whose counts changed: older latencies are not of the last minute any more.
constexpr std::chrono::seconds kLatencyHolds{65};

}  // namespace

void Traffic::serve(fleet::Hub& hub) {
  hub.stats().on_edge([this](base::WorkerId edge, base::UtcTime, const protocol::EdgeStats& stats) {
    take(edge, clock_.utc_now(), stats);
  });
  hub.stats().on_forgotten([this](base::WorkerId edge) {
    apps_.with([&](auto& apps) {
      for (auto app = apps.begin(); app != apps.end();) {
        app->second.erase(edge);
        app = app->second.empty() ? apps.erase(app) : std::next(app);
      }
    });
  });
}

void Traffic::take(base::WorkerId edge, base::UtcTime at, const protocol::EdgeStats& stats) {
  apps_.with([&](auto& apps) {
    for (const auto& app : stats.apps) {
      if (apps.size() >= kMostApps && !apps.contains(app.app_environment_id)) continue;
      apps[app.app_environment_id].insert_or_assign(edge, Told{at, app});
    }
  });
}

std::optional<AppTraffic> Traffic::of(base::AppEnvironmentId app) const {
  const auto now = clock_.utc_now();
  const auto edges = apps_.with([&](const auto& apps) {
    std::vector<protocol::EdgeAppStats> found;
    const auto entry = apps.find(app);
    if (entry == apps.end()) return found;
    for (const auto& [edge, told] : entry->second) {
      found.push_back(told.stats);
      if (now - told.at > kLatencyHolds) found.back().latency_60s.clear();
    }
    return found;
  });
  if (edges.empty()) return std::nullopt;
  return rules::traffic_of(edges);
}

protocol::TrafficCounts Traffic::sum() const {
  const auto edges = apps_.with([](const auto& apps) {
    std::vector<protocol::EdgeAppStats> all;
    for (const auto& [app, entry] : apps) {
      for (const auto& [edge, told] : entry) {
        all.emplace_back();
        all.back().counts = told.stats.counts;
      }
    }
    return all;
  });
  return rules::traffic_of(edges).counts;
}

}  // namespace ingress

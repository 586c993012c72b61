#include "control-plane/modules/scheduling/api.hpp"

namespace scheduling {
namespace {

/// From so many restarts on it is a loop.
constexpr int kCrashLoop = 2;

}  // namespace

PlacementView placement_view(const Placement& placement) {
  PlacementView view{placement.worker_name, placement.score, placement.reasons, {}};
  for (const auto& refusal : placement.refused) view.refused.push_back(RefusalView{refusal.worker, refusal.reason});
  return view;
}

PlacementView read_placement(const std::string& text) {
  auto view = json::decode<PlacementView>(text, json::Unknown::ignore);
  return view ? *std::move(view) : PlacementView{};
}

std::string replica_state(const Replica& replica) {
  if (replica.phase == "failed") {
    if (!replica.restart_at) return "failed";
    return replica.restarts >= kCrashLoop ? "crash-looping" : "restarting";
  }
  if (replica.phase != "running") return replica.phase;
  return replica.health == "unknown" ? "checking" : replica.health;
}

std::string first_sentence(const std::string& reason) {
  return reason.substr(0, reason.find("; it printed"));
}

}  // namespace scheduling

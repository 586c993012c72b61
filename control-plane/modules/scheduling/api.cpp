#include "control-plane/modules/scheduling/api.hpp"

namespace scheduling {

PlacementView placement_view(const Placement& placement) {
  PlacementView view{placement.worker_name, placement.score, placement.reasons, {}};
  for (const auto& refusal : placement.refused) view.refused.push_back(RefusalView{refusal.worker, refusal.reason});
  return view;
}

PlacementView read_placement(const std::string& text) {
  auto view = json::decode<PlacementView>(text, json::Unknown::ignore);
  return view ? *std::move(view) : PlacementView{};
}

}  // namespace scheduling

#include "control-plane/modules/ingress/receipts.hpp"

#include "control-plane/modules/ingress/rules.hpp"
#include "control-plane/modules/ingress/store.hpp"

namespace ingress {

void Receipts::serve(fleet::Hub& hub) {
  hub.stats().on_switches([this](Tx& tx, base::WorkerId worker, const fleet::Stats::Switches& switches) {
    for (const auto& record : switches) store::put_record(tx, worker, record, clock_.utc_now());
  });
}

std::optional<deployments::Receipt> Receipts::receipt(Tx& tx, base::DeploymentId deployment) {
  const auto records = store::records(tx, deployment);
  if (records.empty()) return std::nullopt;
  return rules::receipt_of(records, clock_.utc_now());
}

}  // namespace ingress

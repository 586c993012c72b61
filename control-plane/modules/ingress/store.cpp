#include "control-plane/modules/ingress/store.hpp"

#include "common/json/json.hpp"
#include "common/log/log.hpp"

namespace ingress::store {
namespace {

const postgres::Statement kPutRecord{
    "ingress.put_record",
    "INSERT INTO deployment_receipts (organization_id, deployment_id, worker_id, opened_at, final, measured, "
    "updated_at) "
    "SELECT organization_id, deployment_id, $1, $4, $5, $6::jsonb, $7 FROM releases "
    "WHERE id = $2 AND app_environment_id = $3 "
    "ON CONFLICT (deployment_id, worker_id, opened_at) DO UPDATE SET final = excluded.final, "
    "measured = excluded.measured, updated_at = excluded.updated_at WHERE NOT deployment_receipts.final"};
const postgres::Statement kRecords{
    "ingress.records",
    "SELECT worker_id, updated_at, measured::text FROM deployment_receipts WHERE deployment_id = $1 "
    "ORDER BY opened_at, worker_id"};

}  // namespace

void put_record(Tx& tx, base::WorkerId worker, const protocol::EdgeSwitchStats& record, base::UtcTime now) {
  tx.exec(kPutRecord, worker, record.release_id, record.app_environment_id, record.opened_at, record.phase == "final",
          json::encode(record), now);
}

std::vector<SwitchRecord> records(Tx& tx, base::DeploymentId deployment) {
  std::vector<SwitchRecord> found;
  for (const auto& row : tx.rows(kRecords, deployment)) {
    auto stats = json::decode<protocol::EdgeSwitchStats>(row.text(2), json::Unknown::ignore);
    if (!stats) {
      logging::warn("ingress.record_unreadable",
                    {{"deployment", deployment.to_string()}, {"why", stats.error().message}});
      continue;
    }
    found.push_back({row.id<base::WorkerId>(0), row.time(1), *std::move(stats)});
  }
  return found;
}

}  // namespace ingress::store

#include "control-plane/modules/fleet/sealed_store.hpp"

namespace fleet {
namespace {

const postgres::Statement kStaleInstallationKeys{
    "fleet.stale_installation_keys",
    "SELECT purpose || '/' || id, purpose || '/' || id, 1, private_sealed, purpose FROM installation_keys "
    "WHERE $1::uuid IS NULL AND split_part(private_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReplaceInstallationKey{
    "fleet.replace_installation_key",
    "UPDATE installation_keys SET private_sealed = $4 WHERE $1::uuid IS NULL AND purpose || '/' || id = $2 AND "
    "private_sealed = $3"};
const postgres::Statement kStaleWorkerKeys{
    "fleet.stale_worker_keys",
    "SELECT id, id, gen, api_key_hash, 'worker-api-key' FROM workers WHERE $1::uuid IS NULL AND "
    "split_part(api_key_hash, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReplaceWorkerKey{
    "fleet.replace_worker_key",
    "UPDATE workers SET api_key_hash = $4 WHERE $1::uuid IS NULL AND id = $2::uuid AND api_key_hash = $3"};
const postgres::Statement kStalePreviousKeys{
    "fleet.stale_previous_keys",
    "SELECT id, id, gen - 1, previous_key_hash, 'worker-api-key' FROM workers WHERE $1::uuid IS NULL AND "
    "split_part(previous_key_hash, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReplacePreviousKey{
    "fleet.replace_previous_key",
    "UPDATE workers SET previous_key_hash = $4 WHERE $1::uuid IS NULL AND id = $2::uuid AND previous_key_hash = $3"};

}  // namespace

std::vector<secrets::SealedColumn> sealed_columns() {
  return {{"installation_keys", "private_sealed", true, &kStaleInstallationKeys, &kReplaceInstallationKey},
          {"workers", "api_key_hash", true, &kStaleWorkerKeys, &kReplaceWorkerKey},
          {"workers", "previous_key_hash", true, &kStalePreviousKeys, &kReplacePreviousKey, "api_key_hash"}};
}

}  // namespace fleet

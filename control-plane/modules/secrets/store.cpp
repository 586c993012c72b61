#include "control-plane/modules/secrets/store.hpp"

namespace secrets::store {
namespace {

const postgres::Statement kDataKeys{
    "secrets.data_keys", "SELECT version, key_sealed FROM data_keys WHERE organization_id = $1 ORDER BY version DESC"};
const postgres::Statement kInsertDataKey{
    "secrets.insert_data_key",
    "INSERT INTO data_keys (organization_id, version, key_sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};

}  // namespace

std::vector<SealedKey> data_keys(Tx& tx, base::OrganizationId organization) {
  std::vector<SealedKey> keys;
  for (const auto& row : tx.rows(kDataKeys, organization)) {
    keys.push_back(SealedKey{static_cast<int>(row.integer(0)), row.text(1)});
  }
  return keys;
}

void insert_data_key(Tx& tx, base::OrganizationId organization, int version, const std::string& key_sealed) {
  tx.exec(kInsertDataKey, organization, version, key_sealed);
}

}  // namespace secrets::store

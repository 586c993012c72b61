#include "control-plane/modules/secrets/rotation_store.hpp"

namespace secrets {
namespace {

const postgres::Statement kStaleMacKeys{
    "secrets.stale_mac_keys",
    "SELECT organization_id, organization_id, 1, key_sealed, '' FROM organization_mac_keys WHERE organization_id = $1 "
    "AND split_part(key_sealed, ':', 2) <> $2 LIMIT $3"};
const postgres::Statement kReplaceMacKey{"secrets.replace_mac_key",
                                         "UPDATE organization_mac_keys SET key_sealed = $4 WHERE organization_id = $1 "
                                         "AND organization_id::text = $2 AND key_sealed = $3"};

}  // namespace

std::vector<SealedColumn> sealed_columns() {
  return {{"organization_mac_keys", "key_sealed", false, &kStaleMacKeys, &kReplaceMacKey}};
}

namespace store {

std::vector<SealedRow> stale(Tx& tx, const SealedColumn& column, std::optional<base::OrganizationId> owner, int newest,
                             int limit) {
  std::vector<SealedRow> found;
  for (const auto& row : tx.rows(*column.stale, owner, std::to_string(newest), limit)) {
    found.push_back({row.text(0),
                     {column.table, column.sealed_as.empty() ? column.column : column.sealed_as, row.text(1),
                      static_cast<std::uint64_t>(row.integer(2))},
                     row.text(3),
                     row.text(4)});
  }
  return found;
}

bool replace(Tx& tx, const SealedColumn& column, std::optional<base::OrganizationId> owner, const SealedRow& row,
             const std::string& sealed) {
  return tx.exec(*column.replace, owner, row.key, row.sealed, sealed) == 1;
}

}  // namespace store
}  // namespace secrets

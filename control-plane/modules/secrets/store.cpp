#include "control-plane/modules/secrets/store.hpp"

namespace secrets::store {
namespace {

const postgres::Statement kDataKeys{
    "secrets.data_keys", "SELECT version, key_sealed FROM data_keys WHERE organization_id = $1 ORDER BY version DESC"};
const postgres::Statement kInstallationKeys{
    "secrets.installation_keys", "SELECT version, key_sealed FROM installation_data_keys ORDER BY version DESC"};
const postgres::Statement kHoldNewest{
    "secrets.hold_newest",
    "SELECT version, key_sealed FROM data_keys WHERE organization_id = $1 ORDER BY version DESC LIMIT 1 FOR SHARE"};
const postgres::Statement kHoldNewestInstallation{
    "secrets.hold_newest_installation",
    "SELECT version, key_sealed FROM installation_data_keys ORDER BY version DESC LIMIT 1 FOR SHARE"};
const postgres::Statement kInsertDataKey{
    "secrets.insert_data_key",
    "INSERT INTO data_keys (organization_id, version, key_sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
const postgres::Statement kInsertInstallationKey{
    "secrets.insert_installation_key",
    "INSERT INTO installation_data_keys (version, key_sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
const postgres::Statement kLockOlder{
    "secrets.lock_older",
    "SELECT version FROM data_keys WHERE organization_id = $1 AND version < $2 ORDER BY version FOR UPDATE"};
const postgres::Statement kLockOlderInstallation{
    "secrets.lock_older_installation",
    "SELECT version FROM installation_data_keys WHERE version < $1 ORDER BY version FOR UPDATE"};
const postgres::Statement kEraseOlder{"secrets.erase_older",
                                      "DELETE FROM data_keys WHERE organization_id = $1 AND version < $2"};
const postgres::Statement kEraseOlderInstallation{"secrets.erase_older_installation",
                                                  "DELETE FROM installation_data_keys WHERE version < $1"};
const postgres::Statement kRewrap{
    "secrets.rewrap",
    "UPDATE data_keys SET key_sealed = $4 WHERE organization_id = $1 AND version = $2 AND key_sealed = $3"};
const postgres::Statement kRewrapInstallation{
    "secrets.rewrap_installation",
    "UPDATE installation_data_keys SET key_sealed = $3 WHERE version = $1 AND key_sealed = $2"};
const postgres::Statement kOwners{"secrets.owners",
                                  "SELECT DISTINCT organization_id FROM data_keys WHERE organization_id > $1 ORDER BY "
                                  "organization_id LIMIT $2"};
const postgres::Statement kHoldMaster{"secrets.hold_master", "SELECT key_id FROM master_key_in_use FOR SHARE"};
const postgres::Statement kSetMaster{
    "secrets.set_master",
    "INSERT INTO master_key_in_use (key_id) VALUES ($1) ON CONFLICT (one) DO UPDATE SET key_id = excluded.key_id, "
    "since = now() WHERE master_key_in_use.key_id <> excluded.key_id"};
const postgres::Statement kHasInstallationSecrets{"secrets.has_installation_secrets",
                                                  "SELECT EXISTS (SELECT 1 FROM installation_keys)"};
const postgres::Statement kMacKey{"secrets.mac_key",
                                  "SELECT 1, key_sealed FROM organization_mac_keys WHERE organization_id = $1"};
const postgres::Statement kInsertMacKey{
    "secrets.insert_mac_key",
    "INSERT INTO organization_mac_keys (organization_id, key_sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING"};

std::optional<SealedKey> maybe_key(const std::optional<postgres::Row>& row) {
  if (!row) return std::nullopt;
  return SealedKey{static_cast<int>(row->integer(0)), row->text(1)};
}

}  // namespace

std::vector<SealedKey> data_keys(Tx& tx, Owner owner) {
  std::vector<SealedKey> keys;
  for (const auto& row : owner ? tx.rows(kDataKeys, *owner) : tx.rows(kInstallationKeys)) {
    keys.push_back(SealedKey{static_cast<int>(row.integer(0)), row.text(1)});
  }
  return keys;
}

std::optional<SealedKey> hold_newest(Tx& tx, Owner owner) {
  return maybe_key(owner ? tx.maybe_one(kHoldNewest, *owner) : tx.maybe_one(kHoldNewestInstallation));
}

void insert_data_key(Tx& tx, Owner owner, int version, const std::string& key_sealed) {
  if (owner) {
    tx.exec(kInsertDataKey, *owner, version, key_sealed);
  } else {
    tx.exec(kInsertInstallationKey, version, key_sealed);
  }
}

void lock_older(Tx& tx, Owner owner, int version) {
  if (owner) {
    tx.rows(kLockOlder, *owner, version);
  } else {
    tx.rows(kLockOlderInstallation, version);
  }
}

void erase_older(Tx& tx, Owner owner, int version) {
  if (owner) {
    tx.exec(kEraseOlder, *owner, version);
  } else {
    tx.exec(kEraseOlderInstallation, version);
  }
}

bool rewrap(Tx& tx, Owner owner, const SealedKey& from, const std::string& key_sealed) {
  if (owner) return tx.exec(kRewrap, *owner, from.version, from.key_sealed, key_sealed) == 1;
  return tx.exec(kRewrapInstallation, from.version, from.key_sealed, key_sealed) == 1;
}

std::vector<base::OrganizationId> owners(Tx& tx, base::OrganizationId after, int limit) {
  std::vector<base::OrganizationId> found;
  for (const auto& row : tx.rows(kOwners, after, limit)) found.push_back(row.id<base::OrganizationId>(0));
  return found;
}

std::optional<std::string> hold_master(Tx& tx) {
  const auto row = tx.maybe_one(kHoldMaster);
  if (!row) return std::nullopt;
  return row->text(0);
}

void set_master(Tx& tx, const std::string& key_id) {
  tx.exec(kSetMaster, key_id);
}

bool has_installation_secrets(Tx& tx) {
  return tx.one(kHasInstallationSecrets).boolean(0);
}

std::optional<SealedKey> mac_key(Tx& tx, base::OrganizationId organization) {
  return maybe_key(tx.maybe_one(kMacKey, organization));
}

void insert_mac_key(Tx& tx, base::OrganizationId organization, const std::string& key_sealed) {
  tx.exec(kInsertMacKey, organization, key_sealed);
}

}  // namespace secrets::store

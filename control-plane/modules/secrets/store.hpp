#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/platform/postgres/transaction.hpp"

/// Data keys. `organization` absent: the installation's own.
namespace secrets::store {

using Owner = std::optional<base::OrganizationId>;

struct SealedKey {
  int version;
  std::string key_sealed;
};

/// Newest first.
std::vector<SealedKey> data_keys(Tx& tx, Owner owner);
/// The newest, locked against its removal until the transaction ends. Nothing also when it was just removed: look
/// again.
std::optional<SealedKey> hold_newest(Tx& tx, Owner owner);
/// Does nothing when the version is there already (another instance was first).
void insert_data_key(Tx& tx, Owner owner, int version, const std::string& key_sealed);
/// Waits for everyone who holds them.
void lock_older(Tx& tx, Owner owner, int version);
void erase_older(Tx& tx, Owner owner, int version);
/// Compare-and-set on the sealed text.
bool rewrap(Tx& tx, Owner owner, const SealedKey& from, const std::string& key_sealed);
/// Organizations that have a data key, after `after`, at most `limit`, by id.
std::vector<base::OrganizationId> owners(Tx& tx, base::OrganizationId after, int limit);

/// The id of the master key that data keys are wrapped under now, held until the transaction ends; nothing at first.
std::optional<std::string> hold_master(Tx& tx);
void set_master(Tx& tx, const std::string& key_id);
/// Whether this installation has sealed anything already (before it had a data key of its own).
bool has_installation_secrets(Tx& tx);

/// An organization's MAC key, sealed; nothing when it has none yet.
std::optional<SealedKey> mac_key(Tx& tx, base::OrganizationId organization);
void insert_mac_key(Tx& tx, base::OrganizationId organization, const std::string& key_sealed);

}  // namespace secrets::store

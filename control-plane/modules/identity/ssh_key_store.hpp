#pragma once

#include "control-plane/modules/identity/ssh_keys.hpp"

/// The only SQL of SSH keys.
namespace identity::ssh_key_store {

/// False when somebody has a key of this fingerprint.
bool insert(Tx& tx, base::PersonId person, const SshKey& key, const std::string& line);
std::vector<SshKey> list(Tx& tx, base::PersonId person);
std::int64_t count(Tx& tx, base::PersonId person);
/// What was removed, or nothing.
std::optional<SshKey> remove(Tx& tx, base::PersonId person, const base::Uuid& id);

}  // namespace identity::ssh_key_store

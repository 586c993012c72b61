#pragma once

#include <string>
#include <vector>

#include "control-plane/platform/postgres/transaction.hpp"

namespace secrets::store {

struct SealedKey {
  int version;
  std::string key_sealed;
};

/// Newest first.
std::vector<SealedKey> data_keys(Tx& tx, base::OrganizationId organization);
/// Does nothing when the version is there already (another instance was first).
void insert_data_key(Tx& tx, base::OrganizationId organization, int version, const std::string& key_sealed);

}  // namespace secrets::store

#pragma once

#include <filesystem>
#include <string>

#include "common/base/guarded.hpp"
#include "common/base/secret.hpp"
#include "common/crypto/column.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace secrets {

/// The 32-byte master key from its file: 0600, exactly 32 bytes. Blocks. Throws `Failure` when weak, absent or readable
/// by others: nothing starts without it.
base::SecretString blocking_load_master_key(const std::filesystem::path& file);

/// Seals and opens what is secret at rest. Master key → HKDF per purpose → data key per organization → AES-256-GCM with
/// table, column, row and generation as associated data. Thread-safe.
class Vault {
 public:
  Vault(base::SecretString master_key, const base::Clock& clock);

  /// For the installation's own secrets (worker keys, signing keys), under a purpose key of the master key.
  std::string seal_installation(const std::string& purpose, const crypto::ColumnContext& where,
                                std::string_view plaintext) const;
  base::Result<base::SecretString> open_installation(const std::string& purpose, const crypto::ColumnContext& where,
                                                     std::string_view sealed) const;

  /// For a tenant's secrets, under the organization's data key (made at first use).
  std::string seal(Tx& tx, base::OrganizationId organization, const crypto::ColumnContext& where,
                   std::string_view plaintext);
  base::Result<base::SecretString> open(Tx& tx, base::OrganizationId organization, const crypto::ColumnContext& where,
                                        std::string_view sealed);

 private:
  std::vector<crypto::ColumnKey> data_keys(Tx& tx, base::OrganizationId organization);

  base::SecretString master_key_;
  const base::Clock& clock_;
};

}  // namespace secrets

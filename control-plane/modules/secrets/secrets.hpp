#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/guarded.hpp"
#include "common/base/secret.hpp"
#include "common/crypto/column.hpp"
#include "control-plane/modules/secrets/key_provider.hpp"
#include "control-plane/modules/secrets/local_keys.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace secrets {

class Vault;

/// An organization's data keys, as they were when it was made. Take it before the rows that are to be opened: a key
/// that is given up meanwhile still opens them, and a newer one is fetched.
class Keyring {
 public:
  /// Error `crypto.column`: wrong key, changed, or moved from another place.
  base::Result<base::SecretString> open(Tx& tx, const crypto::ColumnContext& where, std::string_view sealed);

 private:
  friend class Vault;
  Keyring(Vault& vault, base::OrganizationId organization, std::vector<crypto::ColumnKey> keys)
      : vault_(vault), organization_(organization), keys_(std::move(keys)) {}
  Vault& vault_;
  base::OrganizationId organization_;
  std::vector<crypto::ColumnKey> keys_;
};

/// Seals and opens what is secret at rest. Master key (of a KeyProvider) → data key per organization, and one of the
/// installation → AES-256-GCM with table, column, row and generation as associated data. Thread-safe.
/// Who seals holds the data key's row until its transaction ends, so that a rotation waits for it.
class Vault {
 public:
  /// For tests and tools: the master key itself.
  Vault(base::SecretString master_key, const base::Clock& clock);
  Vault(std::unique_ptr<KeyProvider> provider, const base::Clock& clock);
  ~Vault();

  /// For the installation's own secrets (worker keys, signing keys, second factors): under the key of a purpose (HKDF)
  /// of the installation's data key.
  std::string seal_installation(Tx& tx, const std::string& purpose, const crypto::ColumnContext& where,
                                std::string_view plaintext);
  base::Result<base::SecretString> open_installation(Tx& tx, const std::string& purpose,
                                                     const crypto::ColumnContext& where, std::string_view sealed);

  /// For a tenant's secrets, under the organization's data key (made at first use).
  std::string seal(Tx& tx, base::OrganizationId organization, const crypto::ColumnContext& where,
                   std::string_view plaintext);
  base::Result<base::SecretString> open(Tx& tx, base::OrganizationId organization, const crypto::ColumnContext& where,
                                        std::string_view sealed);
  /// For several values at once, or rows that were not read yet.
  Keyring keyring(Tx& tx, base::OrganizationId organization);

  /// The first 16 hexadecimal digits of an HMAC under a key of the organization: says whether two values are the same,
  /// and to whom has only the database nothing else. For audit events and diffs.
  std::string fingerprint(Tx& tx, base::OrganizationId organization, std::string_view value);
  /// HMAC-SHA256 under a key of the organization that no data key's rotation changes; `purpose` separates uses.
  std::string mac(Tx& tx, base::OrganizationId organization, const std::string& purpose, std::string_view bytes);

  KeyProvider& provider() { return *provider_; }

 private:
  friend class Keyring;
  friend class Rotation;
  std::vector<crypto::ColumnKey> all_keys(Tx& tx, std::optional<base::OrganizationId> organization);
  /// The newest, held until the transaction ends; made when there is none.
  crypto::ColumnKey newest_key(Tx& tx, std::optional<base::OrganizationId> organization);
  void make_key(Tx& tx, std::optional<base::OrganizationId> organization, int version);
  base::SecretString blocking_unwrap(std::optional<base::OrganizationId> organization, int version,
                                     const std::string& wrapped);
  std::string active_key_id(Tx& tx);
  base::SecretString mac_key(Tx& tx, base::OrganizationId organization);

  std::unique_ptr<KeyProvider> provider_;
  const base::Clock& clock_;
  /// Opened data keys by what they were wrapped as, so that a key service is asked once for each.
  base::Guarded<std::map<std::string, base::SecretString>> opened_;
};

}  // namespace secrets

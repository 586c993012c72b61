#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/crypto/hmac.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/modules/secrets/secrets.hpp"
#include "control-plane/modules/secrets/store.hpp"

namespace secrets {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr const char* kDataKeyPurpose = "data-key";

crypto::ColumnContext data_key_place(base::OrganizationId organization, int version) {
  return {"data_keys", "key_sealed", organization.to_string(), static_cast<std::uint64_t>(version)};
}

}  // namespace

base::SecretString blocking_load_master_key(const std::filesystem::path& file) {
  auto key = base::blocking_read_private_file(file);
  if (key.size() != kKeyBytes) {
    throw base::Failure("the master key " + file.string() + " must hold exactly 32 bytes, it holds " +
                        std::to_string(key.size()));
  }
  return base::SecretString(std::move(key));
}

Vault::Vault(base::SecretString master_key, const base::Clock& clock)
    : master_key_(std::move(master_key)), clock_(clock) {}

std::string Vault::seal_installation(const std::string& purpose, const crypto::ColumnContext& where,
                                     std::string_view plaintext) const {
  return crypto::seal_column(crypto::purpose_key(master_key_.reveal(), purpose), where, plaintext);
}

base::Result<base::SecretString> Vault::open_installation(const std::string& purpose,
                                                          const crypto::ColumnContext& where,
                                                          std::string_view sealed) const {
  return crypto::open_column(crypto::purpose_key(master_key_.reveal(), purpose), where, sealed);
}

std::vector<crypto::ColumnKey> Vault::data_keys(Tx& tx, base::OrganizationId organization) {
  auto stored = store::data_keys(tx, organization);
  if (stored.empty()) {
    const auto fresh = crypto::random_bytes(kKeyBytes);
    store::insert_data_key(tx, organization, 1,
                           seal_installation(kDataKeyPurpose, data_key_place(organization, 1), fresh));
    stored = store::data_keys(tx, organization);
  }
  std::vector<crypto::ColumnKey> keys;
  for (const auto& key : stored) {
    auto opened = open_installation(kDataKeyPurpose, data_key_place(organization, key.version), key.key_sealed);
    if (!opened) throw base::Failure("a data key does not open: the master key is not the one of this database");
    keys.push_back(crypto::ColumnKey{static_cast<std::uint32_t>(key.version), *std::move(opened)});
  }
  return keys;
}

std::string Vault::seal(Tx& tx, base::OrganizationId organization, const crypto::ColumnContext& where,
                        std::string_view plaintext) {
  return crypto::seal_column(data_keys(tx, organization).front(), where, plaintext);
}

base::Result<base::SecretString> Vault::open(Tx& tx, base::OrganizationId organization,
                                             const crypto::ColumnContext& where, std::string_view sealed) {
  const auto keys = data_keys(tx, organization);
  return crypto::open_column(keys, where, sealed);
}

}  // namespace secrets

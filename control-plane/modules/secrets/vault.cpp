#include <algorithm>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/crypto/hmac.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/modules/secrets/secrets.hpp"
#include "control-plane/modules/secrets/store.hpp"

namespace secrets {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kFingerprintDigits = 16;
constexpr std::size_t kMostOpened = 4096;
constexpr int kTries = 10;
constexpr const char* kFingerprint = "fingerprint";

crypto::ColumnContext key_place(store::Owner owner, int version) {
  const auto generation = static_cast<std::uint64_t>(version);
  if (owner) return {"data_keys", "key_sealed", owner->to_string(), generation};
  return {"installation_data_keys", "key_sealed", "installation", generation};
}

crypto::ColumnContext mac_place(base::OrganizationId organization) {
  return {"organization_mac_keys", "key_sealed", organization.to_string(), 1};
}

std::vector<crypto::ColumnKey> of_purpose(const std::vector<crypto::ColumnKey>& keys, const std::string& purpose) {
  std::vector<crypto::ColumnKey> derived;
  for (const auto& key : keys)
    derived.push_back({key.version, base::SecretString(crypto::purpose_key(key.key.reveal(), purpose))});
  return derived;
}

}  // namespace

Vault::Vault(base::SecretString master_key, const base::Clock& clock)
    : Vault(std::make_unique<LocalKeys>(std::move(master_key)), clock) {}

Vault::Vault(std::unique_ptr<KeyProvider> provider, const base::Clock& clock)
    : provider_(std::move(provider)), clock_(clock) {}

Vault::~Vault() = default;

std::string Vault::active_key_id(Tx& tx) {
  auto held = store::hold_master(tx);
  if (held) return *std::move(held);
  store::set_master(tx, provider_->blocking_active());
  held = store::hold_master(tx);
  if (!held) throw base::Failure("the master key in use is not recorded");
  return *std::move(held);
}

base::SecretString Vault::blocking_unwrap(store::Owner owner, int version, const std::string& wrapped) {
  const auto known = opened_.with([&](const auto& opened) {
    const auto found = opened.find(wrapped);
    return found == opened.end() ? base::SecretString() : found->second;
  });
  if (!known.empty()) return known;
  auto key = provider_->blocking_unwrap(key_place(owner, version), wrapped);
  if (!key) throw base::Failure("a data key does not open: the master key is not the one of this database");
  opened_.with([&](auto& opened) {
    if (opened.size() >= kMostOpened) opened.clear();
    opened.insert_or_assign(wrapped, *key);
  });
  return *std::move(key);
}

void Vault::make_key(Tx& tx, store::Owner owner, int version) {
  base::SecretString key(crypto::random_bytes(kKeyBytes));
  // What was sealed before the installation had a data key of its own was sealed under the master key's purposes: it
  // opens as before, and the first rotation ends that.
  auto* const local = dynamic_cast<LocalKeys*>(provider_.get());
  if (!owner && version == 1 && local != nullptr && store::has_installation_secrets(tx)) key = local->first();
  store::insert_data_key(tx, owner, version,
                         provider_->blocking_wrap(active_key_id(tx), key_place(owner, version), key));
}

std::vector<crypto::ColumnKey> Vault::all_keys(Tx& tx, store::Owner owner) {
  auto stored = store::data_keys(tx, owner);
  if (stored.empty()) {
    make_key(tx, owner, 1);
    stored = store::data_keys(tx, owner);
  }
  std::vector<crypto::ColumnKey> keys;
  for (const auto& key : stored) {
    keys.push_back({static_cast<std::uint32_t>(key.version), blocking_unwrap(owner, key.version, key.key_sealed)});
  }
  return keys;
}

crypto::ColumnKey Vault::newest_key(Tx& tx, store::Owner owner) {
  for (int i = 0; i < kTries; ++i) {
    const auto held = store::hold_newest(tx, owner);
    if (held)
      return {static_cast<std::uint32_t>(held->version), blocking_unwrap(owner, held->version, held->key_sealed)};
    if (store::data_keys(tx, owner).empty()) make_key(tx, owner, 1);
  }
  throw base::Failure("the data key is being replaced all the time");
}

std::string Vault::seal_installation(Tx& tx, const std::string& purpose, const crypto::ColumnContext& where,
                                     std::string_view plaintext) {
  return crypto::seal_column(of_purpose({newest_key(tx, std::nullopt)}, purpose).front(), where, plaintext);
}

base::Result<base::SecretString> Vault::open_installation(Tx& tx, const std::string& purpose,
                                                          const crypto::ColumnContext& where, std::string_view sealed) {
  return crypto::open_column(of_purpose(all_keys(tx, std::nullopt), purpose), where, sealed);
}

std::string Vault::seal(Tx& tx, base::OrganizationId organization, const crypto::ColumnContext& where,
                        std::string_view plaintext) {
  return crypto::seal_column(newest_key(tx, organization), where, plaintext);
}

base::Result<base::SecretString> Vault::open(Tx& tx, base::OrganizationId organization,
                                             const crypto::ColumnContext& where, std::string_view sealed) {
  return crypto::open_column(all_keys(tx, organization), where, sealed);
}

Keyring Vault::keyring(Tx& tx, base::OrganizationId organization) {
  return {*this, organization, all_keys(tx, organization)};
}

base::Result<base::SecretString> Keyring::open(Tx& tx, const crypto::ColumnContext& where, std::string_view sealed) {
  auto opened = crypto::open_column(keys_, where, sealed);
  if (opened) return opened;
  for (auto& key : vault_.all_keys(tx, organization_)) {
    if (std::ranges::find(keys_, key.version, &crypto::ColumnKey::version) == keys_.end())
      keys_.push_back(std::move(key));
  }
  return crypto::open_column(keys_, where, sealed);
}

base::SecretString Vault::mac_key(Tx& tx, base::OrganizationId organization) {
  auto stored = store::mac_key(tx, organization);
  if (!stored) {
    const auto fresh = crypto::random_bytes(kKeyBytes);
    store::insert_mac_key(tx, organization, seal(tx, organization, mac_place(organization), fresh));
    stored = store::mac_key(tx, organization);
  }
  const auto known = opened_.with([&](const auto& keys) {
    const auto found = keys.find(stored->key_sealed);
    return found == keys.end() ? base::SecretString() : found->second;
  });
  if (!known.empty()) return known;
  auto opened = open(tx, organization, mac_place(organization), stored->key_sealed);
  if (!opened) throw base::Failure("the key of an organization's fingerprints does not open");
  opened_.with([&](auto& keys) { keys.insert_or_assign(stored->key_sealed, *opened); });
  return *std::move(opened);
}

std::string Vault::mac(Tx& tx, base::OrganizationId organization, const std::string& purpose, std::string_view bytes) {
  const auto key = mac_key(tx, organization);
  return crypto::hmac_sha256(crypto::purpose_key(key.reveal(), purpose), bytes);
}

std::string Vault::fingerprint(Tx& tx, base::OrganizationId organization, std::string_view value) {
  return base::hex_encode(mac(tx, organization, kFingerprint, value)).substr(0, kFingerprintDigits);
}

}  // namespace secrets

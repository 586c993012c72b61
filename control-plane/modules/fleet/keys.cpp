#include "control-plane/modules/fleet/keys.hpp"

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "control-plane/modules/fleet/store.hpp"

namespace fleet {
namespace {

constexpr const char* kAuthority = "certification-authority";
constexpr const char* kCommand = "command";
constexpr const char* kAudit = "audit";
constexpr const char* kWorkerToken = "worker-token";

crypto::ColumnContext place(const std::string& purpose, const std::string& id) {
  return {"installation_keys", "private_sealed", purpose + "/" + id, 1};
}

std::string open(Tx& tx, secrets::Vault& vault, const std::string& purpose, const store::InstallationKey& key) {
  auto opened = vault.open_installation(tx, purpose, place(purpose, key.id), key.private_sealed);
  if (!opened) {
    throw base::Failure("the " + purpose +
                        " key does not open: secrets/master.key is not the one that this database was made with");
  }
  return std::string(opened->reveal());
}

void keep(Tx& tx, secrets::Vault& vault, const std::string& purpose, const std::string& id,
          const std::string& public_part, std::string_view private_part) {
  store::insert_key(
      tx, purpose,
      store::InstallationKey{id, public_part, vault.seal_installation(tx, purpose, place(purpose, id), private_part)});
}

crypto::CertifiedKey load_authority(Tx& tx, secrets::Vault& vault, const base::Clock& clock) {
  if (store::keys(tx, kAuthority).empty()) {
    const auto made = crypto::make_authority("WiseHosting authority", clock.utc_now());
    keep(tx, vault, kAuthority, "ca1", made.chain_pem, made.key_pem.reveal());
  }
  const auto key = store::keys(tx, kAuthority).front();
  return crypto::CertifiedKey{key.public_part, base::SecretString(open(tx, vault, kAuthority, key))};
}

protocol::CommandSigningKey load_command_key(Tx& tx, secrets::Vault& vault) {
  if (store::keys(tx, kCommand).empty()) {
    const auto made = crypto::ed25519_generate();
    keep(tx, vault, kCommand, "ck1", base::base64url_encode(made.public_key), made.seed.reveal());
  }
  const auto key = store::keys(tx, kCommand).front();
  auto pair = crypto::ed25519_from_seed(base::SecretString(open(tx, vault, kCommand, key)));
  if (!pair) throw base::Failure("the command key is damaged");
  return protocol::CommandSigningKey{key.id, *std::move(pair)};
}

audit::SigningKey load_audit_key(Tx& tx, secrets::Vault& vault) {
  if (store::keys(tx, kAudit).empty()) {
    const auto made = crypto::ed25519_generate();
    keep(tx, vault, kAudit, "ak1", base::base64url_encode(made.public_key), made.seed.reveal());
  }
  const auto key = store::keys(tx, kAudit).front();
  auto pair = crypto::ed25519_from_seed(base::SecretString(open(tx, vault, kAudit, key)));
  if (!pair) throw base::Failure("the log's key is damaged");
  return {key.id, *std::move(pair)};
}

std::vector<crypto::WorkerTokenKey> load_token_keys(Tx& tx, secrets::Vault& vault) {
  if (store::keys(tx, kWorkerToken).empty()) {
    const auto made = crypto::make_worker_token_key();
    keep(tx, vault, kWorkerToken, made.kid, "", made.secret.reveal());
  }
  std::vector<crypto::WorkerTokenKey> live;
  for (const auto& key : store::keys(tx, kWorkerToken)) {
    live.push_back(crypto::WorkerTokenKey{key.id, base::SecretString(open(tx, vault, kWorkerToken, key))});
  }
  return live;
}

}  // namespace

std::string Keys::authority_pin() const {
  auto pin = crypto::spki_pin(authority.chain_pem);
  BASE_CHECK(pin.has_value(), "the authority's certificate is ours");
  return *pin;
}

Keys load_keys(Tx& tx, secrets::Vault& vault, const base::Clock& clock) {
  store::lock_keys(tx);
  Keys keys;
  keys.authority = load_authority(tx, vault, clock);
  keys.command = load_command_key(tx, vault);
  keys.tokens = load_token_keys(tx, vault);
  keys.audit = load_audit_key(tx, vault);
  return keys;
}

}  // namespace fleet

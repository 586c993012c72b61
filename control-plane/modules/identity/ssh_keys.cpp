#include "control-plane/modules/identity/ssh_keys.hpp"

#include "common/crypto/ssh_key.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/rules.hpp"
#include "control-plane/modules/identity/ssh_key_store.hpp"

namespace identity {
namespace {

constexpr std::int64_t kMostKeys = 100;

}  // namespace

base::Result<SshKey> SshKeys::add(Tx& tx, const auth::Call& call, std::string name, const std::string& line) {
  const auto kind = caller(call).kind;
  if (kind != auth::CredentialKind::session && kind != auth::CredentialKind::cli) {
    return base::fail(base::ErrorKind::forbidden, "token.by_token", "A token cannot add keys. Sign in yourself.");
  }
  TRY_ASSIGN(const auto read, crypto::parse_ssh_public_key(line));
  if (name.empty()) name = read.comment.empty() ? "SSH key" : read.comment;
  TRY_CHECK(rules::check_name("/name", name));
  if (ssh_key_store::count(tx, caller(call).person) >= kMostKeys) {
    return base::conflict("ssh_key.too_many", "There are 100 keys already. Remove those that nobody uses.");
  }
  const auto now = clock_.utc_now();
  SshKey key{.id = base::Uuid::v7(now),
             .name = std::move(name),
             .algorithm = read.algorithm,
             .fingerprint = read.fingerprint,
             .created_at = now,
             .last_used_at = std::nullopt};
  if (!ssh_key_store::insert(tx, caller(call).person, key, read.line)) {
    return base::conflict("ssh_key.duplicate", "This key is in use already. Each account needs a key of its own.");
  }
  return key;
}

std::vector<SshKey> SshKeys::list(Tx& tx, base::PersonId person) {
  return ssh_key_store::list(tx, person);
}

base::Result<SshKey> SshKeys::remove(Tx& tx, base::PersonId person, const base::Uuid& id) {
  auto removed = ssh_key_store::remove(tx, person, id);
  if (!removed) return base::not_found("ssh_key.not_found", "The key");
  return *std::move(removed);
}

}  // namespace identity

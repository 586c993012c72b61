#include "control-plane/modules/identity/credentials.hpp"

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/modules/identity/credential_store.hpp"

namespace identity {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kLongestToken = 200;
constexpr std::string_view kTopic = "identity:";
constexpr std::string_view kCredential = "identity:credential:";
constexpr std::string_view kPerson = "identity:person:";
constexpr std::string_view kOrganization = "identity:organization:";

std::unexpected<base::Error> refused(const auth::Credential& credential) {
  if (credential.carrier == auth::Credential::Carrier::bearer) {
    return base::fail(base::ErrorKind::unauthenticated, "token.invalid",
                      "This token is not valid any more. Make another one, or run wh login.");
  }
  return base::fail(base::ErrorKind::unauthenticated, "session.invalid",
                    "Your session has ended. Sign in again: in the dashboard, with a setup link, or run wh login.");
}

std::optional<credential_store::Found> find(Tx& tx, const auth::Credential& credential, const std::string& sha,
                                            base::UtcTime now, base::UtcTime used_after) {
  if (credential.carrier == auth::Credential::Carrier::cookie) {
    return credential_store::find_session(tx, sha, now, used_after);
  }
  if (credential.token.starts_with("wh_pat_")) return credential_store::find_token(tx, sha, now);
  if (credential.token.starts_with("wh_cli_")) return credential_store::find_cli(tx, sha, now);
  return std::nullopt;
}

/// A cookie's and a bearer's token are never the same entry, whatever their text.
std::string key_of(const auth::Credential& credential, const std::string& sha) {
  return (credential.carrier == auth::Credential::Carrier::cookie ? "c" : "b") + sha;
}

}  // namespace

std::string new_token(const std::string& prefix) {
  return prefix + base::base64url_encode(crypto::random_bytes(kTokenBytes));
}

std::optional<auth::Principal> Credentials::remembered(const auth::Credential& credential, base::UtcTime now) {
  if (credential.token.size() > kLongestToken) return std::nullopt;
  return cache_.find(key_of(credential, crypto::sha256(credential.token)), now);
}

base::Result<auth::Principal> Credentials::look_up(Tx& tx, const auth::Credential& credential, base::UtcTime now) {
  if (credential.token.empty() || credential.token.size() > kLongestToken) return refused(credential);
  const auto sha = crypto::sha256(credential.token);
  const auto key = key_of(credential, sha);
  if (auto known = cache_.find(key, now)) return *std::move(known);
  const auto mark = cache_.mark();
  const auto used_after = now - std::chrono::duration_cast<std::chrono::microseconds>(idle_);
  auto found = find(tx, credential, sha, now, used_after);
  if (!found) return refused(credential);
  if (now - found->last_used_at >= kUseNoted) credential_store::note_use(tx, found->principal, now);
  cache_.keep(key, found->principal, now, mark);
  return std::move(found->principal);
}

void Credentials::end_credential(Tx& tx, const base::Uuid& credential) {
  end(tx, std::string(kCredential) + credential.to_string());
}
void Credentials::end_person(Tx& tx, base::PersonId person) {
  end(tx, std::string(kPerson) + person.to_string());
}
void Credentials::end_organization(Tx& tx, base::OrganizationId organization) {
  end(tx, std::string(kOrganization) + organization.to_string());
}

void Credentials::end(Tx& tx, std::string topic) {
  tx.after_commit([this, topic = std::move(topic)] {
    hear(topic);
    publish_(topic);
  });
}

void Credentials::hear(const std::string& topic) {
  if (!topic.empty() && !topic.starts_with(kTopic)) return;
  if (topic.starts_with(kCredential)) {
    if (const auto id = base::Uuid::parse(topic.substr(kCredential.size()))) cache_.forget_credential(*id);
  } else if (topic.starts_with(kPerson)) {
    if (const auto id = base::PersonId::parse(topic.substr(kPerson.size()))) cache_.forget_person(*id);
  } else if (topic.starts_with(kOrganization)) {
    if (const auto id = base::OrganizationId::parse(topic.substr(kOrganization.size()))) {
      cache_.forget_organization(*id);
    }
  } else {
    cache_.forget_all();
  }
  endings_.notify();
}

}  // namespace identity

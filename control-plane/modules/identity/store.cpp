#include "control-plane/modules/identity/store.hpp"

namespace identity::store {
namespace {

const postgres::Statement kInsertSetupLink{
    "identity.insert_setup_link", "INSERT INTO setup_links (id, token_sha256, expires_at) VALUES ($1, $2, $3)"};
const postgres::Statement kUseSetupLink{
    "identity.use_setup_link",
    "UPDATE setup_links SET used_at = $2 WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > $2 RETURNING id"};
const postgres::Statement kFirstPerson{"identity.first_person",
                                       "SELECT id FROM people ORDER BY created_at, id LIMIT 1"};
const postgres::Statement kInsertPerson{"identity.insert_person",
                                        "INSERT INTO people (id, name, email, is_operator) VALUES ($1, $2, $3, $4) "
                                        "ON CONFLICT ((lower(email))) DO NOTHING"};
const postgres::Statement kFindPerson{
    "identity.find_person",
    "SELECT id, name, email, is_operator, disabled_at IS NOT NULL, theme FROM people WHERE id = $1"};
const postgres::Statement kSetProfile{
    "identity.set_profile",
    "UPDATE people SET name = coalesce($2::text, name), theme = coalesce($3::text, theme) WHERE id = $1"};
/// An address that another account has stays that account's.
const postgres::Statement kSetEmail{
    "identity.set_email",
    "UPDATE people SET email = $2 WHERE id = $1 AND email IS DISTINCT FROM $2 AND NOT EXISTS (SELECT 1 FROM people o "
    "WHERE o.id <> $1 AND lower(o.email) = lower($2))"};
const postgres::Statement kDisable{"identity.disable_person",
                                   "UPDATE people SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL"};
const postgres::Statement kEnable{"identity.enable_person",
                                  "UPDATE people SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL"};
const postgres::Statement kSetOperator{"identity.set_operator", "UPDATE people SET is_operator = true WHERE id = $1"};

const postgres::Statement kInsertSession{
    "identity.insert_session",
    "INSERT INTO sessions (id, person_id, token_sha256, expires_at, user_agent, address, created_at, last_used_at, "
    "proved_at, second_factor) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8)"};
const postgres::Statement kSessionsOf{
    "identity.sessions_of",
    "SELECT id, created_at, last_used_at, expires_at, user_agent, address, second_factor FROM sessions "
    "WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND last_used_at > $3 "
    "ORDER BY last_used_at DESC, id DESC LIMIT 200"};
const postgres::Statement kRevokeSession{
    "identity.revoke_session",
    "UPDATE sessions SET revoked_at = $3 WHERE person_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3"};
const postgres::Statement kRevokeSessions{
    "identity.revoke_sessions",
    "UPDATE sessions SET revoked_at = $3 WHERE person_id = $1 AND id <> $2 AND revoked_at IS NULL AND expires_at > $3"};
const postgres::Statement kRenewSession{
    "identity.renew_session",
    "UPDATE sessions SET token_sha256 = $2, proved_at = $3, second_factor = second_factor OR $4, last_used_at = $5 "
    "WHERE id = $1 AND revoked_at IS NULL AND expires_at > $5"};
const postgres::Statement kForgetOldSessions{
    "identity.forget_old_sessions",
    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE coalesce(revoked_at, expires_at) < $1 LIMIT "
    "1000)"};

const postgres::Statement kSeeDevice{
    "identity.see_device",
    "INSERT INTO person_devices (person_id, device_sha256, created_at, last_seen_at) VALUES ($1, $2, $3, $3) "
    "ON CONFLICT (person_id, device_sha256) DO UPDATE SET last_seen_at = excluded.last_seen_at "
    "RETURNING created_at = last_seen_at"};
const postgres::Statement kKnowsDevice{
    "identity.knows_device",
    "SELECT 1 FROM person_devices WHERE person_id = $1 AND device_sha256 = $2 AND last_seen_at > $3"};
const postgres::Statement kAddressesOf{"identity.addresses_of",
                                       "SELECT DISTINCT address FROM sessions WHERE person_id = $1 AND created_at > $2 "
                                       "AND address <> '' LIMIT 200"};
const postgres::Statement kCountDevices{"identity.count_devices",
                                        "SELECT count(*) FROM person_devices WHERE person_id = $1"};

constexpr std::size_t kLongestUserAgent = 300;

const postgres::Statement kCanProve{
    "identity.can_prove",
    "SELECT EXISTS (SELECT 1 FROM person_totp WHERE person_id = $1 AND confirmed_at IS NOT NULL) "
    "OR EXISTS (SELECT 1 FROM person_identities WHERE person_id = $1)"};

}  // namespace

void insert_setup_link(Tx& tx, base::Uuid id, std::string_view token_sha256, base::UtcTime expires_at) {
  tx.exec(kInsertSetupLink, id, postgres::bytes(token_sha256), expires_at);
}

bool use_setup_link(Tx& tx, std::string_view token_sha256, base::UtcTime now) {
  return tx.exec(kUseSetupLink, postgres::bytes(token_sha256), now) == 1;
}

std::optional<base::PersonId> first_person(Tx& tx) {
  const auto row = tx.maybe_one(kFirstPerson);
  if (!row) return std::nullopt;
  return row->id<base::PersonId>(0);
}

bool insert_person(Tx& tx, base::PersonId id, const std::string& name, const std::optional<std::string>& email,
                   bool is_operator) {
  return tx.exec(kInsertPerson, id, name, email, is_operator) == 1;
}

std::optional<Person> find_person(Tx& tx, base::PersonId id) {
  const auto row = tx.maybe_one(kFindPerson, id);
  if (!row) return std::nullopt;
  return Person{row->id<base::PersonId>(0), row->text(1), row->text_or(2, ""), row->boolean(3), row->boolean(4),
                row->maybe_text(5)};
}

void set_profile(Tx& tx, base::PersonId id, const std::optional<std::string>& name,
                 const std::optional<std::string>& theme) {
  tx.exec(kSetProfile, id, name, theme);
}

void set_email(Tx& tx, base::PersonId id, const std::string& email) {
  tx.exec(kSetEmail, id, email);
}

bool set_disabled(Tx& tx, base::PersonId id, std::optional<base::UtcTime> since) {
  return since ? tx.exec(kDisable, id, *since) == 1 : tx.exec(kEnable, id) == 1;
}

void set_operator(Tx& tx, base::PersonId id) {
  tx.exec(kSetOperator, id);
}

void insert_session(Tx& tx, const NewSession& session, std::string_view token_sha256, const Device& device,
                    const SessionProof& proof) {
  tx.exec(kInsertSession, session.id, session.person, postgres::bytes(token_sha256), session.expires_at,
          device.user_agent.substr(0, kLongestUserAgent), device.address, proof.proved_at, proof.second_factor);
}

std::vector<SessionRow> sessions_of(Tx& tx, base::PersonId person, base::UtcTime now, base::UtcTime used_after) {
  std::vector<SessionRow> found;
  for (const auto& row : tx.rows(kSessionsOf, person, now, used_after)) {
    found.push_back(
        {row.id<base::SessionId>(0), row.time(1), row.time(2), row.time(3), row.text(4), row.text(5), row.boolean(6)});
  }
  return found;
}

bool revoke_session(Tx& tx, base::PersonId person, base::SessionId id, base::UtcTime now) {
  return tx.exec(kRevokeSession, person, id, now) == 1;
}

std::size_t revoke_sessions(Tx& tx, base::PersonId person, base::SessionId kept, base::UtcTime now) {
  return tx.exec(kRevokeSessions, person, kept, now);
}

bool renew_session(Tx& tx, base::SessionId id, std::string_view token_sha256, const SessionProof& proof,
                   base::UtcTime now) {
  return tx.exec(kRenewSession, id, postgres::bytes(token_sha256), proof.proved_at, proof.second_factor, now) == 1;
}

void forget_old_sessions(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetOldSessions, before);
}

bool see_device(Tx& tx, base::PersonId person, std::string_view device_sha256, base::UtcTime now) {
  return tx.one(kSeeDevice, person, postgres::bytes(device_sha256), now).boolean(0);
}

bool knows_device(Tx& tx, base::PersonId person, std::string_view device_sha256, base::UtcTime seen_after) {
  return tx.maybe_one(kKnowsDevice, person, postgres::bytes(device_sha256), seen_after).has_value();
}

std::vector<std::string> addresses_of(Tx& tx, base::PersonId person, base::UtcTime since) {
  std::vector<std::string> found;
  for (const auto& row : tx.rows(kAddressesOf, person, since)) found.push_back(row.text(0));
  return found;
}

std::int64_t count_devices(Tx& tx, base::PersonId person) {
  return tx.one(kCountDevices, person).integer(0);
}

bool can_prove(Tx& tx, base::PersonId person) {
  return tx.one(kCanProve, person).boolean(0);
}

}  // namespace identity::store

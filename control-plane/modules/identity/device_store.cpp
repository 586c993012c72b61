#include "control-plane/modules/identity/device_store.hpp"

namespace identity::device_store {
namespace {

const postgres::Statement kInsertCode{
    "identity.insert_device_code",
    "INSERT INTO device_codes (id, device_code_sha256, user_code, client, address, created_at, expires_at, grant_id) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (user_code) DO NOTHING"};
const postgres::Statement kFindOpen{
    "identity.find_device_code",
    "SELECT id, client, address, created_at, grant_id FROM device_codes WHERE user_code = $1 AND expires_at > $2 "
    "AND decision IS NULL"};
const postgres::Statement kDecide{
    "identity.decide_device_code",
    "UPDATE device_codes SET person_id = $2, decision = $3, proved_at = $4 WHERE id = $1 AND decision IS "
    "NULL"};
const postgres::Statement kSetProved{
    "identity.set_cli_proved",
    "UPDATE cli_grants SET proved_at = $3 WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL"};
const postgres::Statement kHold{
    "identity.hold_device_code",
    "SELECT id, client, address, created_at, person_id, decision, last_poll_at, proved_at FROM device_codes "
    "WHERE device_code_sha256 = $1 AND expires_at > $2 AND grant_id IS NULL FOR UPDATE"};
const postgres::Statement kNotePoll{"identity.note_device_poll",
                                    "UPDATE device_codes SET last_poll_at = $2 WHERE id = $1"};
const postgres::Statement kRemove{"identity.remove_device_code", "DELETE FROM device_codes WHERE id = $1"};
const postgres::Statement kForgetCodes{"identity.forget_device_codes",
                                       "DELETE FROM device_codes WHERE expires_at < $1"};

const postgres::Statement kInsertGrant{
    "identity.insert_cli_grant",
    "INSERT INTO cli_grants (id, person_id, client, address, second_factor, created_at, last_used_at, proved_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $6, $7)"};
const postgres::Statement kInsertPair{
    "identity.insert_cli_tokens",
    "INSERT INTO cli_tokens (id, grant_id, access_sha256, access_expires_at, refresh_sha256, refresh_expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};
const postgres::Statement kHoldRefresh{
    "identity.hold_cli_refresh",
    "SELECT t.id, t.grant_id, g.person_id, t.spent_at IS NOT NULL, "
    "t.refresh_expires_at <= $2 OR g.revoked_at IS NOT NULL OR p.disabled_at IS NOT NULL "
    "FROM cli_tokens t JOIN cli_grants g ON g.id = t.grant_id JOIN people p ON p.id = g.person_id "
    "WHERE t.refresh_sha256 = $1 FOR UPDATE OF t, g"};
const postgres::Statement kSpend{"identity.spend_cli_tokens", "UPDATE cli_tokens SET spent_at = $2 WHERE id = $1"};
const postgres::Statement kClisOf{
    "identity.clis_of",
    "SELECT id, client, address, created_at, last_used_at FROM cli_grants g WHERE person_id = $1 AND revoked_at IS "
    "NULL "
    "AND EXISTS (SELECT 1 FROM cli_tokens t WHERE t.grant_id = g.id AND t.spent_at IS NULL AND t.refresh_expires_at > "
    "now()) ORDER BY last_used_at DESC, id DESC LIMIT 200"};
const postgres::Statement kRevokeGrant{
    "identity.revoke_cli_grant",
    "UPDATE cli_grants SET revoked_at = $3 WHERE person_id = $1 AND id = $2 AND revoked_at IS NULL "
    "RETURNING client"};
const postgres::Statement kRevokeGrants{
    "identity.revoke_cli_grants", "UPDATE cli_grants SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL"};
// Also what the person confirmed and no program fetched yet, or what waits for a proof.
const postgres::Statement kForgetCodesOf{
    "identity.forget_device_codes_of",
    "DELETE FROM device_codes WHERE person_id = $1 OR grant_id IN (SELECT id FROM cli_grants WHERE person_id = $1)"};
const postgres::Statement kHasTotp{"identity.has_totp",
                                   "SELECT 1 FROM person_totp WHERE person_id = $1 AND confirmed_at IS NOT NULL"};
// What was spent is known for as long as it would have been good: only then can its reuse be told from a guess.
const postgres::Statement kForgetPairs{"identity.forget_cli_tokens",
                                       "DELETE FROM cli_tokens WHERE refresh_expires_at < $1"};
const postgres::Statement kForgetGrants{
    "identity.forget_cli_grants",
    "DELETE FROM cli_grants g WHERE NOT EXISTS (SELECT 1 FROM cli_tokens t WHERE t.grant_id = g.id) AND created_at < "
    "$1"};

}  // namespace

bool insert_code(Tx& tx, const Code& code, std::string_view device_code_sha256, const std::string& user_code,
                 base::UtcTime expires_at) {
  return tx.exec(kInsertCode, code.id, postgres::bytes(device_code_sha256), user_code, code.client, code.address,
                 code.created_at, expires_at, code.grant) == 1;
}

std::optional<Code> find_open(Tx& tx, const std::string& user_code, base::UtcTime now) {
  const auto row = tx.maybe_one(kFindOpen, user_code, now);
  if (!row) return std::nullopt;
  Code code;
  code.id = row->uuid(0);
  code.client = row->text(1);
  code.address = row->text(2);
  code.created_at = row->time(3);
  if (!row->is_null(4)) code.grant = row->uuid(4);
  return code;
}

bool decide(Tx& tx, const base::Uuid& id, base::PersonId person, bool approved,
            const std::optional<base::UtcTime>& proved_at) {
  return tx.exec(kDecide, id, person, approved ? "approved" : "denied", proved_at) == 1;
}

bool set_proved(Tx& tx, const base::Uuid& grant, base::PersonId person, base::UtcTime at) {
  return tx.exec(kSetProved, grant, person, at) == 1;
}

std::optional<Code> hold(Tx& tx, std::string_view device_code_sha256, base::UtcTime now) {
  const auto row = tx.maybe_one(kHold, postgres::bytes(device_code_sha256), now);
  if (!row) return std::nullopt;
  Code code;
  code.id = row->uuid(0);
  code.client = row->text(1);
  code.address = row->text(2);
  code.created_at = row->time(3);
  code.person = row->maybe_id<base::PersonId>(4);
  code.decision = row->text_or(5, "");
  code.last_poll_at = row->maybe_time(6);
  code.proved_at = row->maybe_time(7);
  return code;
}

void note_poll(Tx& tx, const base::Uuid& id, base::UtcTime now) {
  tx.exec(kNotePoll, id, now);
}

void remove(Tx& tx, const base::Uuid& id) {
  tx.exec(kRemove, id);
}

void forget_codes(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetCodes, before);
}

void insert_grant(Tx& tx, const Grant& grant, base::UtcTime now) {
  tx.exec(kInsertGrant, grant.id, grant.person, grant.client, grant.address, grant.second_factor, now, grant.proved_at);
}

void insert_pair(Tx& tx, const Pair& pair) {
  tx.exec(kInsertPair, pair.id, pair.grant, postgres::bytes(pair.access_sha256), pair.access_expires_at,
          postgres::bytes(pair.refresh_sha256), pair.refresh_expires_at);
}

std::optional<Refresh> hold_refresh(Tx& tx, std::string_view refresh_sha256, base::UtcTime now) {
  const auto row = tx.maybe_one(kHoldRefresh, postgres::bytes(refresh_sha256), now);
  if (!row) return std::nullopt;
  return Refresh{row->uuid(0), row->uuid(1), row->id<base::PersonId>(2), row->boolean(3), row->boolean(4)};
}

void spend(Tx& tx, const base::Uuid& pair, base::UtcTime now) {
  tx.exec(kSpend, pair, now);
}

std::vector<CliInfo> clis_of(Tx& tx, base::PersonId person) {
  std::vector<CliInfo> found;
  for (const auto& row : tx.rows(kClisOf, person)) {
    found.push_back({row.uuid(0), row.text(1), row.text(2), row.time(3), row.time(4)});
  }
  return found;
}

std::optional<std::string> revoke_grant(Tx& tx, base::PersonId person, const base::Uuid& grant, base::UtcTime now) {
  const auto row = tx.maybe_one(kRevokeGrant, person, grant, now);
  if (!row) return std::nullopt;
  return row->text(0);
}

std::size_t revoke_grants(Tx& tx, base::PersonId person, base::UtcTime now) {
  tx.exec(kForgetCodesOf, person);
  return tx.exec(kRevokeGrants, person, now);
}

bool has_totp(Tx& tx, base::PersonId person) {
  return tx.maybe_one(kHasTotp, person).has_value();
}

void forget_grants(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetPairs, before);
  tx.exec(kForgetGrants, before);
}

}  // namespace identity::device_store

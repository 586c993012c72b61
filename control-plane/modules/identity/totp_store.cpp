#include "control-plane/modules/identity/totp_store.hpp"

namespace identity::totp_store {
namespace {

const postgres::Statement kFind{"identity.find_totp",
                                "SELECT secret_sealed, created_at, confirmed_at FROM person_totp WHERE person_id = $1"};
const postgres::Statement kEnrol{
    "identity.enrol_totp",
    "INSERT INTO person_totp (person_id, secret_sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (person_id) DO "
    "UPDATE SET secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, last_step = 0 "
    "WHERE person_totp.confirmed_at IS NULL"};
const postgres::Statement kConfirm{"identity.confirm_totp",
                                   "UPDATE person_totp SET confirmed_at = $2 WHERE person_id = $1"};
const postgres::Statement kRemove{"identity.remove_totp", "DELETE FROM person_totp WHERE person_id = $1"};
const postgres::Statement kTakeStep{"identity.take_totp_step",
                                    "UPDATE person_totp SET last_step = $2 WHERE person_id = $1 AND last_step < $2"};
const postgres::Statement kForgetUnconfirmed{"identity.forget_unconfirmed_totp",
                                             "DELETE FROM person_totp WHERE confirmed_at IS NULL AND created_at < $1"};

const postgres::Statement kDropCodes{"identity.drop_recovery_codes", "DELETE FROM recovery_codes WHERE person_id = $1"};
const postgres::Statement kInsertCodes{
    "identity.insert_recovery_codes",
    "INSERT INTO recovery_codes (person_id, code_sha256) SELECT $1, decode(c, 'hex') FROM unnest($2::text[]) c"};
const postgres::Statement kUseCode{
    "identity.use_recovery_code",
    "UPDATE recovery_codes SET used_at = $3 WHERE person_id = $1 AND code_sha256 = $2 AND used_at IS NULL"};
const postgres::Statement kUnusedCodes{"identity.unused_recovery_codes",
                                       "SELECT count(*) FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL"};

const postgres::Statement kHoldTries{
    "identity.hold_code_tries",
    "INSERT INTO code_tries (person_id, device_sha256, tries, window_began) VALUES ($1, $2, 0, $3) "
    "ON CONFLICT (person_id, device_sha256) DO UPDATE SET tries = code_tries.tries "
    "RETURNING tries, window_began, failures"};
const postgres::Statement kSetTries{
    "identity.set_code_tries",
    "UPDATE code_tries SET tries = $3, window_began = $4, failures = $5 WHERE person_id = $1 AND device_sha256 = $2"};

const postgres::Statement kInsertWait{
    "identity.insert_second_factor_wait",
    "INSERT INTO second_factor_waits (token_sha256, person_id, return_to, expires_at) VALUES ($1, $2, $3, $4)"};
const postgres::Statement kHoldWait{
    "identity.hold_second_factor_wait",
    "SELECT person_id, return_to FROM second_factor_waits WHERE token_sha256 = $1 AND expires_at > $2 FOR UPDATE"};
const postgres::Statement kRemoveWait{"identity.remove_second_factor_wait",
                                      "DELETE FROM second_factor_waits WHERE token_sha256 = $1"};
const postgres::Statement kForgetWaits{"identity.forget_second_factor_waits",
                                       "DELETE FROM second_factor_waits WHERE expires_at < $1"};

}  // namespace

std::optional<Totp> find(Tx& tx, base::PersonId person) {
  const auto row = tx.maybe_one(kFind, person);
  if (!row) return std::nullopt;
  return Totp{row->text(0), row->time(1), row->maybe_time(2)};
}

void enrol(Tx& tx, base::PersonId person, const std::string& secret_sealed, base::UtcTime now) {
  tx.exec(kEnrol, person, secret_sealed, now);
}

void confirm(Tx& tx, base::PersonId person, base::UtcTime now) {
  tx.exec(kConfirm, person, now);
}

void remove(Tx& tx, base::PersonId person) {
  tx.exec(kRemove, person);
  tx.exec(kDropCodes, person);
}

bool take_step(Tx& tx, base::PersonId person, std::int64_t step) {
  return tx.exec(kTakeStep, person, step) == 1;
}

void forget_unconfirmed(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetUnconfirmed, before);
}

void replace_recovery_codes(Tx& tx, base::PersonId person, const std::vector<std::string>& code_sha256s) {
  tx.exec(kDropCodes, person);
  tx.exec(kInsertCodes, person, code_sha256s);
}

bool use_recovery_code(Tx& tx, base::PersonId person, std::string_view code_sha256, base::UtcTime now) {
  return tx.exec(kUseCode, person, postgres::bytes(code_sha256), now) == 1;
}

std::int64_t unused_recovery_codes(Tx& tx, base::PersonId person) {
  return tx.one(kUnusedCodes, person).integer(0);
}

std::optional<rules::Tries> hold_tries(Tx& tx, base::PersonId person, std::string_view device_sha256,
                                       base::UtcTime now) {
  const auto row = tx.one(kHoldTries, person, postgres::bytes(device_sha256), now);
  const auto tries = static_cast<int>(row.integer(0));
  if (tries == 0) return std::nullopt;
  return rules::Tries{tries, row.time(1), static_cast<int>(row.integer(2))};
}

void set_tries(Tx& tx, base::PersonId person, std::string_view device_sha256, const rules::Tries& tries) {
  tx.exec(kSetTries, person, postgres::bytes(device_sha256), tries.tries, tries.window_began, tries.failures);
}

void insert_wait(Tx& tx, std::string_view token_sha256, const Waiting& wait, base::UtcTime expires_at) {
  tx.exec(kInsertWait, postgres::bytes(token_sha256), wait.person, wait.return_to, expires_at);
}

std::optional<Waiting> hold_wait(Tx& tx, std::string_view token_sha256, base::UtcTime now) {
  const auto row = tx.maybe_one(kHoldWait, postgres::bytes(token_sha256), now);
  if (!row) return std::nullopt;
  return Waiting{row->id<base::PersonId>(0), row->text(1)};
}

void remove_wait(Tx& tx, std::string_view token_sha256) {
  tx.exec(kRemoveWait, postgres::bytes(token_sha256));
}

void forget_waits(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetWaits, before);
}

}  // namespace identity::totp_store

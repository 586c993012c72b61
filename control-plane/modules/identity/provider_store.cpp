#include "control-plane/modules/identity/provider_store.hpp"

namespace identity::provider_store {
namespace {

const postgres::Statement kSettings{
    "identity.provider_settings",
    "SELECT issuer, client_id, client_secret_sealed, allowed_domains, allowed_emails, generation FROM sign_in_settings "
    "WHERE id = 1"};
const postgres::Statement kSetSettings{
    "identity.set_provider_settings",
    "INSERT INTO sign_in_settings (id, issuer, client_id, client_secret_sealed, allowed_domains, allowed_emails, "
    "generation, updated_at) VALUES (1, $1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET issuer = "
    "excluded.issuer, client_id = excluded.client_id, client_secret_sealed = excluded.client_secret_sealed, "
    "allowed_domains = excluded.allowed_domains, allowed_emails = excluded.allowed_emails, generation = "
    "excluded.generation, updated_at = excluded.updated_at"};

const postgres::Statement kInsertFlow{
    "identity.insert_flow",
    "INSERT INTO sign_in_flows (state_sha256, browser_sha256, purpose, session_id, return_to, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6)"};
const postgres::Statement kTakeFlow{
    "identity.take_flow",
    "DELETE FROM sign_in_flows WHERE state_sha256 = $1 AND browser_sha256 = $2 AND expires_at > $3 "
    "RETURNING purpose, session_id, return_to"};
const postgres::Statement kForgetFlows{"identity.forget_flows", "DELETE FROM sign_in_flows WHERE expires_at < $1"};

const postgres::Statement kFindIdentity{"identity.find_identity",
                                        "SELECT person_id FROM person_identities WHERE issuer = $1 AND subject = $2"};
const postgres::Statement kInsertIdentity{
    "identity.insert_identity",
    "INSERT INTO person_identities (issuer, subject, person_id, email, created_at, last_sign_in_at) "
    "VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (issuer, subject) DO NOTHING"};
const postgres::Statement kNoteSignIn{
    "identity.note_sign_in",
    "UPDATE person_identities SET email = $3, last_sign_in_at = $4 WHERE issuer = $1 AND subject = $2"};
const postgres::Statement kIdentitiesOf{
    "identity.identities_of",
    "SELECT issuer, subject, email, created_at, last_sign_in_at FROM person_identities WHERE person_id = $1 "
    "ORDER BY created_at, issuer, subject LIMIT 100"};
const postgres::Statement kRemoveIdentity{
    "identity.remove_identity", "DELETE FROM person_identities WHERE person_id = $1 AND issuer = $2 AND subject = $3"};
const postgres::Statement kIsEmailTaken{
    "identity.is_email_taken",
    "SELECT 1 FROM people WHERE lower(email) = lower($1) "
    "UNION ALL SELECT 1 FROM person_identities WHERE lower(email) = lower($1) LIMIT 1"};

Purpose purpose_of(const std::string& text) {
  for (const Purpose purpose : {Purpose::link, Purpose::prove}) {
    if (text == to_string(purpose)) return purpose;
  }
  return Purpose::sign_in;
}

}  // namespace

std::optional<SettingsRow> settings(Tx& tx) {
  const auto row = tx.maybe_one(kSettings);
  if (!row) return std::nullopt;
  return SettingsRow{.settings = {.issuer = row->text(0),
                                  .client_id = row->text(1),
                                  .allowed_domains = row->texts(3),
                                  .allowed_emails = row->texts(4),
                                  .from_configuration = false},
                     .client_secret_sealed = row->text(2),
                     .generation = row->integer(5)};
}

void set_settings(Tx& tx, const SettingsRow& row, base::UtcTime now) {
  tx.exec(kSetSettings, row.settings.issuer, row.settings.client_id, row.client_secret_sealed,
          row.settings.allowed_domains, row.settings.allowed_emails, row.generation, now);
}

void insert_flow(Tx& tx, std::string_view state_sha256, std::string_view browser_sha256, const Flow& flow,
                 base::UtcTime expires_at) {
  const auto session = flow.session.is_nil() ? std::nullopt : std::optional(flow.session);
  tx.exec(kInsertFlow, postgres::bytes(state_sha256), postgres::bytes(browser_sha256), to_string(flow.purpose), session,
          flow.return_to, expires_at);
}

std::optional<Flow> take_flow(Tx& tx, std::string_view state_sha256, std::string_view browser_sha256,
                              base::UtcTime now) {
  const auto row = tx.maybe_one(kTakeFlow, postgres::bytes(state_sha256), postgres::bytes(browser_sha256), now);
  if (!row) return std::nullopt;
  return Flow{purpose_of(row->text(0)), row->maybe_id<base::SessionId>(1).value_or(base::SessionId()), row->text(2)};
}

void forget_flows(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetFlows, before);
}

std::optional<base::PersonId> find_identity(Tx& tx, const std::string& issuer, const std::string& subject) {
  const auto row = tx.maybe_one(kFindIdentity, issuer, subject);
  if (!row) return std::nullopt;
  return row->id<base::PersonId>(0);
}

bool insert_identity(Tx& tx, const IdentityInfo& identity, base::PersonId person, base::UtcTime now) {
  return tx.exec(kInsertIdentity, identity.issuer, identity.subject, person, identity.email, now) == 1;
}

void note_sign_in(Tx& tx, const std::string& issuer, const std::string& subject, const std::string& email,
                  base::UtcTime now) {
  tx.exec(kNoteSignIn, issuer, subject, email, now);
}

std::vector<IdentityInfo> identities_of(Tx& tx, base::PersonId person) {
  std::vector<IdentityInfo> found;
  for (const auto& row : tx.rows(kIdentitiesOf, person)) {
    found.push_back({row.text(0), row.text(1), row.text(2), row.time(3), row.time(4)});
  }
  return found;
}

bool remove_identity(Tx& tx, base::PersonId person, const std::string& issuer, const std::string& subject) {
  return tx.exec(kRemoveIdentity, person, issuer, subject) == 1;
}

bool is_email_taken(Tx& tx, const std::string& email) {
  return tx.maybe_one(kIsEmailTaken, email).has_value();
}

}  // namespace identity::provider_store

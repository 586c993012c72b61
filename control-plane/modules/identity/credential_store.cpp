#include "control-plane/modules/identity/credential_store.hpp"

namespace identity::credential_store {
namespace {

const postgres::Statement kFindSession{
    "identity.find_session",
    "SELECT s.id, s.person_id, p.name, s.expires_at, s.proved_at, s.second_factor, s.last_used_at "
    "FROM sessions s JOIN people p ON p.id = s.person_id "
    "WHERE s.token_sha256 = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_used_at > $3 "
    "AND p.disabled_at IS NULL"};
const postgres::Statement kFindToken{
    "identity.find_token",
    "SELECT t.id, t.organization_id, t.person_id, t.name, p.name, t.expires_at, t.scope, t.projects::text[], "
    "coalesce(t.last_used_at, t.created_at), "
    "EXISTS (SELECT 1 FROM person_totp f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL) "
    "FROM tokens t JOIN people p ON p.id = t.person_id "
    "WHERE t.token_sha256 = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 "
    "AND (t.organization_id IS NOT NULL OR p.disabled_at IS NULL)"};
const postgres::Statement kFindCli{
    "identity.find_cli",
    "SELECT g.id, g.person_id, p.name, t.access_expires_at, g.second_factor, g.last_used_at, g.proved_at "
    "FROM cli_tokens t JOIN cli_grants g ON g.id = t.grant_id JOIN people p ON p.id = g.person_id "
    "WHERE t.access_sha256 = $1 AND t.spent_at IS NULL AND t.access_expires_at > $2 AND g.revoked_at IS NULL "
    "AND p.disabled_at IS NULL"};

const postgres::Statement kNoteSession{
    "identity.note_session_use",
    "UPDATE sessions SET last_used_at = $2 "
    "WHERE id = (SELECT id FROM sessions WHERE id = $1 AND last_used_at < $2 FOR UPDATE SKIP LOCKED)"};
const postgres::Statement kNoteToken{
    "identity.note_token_use",
    "UPDATE tokens SET last_used_at = $2 WHERE id = (SELECT id FROM tokens WHERE id = $1 FOR UPDATE SKIP LOCKED)"};
const postgres::Statement kNoteCli{
    "identity.note_cli_use",
    "UPDATE cli_grants SET last_used_at = $2 "
    "WHERE id = (SELECT id FROM cli_grants WHERE id = $1 AND last_used_at < $2 FOR UPDATE SKIP LOCKED)"};

}  // namespace

std::optional<Found> find_session(Tx& tx, std::string_view token_sha256, base::UtcTime now, base::UtcTime used_after) {
  const auto row = tx.maybe_one(kFindSession, postgres::bytes(token_sha256), now, used_after);
  if (!row) return std::nullopt;
  auth::Principal principal;
  principal.kind = auth::CredentialKind::session;
  principal.credential = row->uuid(0);
  principal.person = row->id<base::PersonId>(1);
  principal.name = row->text(2);
  principal.expires_at = row->time(3);
  principal.proved_at = row->time(4);
  principal.second_factor = row->boolean(5);
  return Found{std::move(principal), row->time(6)};
}

std::optional<Found> find_token(Tx& tx, std::string_view token_sha256, base::UtcTime now) {
  const auto row = tx.maybe_one(kFindToken, postgres::bytes(token_sha256), now);
  if (!row) return std::nullopt;
  auth::Principal principal;
  const auto organization = row->maybe_id<base::OrganizationId>(1);
  principal.kind = organization ? auth::CredentialKind::organization_token : auth::CredentialKind::personal_token;
  principal.credential = row->uuid(0);
  if (organization) principal.organization = *organization;
  if (!organization) principal.person = row->id<base::PersonId>(2);
  principal.name = organization ? row->text(3) : row->text(4);
  principal.expires_at = row->time(5);
  principal.scope = auth::parse_scope(row->text(6)).value_or(auth::Scope::read);
  for (const auto& project : row->texts(7)) {
    if (const auto id = base::ProjectId::parse(project)) principal.projects.push_back(*id);
  }
  principal.second_factor = row->boolean(9);
  return Found{std::move(principal), row->time(8)};
}

std::optional<Found> find_cli(Tx& tx, std::string_view token_sha256, base::UtcTime now) {
  const auto row = tx.maybe_one(kFindCli, postgres::bytes(token_sha256), now);
  if (!row) return std::nullopt;
  auth::Principal principal;
  principal.kind = auth::CredentialKind::cli;
  principal.credential = row->uuid(0);
  principal.person = row->id<base::PersonId>(1);
  principal.name = row->text(2);
  principal.expires_at = row->time(3);
  principal.second_factor = row->boolean(4);
  principal.proved_at = row->maybe_time(6);
  return Found{std::move(principal), row->time(5)};
}

void note_use(Tx& tx, const auth::Principal& principal, base::UtcTime now) {
  switch (principal.kind) {
    case auth::CredentialKind::session: tx.exec(kNoteSession, principal.credential, now); return;
    case auth::CredentialKind::cli: tx.exec(kNoteCli, principal.credential, now); return;
    case auth::CredentialKind::personal_token:
    case auth::CredentialKind::organization_token: tx.exec(kNoteToken, principal.credential, now); return;
  }
}

}  // namespace identity::credential_store

#include "control-plane/modules/identity/token_store.hpp"

namespace identity::token_store {
namespace {

const postgres::Statement kInsert{
    "identity.insert_token",
    "INSERT INTO tokens (id, organization_id, person_id, name, prefix, token_sha256, scope, projects, created_at, "
    "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text[]::uuid[], $9, $10)"};
const postgres::Statement kList{
    "identity.list_tokens",
    "SELECT t.id, t.name, t.prefix, t.scope, t.projects::text[], t.created_at, t.expires_at, t.last_used_at, p.name "
    "FROM tokens t JOIN people p ON p.id = t.person_id WHERE t.revoked_at IS NULL "
    "AND CASE WHEN $2::uuid IS NULL THEN t.organization_id IS NULL AND t.person_id = $1 ELSE t.organization_id = $2 "
    "END "
    "AND starts_with(t.prefix, $3) ORDER BY t.created_at DESC, t.id DESC LIMIT 500"};
const postgres::Statement kRevoke{
    "identity.revoke_token",
    "UPDATE tokens SET revoked_at = $4 WHERE id = $3 AND revoked_at IS NULL "
    "AND CASE WHEN $2::uuid IS NULL THEN organization_id IS NULL AND person_id = $1 ELSE organization_id = $2 END "
    "RETURNING name"};
const postgres::Statement kCountLiving{
    "identity.count_tokens",
    "SELECT count(*) FROM tokens WHERE revoked_at IS NULL AND expires_at > $3 "
    "AND CASE WHEN $2::uuid IS NULL THEN organization_id IS NULL AND person_id = $1 ELSE organization_id = $2 END"};
const postgres::Statement kCountProjects{
    "identity.count_token_projects",
    "SELECT count(*) FROM projects j WHERE j.id = ANY($3::text[]::uuid[]) AND CASE WHEN $2::uuid IS NULL THEN EXISTS "
    "(SELECT 1 FROM memberships m WHERE m.person_id = $1 AND m.organization_id = j.organization_id AND (NOT "
    "m.limited_to_projects OR EXISTS (SELECT 1 FROM project_members r WHERE r.organization_id = m.organization_id AND "
    "r.project_id = j.id AND r.person_id = m.person_id))) "
    "ELSE j.organization_id = $2 END"};
const postgres::Statement kForgetOld{"identity.forget_old_tokens",
                                     "DELETE FROM tokens WHERE coalesce(revoked_at, expires_at) < $1"};

std::optional<base::OrganizationId> organization_of(const TokenOwner& owner) {
  return owner.organization.is_nil() ? std::nullopt : std::optional(owner.organization);
}

}  // namespace

void insert(Tx& tx, const TokenInfo& token, const TokenOwner& owner, std::string_view token_sha256) {
  std::vector<std::string> projects;
  for (const auto& project : token.projects) projects.push_back(project.to_string());
  tx.exec(kInsert, token.id, organization_of(owner), owner.person, token.name, token.prefix,
          postgres::bytes(token_sha256), auth::to_string(token.scope), projects, token.created_at, token.expires_at);
}

std::vector<TokenInfo> list(Tx& tx, const TokenOwner& owner, const std::string& prefix) {
  std::vector<TokenInfo> found;
  for (const auto& row : tx.rows(kList, owner.person, organization_of(owner), prefix)) {
    TokenInfo token{.id = row.uuid(0),
                    .name = row.text(1),
                    .prefix = row.text(2),
                    .scope = auth::parse_scope(row.text(3)).value_or(auth::Scope::read),
                    .projects = {},
                    .created_at = row.time(5),
                    .expires_at = row.time(6),
                    .last_used_at = row.maybe_time(7),
                    .made_by = row.text(8)};
    for (const auto& project : row.texts(4)) {
      if (const auto id = base::ProjectId::parse(project)) token.projects.push_back(*id);
    }
    found.push_back(std::move(token));
  }
  return found;
}

std::optional<std::string> revoke(Tx& tx, const TokenOwner& owner, const base::Uuid& id, base::UtcTime now) {
  const auto row = tx.maybe_one(kRevoke, owner.person, organization_of(owner), id, now);
  if (!row) return std::nullopt;
  return row->text(0);
}

std::int64_t count_living(Tx& tx, const TokenOwner& owner, base::UtcTime now) {
  return tx.one(kCountLiving, owner.person, organization_of(owner), now).integer(0);
}

std::size_t count_projects(Tx& tx, const TokenOwner& owner, const std::vector<std::string>& projects) {
  return static_cast<std::size_t>(tx.one(kCountProjects, owner.person, organization_of(owner), projects).integer(0));
}

void forget_old(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetOld, before);
}

}  // namespace identity::token_store

#include "control-plane/modules/organizations/store.hpp"

namespace organizations::store {
namespace {

const postgres::Statement kInsert{
    "organizations.insert",
    "INSERT INTO organizations (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING"};
const postgres::Statement kFind{"organizations.find",
                                "SELECT id, slug, name FROM organizations WHERE slug = $1 OR id::text = $1"};
const postgres::Statement kAddMember{
    "organizations.add_member",
    "INSERT INTO memberships (organization_id, person_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
const postgres::Statement kFindActor{"organizations.find_actor",
                                     "SELECT p.id, p.name, s.id, s.expires_at, m.organization_id, m.slug, m.role "
                                     "FROM sessions s JOIN people p ON p.id = s.person_id "
                                     "LEFT JOIN LATERAL (SELECT m.organization_id, o.slug, m.role FROM memberships m "
                                     "JOIN organizations o ON o.id = m.organization_id "
                                     "  WHERE m.person_id = p.id AND ($3 = '' OR o.slug = $3 OR o.id::text = $3) ORDER "
                                     "BY m.created_at, o.id LIMIT 1) m ON true "
                                     "WHERE s.token_sha256 = $1 AND s.revoked_at IS NULL AND s.expires_at > $2"};

}  // namespace

void insert_organization(Tx& tx, base::OrganizationId id, const std::string& slug, const std::string& name) {
  tx.exec(kInsert, id, slug, name);
}

std::optional<postgres::Row> find(Tx& tx, const std::string& slug_or_id) {
  return tx.maybe_one(kFind, slug_or_id);
}

void add_member(Tx& tx, base::OrganizationId organization, base::PersonId person, auth::Role role) {
  tx.exec(kAddMember, organization, person, auth::to_string(role));
}

std::optional<auth::Actor> find_actor(Tx& tx, std::string_view token_sha256, std::string_view organization,
                                      base::UtcTime now) {
  const auto row = tx.maybe_one(kFindActor, postgres::bytes(token_sha256), now, organization);
  if (!row) return std::nullopt;
  auth::Actor actor;
  actor.person = row->id<base::PersonId>(0);
  actor.name = row->text(1);
  actor.session = row->id<base::SessionId>(2);
  actor.session_expires_at = row->time(3);
  if (row->is_null(4)) return actor;
  actor.organization = row->id<base::OrganizationId>(4);
  actor.organization_slug = row->text(5);
  actor.role = auth::parse_role(row->text(6)).value_or(auth::Role::viewer);
  return actor;
}

}  // namespace organizations::store

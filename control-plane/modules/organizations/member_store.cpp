#include "control-plane/modules/organizations/member_store.hpp"

namespace organizations::store {
namespace {

#define MEMBERSHIP_COLUMNS "o.id, o.slug, o.second_factor_required, o.deleted_at"

const postgres::Statement kFindMembership{
    "organizations.find_membership",
    "SELECT " MEMBERSHIP_COLUMNS
    ", m.role, m.permissions, m.limited_to_projects, ARRAY(SELECT p.project_id::text || ' ' || p.role FROM "
    "project_members p WHERE p.organization_id = o.id AND p.person_id = $1 ORDER BY p.project_id) "
    "FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE m.person_id = $1 AND o.erased_at IS "
    "NULL "
    "AND ($2 = '' OR o.slug = $2 OR o.id::text = $2) ORDER BY o.deleted_at IS NOT NULL, m.created_at, o.id LIMIT 1"};
const postgres::Statement kFindForToken{
    "organizations.find_for_token", "SELECT " MEMBERSHIP_COLUMNS
                                    " FROM organizations o WHERE o.erased_at IS NULL AND (o.slug = $1 OR o.id::text "
                                    "= $1)"};
const postgres::Statement kProjectOfApp{
    "organizations.project_of_app",
    "SELECT project_id FROM apps WHERE organization_id = $1 AND (name = $2 OR id::text = $2)"};
const postgres::Statement kProjectOfDeployment{"organizations.project_of_deployment",
                                               "SELECT a.project_id FROM deployments d JOIN app_environments e ON e.id "
                                               "= d.app_environment_id JOIN apps a ON a.id = "
                                               "e.app_id WHERE d.organization_id = $1 AND d.id::text = $2"};
const postgres::Statement kProject{
    "organizations.project", "SELECT id FROM projects WHERE organization_id = $1 AND (slug = $2 OR id::text = $2)"};

const postgres::Statement kLock{"organizations.lock", "SELECT id FROM organizations WHERE id = $1 FOR UPDATE"};
const postgres::Statement kStanding{
    "organizations.standing",
    "SELECT role, permissions FROM memberships WHERE organization_id = $1 AND person_id = $2"};
const postgres::Statement kCountOwners{
    "organizations.count_owners", "SELECT count(*) FROM memberships WHERE organization_id = $1 AND role = 'owner'"};
const postgres::Statement kAddMember{
    "organizations.add_member",
    "INSERT INTO memberships (organization_id, person_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};

#define MEMBER_QUERY                                                                                                   \
  "SELECT m.person_id, p.name, p.email, m.role, m.permissions, m.limited_to_projects, ARRAY(SELECT r.id::text || ' ' " \
  "|| pm.role || ' ' || r.slug FROM project_members pm JOIN projects r ON r.id = pm.project_id WHERE "                 \
  "pm.organization_id = m.organization_id AND pm.person_id = m.person_id ORDER BY r.slug), m.created_at "              \
  "FROM memberships m JOIN people p ON p.id = m.person_id WHERE m.organization_id = $1 "

const postgres::Statement kMembers{"organizations.members", MEMBER_QUERY "ORDER BY m.created_at, m.person_id"};
const postgres::Statement kMember{"organizations.member", MEMBER_QUERY "AND m.person_id = $2"};
const postgres::Statement kSetRole{"organizations.set_role",
                                   "UPDATE memberships SET role = $3, permissions = $4::text[], limited_to_projects = "
                                   "$5 WHERE organization_id = $1 AND "
                                   "person_id = $2"};
const postgres::Statement kRemoveMember{"organizations.remove_member",
                                        "DELETE FROM memberships WHERE organization_id = $1 AND person_id = $2"};
const postgres::Statement kRemoveAll{"organizations.remove_all_members",
                                     "DELETE FROM memberships WHERE organization_id = $1"};
const postgres::Statement kSetProjectRole{
    "organizations.set_project_role",
    "INSERT INTO project_members (organization_id, project_id, person_id, role) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (organization_id, person_id, project_id) DO UPDATE SET role = excluded.role"};
const postgres::Statement kRemoveProjectRole{
    "organizations.remove_project_role",
    "DELETE FROM project_members WHERE organization_id = $1 AND project_id = $2 AND person_id = $3"};

const postgres::Statement kInsertInvitation{
    "organizations.insert_invitation",
    "INSERT INTO invitations (id, organization_id, token_sha256, email, role, invited_by, expires_at) VALUES ($1, $2, "
    "$3, $4, $5, $6, $7)"};
const postgres::Statement kCountInvitations{
    "organizations.count_invitations",
    "SELECT count(*) FROM invitations WHERE organization_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND "
    "expires_at > $2"};
const postgres::Statement kInvitations{
    "organizations.invitations",
    "SELECT i.id, i.email, i.role, p.name, i.created_at, i.expires_at FROM invitations i JOIN people p ON p.id = "
    "i.invited_by WHERE i.organization_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > "
    "$2 "
    "ORDER BY i.created_at, i.id"};
const postgres::Statement kRevokeInvitation{
    "organizations.revoke_invitation",
    "UPDATE invitations SET revoked_at = now() WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL AND "
    "revoked_at IS NULL RETURNING coalesce(email, '')"};
const postgres::Statement kAcceptInvitation{
    "organizations.accept_invitation",
    "UPDATE invitations i SET accepted_at = now(), accepted_by = $2 FROM organizations o WHERE i.token_sha256 = $1 AND "
    "i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $3 AND o.id = i.organization_id AND "
    "o.deleted_at "
    "IS NULL RETURNING i.id, i.organization_id, i.role, i.invited_by"};
const postgres::Statement kOffer{
    "organizations.offer",
    "SELECT o.id, o.name, i.role, p.name, i.expires_at FROM invitations i JOIN organizations o ON o.id = "
    "i.organization_id JOIN people p ON p.id = i.invited_by WHERE i.token_sha256 = $1 AND i.accepted_at IS NULL AND "
    "i.revoked_at IS NULL AND i.expires_at > $2 AND o.deleted_at IS NULL"};

auth::Role role(const std::string& text) {
  return auth::parse_role(text).value_or(auth::Role::viewer);
}

std::optional<auth::PermissionSet> custom(const postgres::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  // A permission that this version does not know gives nothing.
  auth::PermissionSet set;
  for (const auto& name : row.texts(column)) {
    if (const auto known = rules::read_permissions({name})) set |= *known;
  }
  return set;
}

/// "id rest" as both parts.
std::pair<std::string, std::string> halves(const std::string& text) {
  const auto space = text.find(' ');
  return {text.substr(0, space), space == std::string::npos ? std::string() : text.substr(space + 1)};
}

auth::Membership base_of(const postgres::Row& row) {
  auth::Membership found;
  found.organization = row.id<base::OrganizationId>(0);
  found.slug = row.text(1);
  found.second_factor_required = row.boolean(2);
  found.deleted_at = row.maybe_time(3);
  return found;
}

Member member_of(const postgres::Row& row) {
  Member member;
  member.person = row.id<base::PersonId>(0);
  member.name = row.text(1);
  member.email = row.maybe_text(2);
  member.role = role(row.text(3));
  if (!row.is_null(4)) member.permissions = row.texts(4);
  member.limited_to_projects = row.boolean(5);
  for (const auto& place : row.texts(6)) {
    const auto [id, rest] = halves(place);
    const auto [role_name, slug] = halves(rest);
    const auto project = base::ProjectId::parse(id);
    if (project) member.projects.push_back({*project, slug, role(role_name)});
  }
  member.since = row.time(7);
  return member;
}

}  // namespace

std::optional<auth::Membership> find_membership(Tx& tx, base::PersonId person, const std::string& organization) {
  const auto row = tx.maybe_one(kFindMembership, person, organization);
  if (!row) return std::nullopt;
  auto found = base_of(*row);
  found.role = role(row->text(4));
  found.custom = custom(*row, 5);
  found.limited_to_projects = row->boolean(6);
  for (const auto& place : row->texts(7)) {
    const auto [id, role_name] = halves(place);
    if (const auto project = base::ProjectId::parse(id)) found.projects.push_back({*project, role(role_name)});
  }
  return found;
}

std::optional<auth::Membership> find_for_token(Tx& tx, const std::string& organization, auth::Role as) {
  const auto row = tx.maybe_one(kFindForToken, organization);
  if (!row) return std::nullopt;
  auto found = base_of(*row);
  found.role = as;
  return found;
}

std::optional<base::ProjectId> project_of(Tx& tx, base::OrganizationId organization, const std::string& kind,
                                          const std::string& name_or_id) {
  const auto& statement = kind == "app" ? kProjectOfApp : kind == "deployment" ? kProjectOfDeployment : kProject;
  // `hello@staging` is an app in an environment of its project.
  const auto row =
      tx.maybe_one(statement, organization, kind == "app" ? name_or_id.substr(0, name_or_id.find('@')) : name_or_id);
  if (!row) return std::nullopt;
  return row->id<base::ProjectId>(0);
}

void lock(Tx& tx, base::OrganizationId organization) {
  tx.maybe_one(kLock, organization);
}

std::optional<rules::Standing> standing(Tx& tx, base::OrganizationId organization, base::PersonId person) {
  const auto row = tx.maybe_one(kStanding, organization, person);
  if (!row) return std::nullopt;
  return rules::Standing{role(row->text(0)), custom(*row, 1)};
}

int count_owners(Tx& tx, base::OrganizationId organization) {
  return static_cast<int>(tx.one(kCountOwners, organization).integer(0));
}

bool add_member(Tx& tx, base::OrganizationId organization, base::PersonId person, auth::Role as) {
  return tx.exec(kAddMember, organization, person, auth::to_string(as)) == 1;
}

std::vector<Member> members(Tx& tx, base::OrganizationId organization) {
  std::vector<Member> all;
  for (const auto& row : tx.rows(kMembers, organization)) all.push_back(member_of(row));
  return all;
}

std::optional<Member> member(Tx& tx, base::OrganizationId organization, base::PersonId person) {
  const auto row = tx.maybe_one(kMember, organization, person);
  if (!row) return std::nullopt;
  return member_of(*row);
}

void set_role(Tx& tx, base::OrganizationId organization, base::PersonId person, auth::Role as,
              const std::optional<std::vector<std::string>>& permissions, bool limited_to_projects) {
  const auto list = permissions ? postgres::Param(*permissions) : postgres::Param(std::nullopt);
  tx.exec(kSetRole, organization, person, auth::to_string(as), list, limited_to_projects);
}

void remove_member(Tx& tx, base::OrganizationId organization, base::PersonId person) {
  tx.exec(kRemoveMember, organization, person);
}

void remove_all_members(Tx& tx, base::OrganizationId organization) {
  tx.exec(kRemoveAll, organization);
}

void set_project_role(Tx& tx, base::OrganizationId organization, base::ProjectId project, base::PersonId person,
                      auth::Role as) {
  tx.exec(kSetProjectRole, organization, project, person, auth::to_string(as));
}

bool remove_project_role(Tx& tx, base::OrganizationId organization, base::ProjectId project, base::PersonId person) {
  return tx.exec(kRemoveProjectRole, organization, project, person) == 1;
}

void insert_invitation(Tx& tx, base::InvitationId id, base::OrganizationId organization, std::string_view token_sha256,
                       const std::optional<std::string>& email, auth::Role as, base::PersonId invited_by,
                       base::UtcTime expires_at) {
  tx.exec(kInsertInvitation, id, organization, postgres::bytes(token_sha256), email, auth::to_string(as), invited_by,
          expires_at);
}

int count_invitations(Tx& tx, base::OrganizationId organization, base::UtcTime now) {
  return static_cast<int>(tx.one(kCountInvitations, organization, now).integer(0));
}

std::vector<Invitation> invitations(Tx& tx, base::OrganizationId organization, base::UtcTime now) {
  std::vector<Invitation> all;
  for (const auto& row : tx.rows(kInvitations, organization, now)) {
    all.push_back(
        {row.id<base::InvitationId>(0), row.maybe_text(1), role(row.text(2)), row.text(3), row.time(4), row.time(5)});
  }
  return all;
}

std::optional<std::string> revoke_invitation(Tx& tx, base::OrganizationId organization, base::InvitationId id) {
  const auto row = tx.maybe_one(kRevokeInvitation, organization, id);
  if (!row) return std::nullopt;
  return row->text(0);
}

std::optional<Accepted> accept_invitation(Tx& tx, std::string_view token_sha256, base::PersonId person,
                                          base::UtcTime now) {
  const auto row = tx.maybe_one(kAcceptInvitation, postgres::bytes(token_sha256), person, now);
  if (!row) return std::nullopt;
  return Accepted{row->id<base::InvitationId>(0), row->id<base::OrganizationId>(1), role(row->text(2)),
                  row->id<base::PersonId>(3)};
}

std::optional<Offer> offer(Tx& tx, std::string_view token_sha256, base::UtcTime now) {
  const auto row = tx.maybe_one(kOffer, postgres::bytes(token_sha256), now);
  if (!row) return std::nullopt;
  return Offer{row->id<base::OrganizationId>(0), row->text(1), role(row->text(2)), row->text(3), row->time(4)};
}

}  // namespace organizations::store

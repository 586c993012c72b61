#include "control-plane/modules/organizations/store.hpp"

namespace organizations::store {
namespace {

#define ORGANIZATION_COLUMNS                                                                                   \
  "o.id, o.slug, o.name, o.second_factor_required, o.deleted_at, o.created_at, o.most_apps, o.most_replicas, " \
  "o.most_memory_bytes, o.most_build_minutes"

const postgres::Statement kInsert{"organizations.insert",
                                  "INSERT INTO organizations (id, slug, name, most_apps, most_replicas, "
                                  "most_memory_bytes, most_build_minutes) VALUES "
                                  "($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (slug) DO NOTHING"};
const postgres::Statement kFind{"organizations.find",
                                "SELECT " ORGANIZATION_COLUMNS
                                " FROM organizations o WHERE o.erased_at IS NULL AND (o.slug = $1 OR o.id::text = $1)"};
const postgres::Statement kOfPerson{"organizations.of_person",
                                    "SELECT " ORGANIZATION_COLUMNS
                                    ", m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id "
                                    "WHERE m.person_id = $1 AND o.erased_at "
                                    "IS NULL ORDER BY m.created_at, o.id"};
const postgres::Statement kCountOwned{
    "organizations.count_owned",
    "SELECT count(*) FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE m.person_id = $1 AND "
    "m.role = 'owner' AND o.erased_at IS NULL"};
const postgres::Statement kChange{
    "organizations.change",
    "UPDATE organizations SET name = coalesce($2, name), slug = coalesce($3, slug), second_factor_required = "
    "coalesce($4::boolean, second_factor_required) WHERE id = $1"};
const postgres::Statement kIsTaken{"organizations.is_taken",
                                   "SELECT 1 FROM organizations WHERE slug = $1 AND id <> $2"};
const postgres::Statement kSetDeleted{"organizations.set_deleted",
                                      "UPDATE organizations SET deleted_at = $2::timestamptz WHERE id = $1"};
const postgres::Statement kSetLimits{"organizations.set_limits",
                                     "UPDATE organizations SET most_apps = $2, most_replicas = $3, most_memory_bytes = "
                                     "$4, most_build_minutes = $5 WHERE "
                                     "id = $1"};
const postgres::Statement kLockLimits{"organizations.lock_limits",
                                      "SELECT most_apps, most_replicas, most_memory_bytes, most_build_minutes FROM "
                                      "organizations WHERE id = $1 FOR NO KEY "
                                      "UPDATE"};
const postgres::Statement kErasable{
    "organizations.erasable",
    "SELECT id FROM organizations WHERE deleted_at < $1 AND erased_at IS NULL AND NOT EXISTS (SELECT FROM apps a WHERE "
    "a.organization_id = organizations.id) ORDER BY deleted_at LIMIT 20"};
const postgres::Statement kEraseInvitations{"organizations.erase_invitations",
                                            "DELETE FROM invitations WHERE organization_id = $1"};
const postgres::Statement kEraseEnvironments{"organizations.erase_environments",
                                             "DELETE FROM environments WHERE organization_id = $1"};
const postgres::Statement kEraseProjects{"organizations.erase_projects",
                                         "DELETE FROM projects WHERE organization_id = $1"};
const postgres::Statement kEraseMembers{"organizations.erase_members",
                                        "DELETE FROM memberships WHERE organization_id = $1"};
const postgres::Statement kEraseTokens{"organizations.erase_tokens",
                                       "UPDATE tokens SET revoked_at = coalesce(revoked_at, now()) WHERE "
                                       "organization_id = $1"};
// Without its data keys nothing that was sealed for it opens any more.
const postgres::Statement kEraseKeys{"organizations.erase_keys", "DELETE FROM data_keys WHERE organization_id = $1"};
const postgres::Statement kMarkErased{
    "organizations.mark_erased",
    "UPDATE organizations SET erased_at = now(), slug = 'gone-' || replace(id::text, '-', '') WHERE id = $1"};
const postgres::Statement kUsage{
    "organizations.usage",
    "SELECT count(DISTINCT app_id) FILTER (WHERE deleting_at IS NULL), "
    "coalesce(sum(desired_replicas) FILTER (WHERE deleting_at IS NULL), 0), "
    "coalesce(sum(desired_replicas * memory_bytes) FILTER (WHERE deleting_at IS NULL), 0)::bigint, "
    "(SELECT coalesce(ceil(sum(extract(epoch FROM coalesce(finished_at, now()) - assigned_at)) / 60), 0)::bigint FROM "
    "jobs "
    "WHERE organization_id = $1 AND kind = 'build' AND assigned_at >= $2) "
    "FROM app_environments WHERE organization_id = $1"};

Limits limits(const postgres::Row& row, std::size_t first) {
  return {row.maybe_integer(first), row.maybe_integer(first + 1), row.maybe_integer(first + 2),
          row.maybe_integer(first + 3)};
}

Organization organization(const postgres::Row& row) {
  Organization found;
  found.id = row.id<base::OrganizationId>(0);
  found.slug = row.text(1);
  found.name = row.text(2);
  found.second_factor_required = row.boolean(3);
  found.deleted_at = row.maybe_time(4);
  found.created_at = row.time(5);
  found.limits = limits(row, 6);
  return found;
}

}  // namespace

bool insert(Tx& tx, base::OrganizationId id, const std::string& slug, const std::string& name, const Limits& most) {
  return tx.exec(kInsert, id, slug, name, most.apps, most.replicas, most.memory_bytes, most.build_minutes) == 1;
}

std::optional<Organization> find(Tx& tx, const std::string& slug_or_id) {
  const auto row = tx.maybe_one(kFind, slug_or_id);
  if (!row) return std::nullopt;
  return organization(*row);
}

std::vector<Mine> of_person(Tx& tx, base::PersonId person) {
  std::vector<Mine> all;
  for (const auto& row : tx.rows(kOfPerson, person)) {
    all.push_back({organization(row), auth::parse_role(row.text(10)).value_or(auth::Role::viewer)});
  }
  return all;
}

int count_owned(Tx& tx, base::PersonId person) {
  return static_cast<int>(tx.one(kCountOwned, person).integer(0));
}

bool is_taken(Tx& tx, const std::string& slug, base::OrganizationId by_another_than) {
  return tx.maybe_one(kIsTaken, slug, by_another_than).has_value();
}

bool change(Tx& tx, base::OrganizationId id, const Change& change) {
  return tx.exec(kChange, id, change.name, change.slug, change.second_factor_required) == 1;
}

void set_deleted(Tx& tx, base::OrganizationId id, std::optional<base::UtcTime> at) {
  tx.exec(kSetDeleted, id, at);
}

void set_limits(Tx& tx, base::OrganizationId id, const Limits& most) {
  tx.exec(kSetLimits, id, most.apps, most.replicas, most.memory_bytes, most.build_minutes);
}

Limits lock_limits(Tx& tx, base::OrganizationId id) {
  const auto row = tx.maybe_one(kLockLimits, id);
  return row ? limits(*row, 0) : Limits{};
}

std::vector<base::OrganizationId> erasable(Tx& tx, base::UtcTime before) {
  std::vector<base::OrganizationId> ids;
  for (const auto& row : tx.rows(kErasable, before)) ids.push_back(row.id<base::OrganizationId>(0));
  return ids;
}

void erase(Tx& tx, base::OrganizationId id) {
  tx.exec(kEraseInvitations, id);
  tx.exec(kEraseMembers, id);
  tx.exec(kEraseEnvironments, id);
  tx.exec(kEraseProjects, id);
  tx.exec(kEraseTokens, id);
  tx.exec(kEraseKeys, id);
  tx.exec(kMarkErased, id);
}

Usage usage(Tx& tx, base::OrganizationId id, base::UtcTime month) {
  const auto row = tx.one(kUsage, id, month);
  return {row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
}

}  // namespace organizations::store

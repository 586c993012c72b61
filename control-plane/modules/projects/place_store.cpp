#include "control-plane/modules/projects/place_store.hpp"

namespace projects::store {
namespace {

#define PROJECT_COLUMNS                                                                                                \
  "p.id, p.slug, p.name, (SELECT count(*) FROM apps a WHERE a.organization_id = p.organization_id AND a.project_id = " \
  "p.id), p.created_at, p.updated_at FROM projects p WHERE p.organization_id = $1 "
#define ENVIRONMENT_COLUMNS                                                                                            \
  "n.id, n.name, n.branch_patterns, (SELECT count(*) FROM app_environments e WHERE e.organization_id = "               \
  "n.organization_id AND e.environment_id = n.id), n.created_at FROM environments n WHERE n.organization_id = $1 AND " \
  "n.project_id = $2 "

const postgres::Statement kList{"projects.list_projects",
                                "SELECT " PROJECT_COLUMNS
                                "AND ($2::uuid[] IS NULL OR p.id = ANY ($2::uuid[])) ORDER BY p.slug"};
const postgres::Statement kFind{"projects.project_named",
                                "SELECT " PROJECT_COLUMNS "AND (p.slug = $2 OR p.id::text = $2)"};
const postgres::Statement kLock{"projects.lock_project",
                                "SELECT " PROJECT_COLUMNS "AND (p.slug = $2 OR p.id::text = $2) FOR UPDATE OF p"};
const postgres::Statement kInsert{"projects.insert_project",
                                  "INSERT INTO projects (id, organization_id, slug, name) VALUES ($1, $2, $3, $4) ON "
                                  "CONFLICT (organization_id, slug) "
                                  "DO NOTHING"};
const postgres::Statement kIsTaken{"projects.is_slug_taken",
                                   "SELECT 1 FROM projects WHERE organization_id = $1 AND slug = $2 AND id <> $3"};
const postgres::Statement kChange{"projects.change_project",
                                  "UPDATE projects SET slug = coalesce($3, slug), name = coalesce($4, name), "
                                  "updated_at = now() WHERE organization_id = "
                                  "$1 AND id = $2"};
const postgres::Statement kDeleteEnvironments{
    "projects.delete_environments", "DELETE FROM environments WHERE organization_id = $1 AND project_id = $2"};
const postgres::Statement kDelete{"projects.delete_project",
                                  "DELETE FROM projects WHERE organization_id = $1 AND id = $2"};
const postgres::Statement kEnvironments{"projects.environments", "SELECT " ENVIRONMENT_COLUMNS
                                                                 "ORDER BY n.name <> 'production', n.created_at, "
                                                                 "n.id"};
const postgres::Statement kFindEnvironment{"projects.environment_named",
                                           "SELECT " ENVIRONMENT_COLUMNS "AND (n.name = $3 OR n.id::text = $3)"};
const postgres::Statement kInsertEnvironment{
    "projects.insert_environment",
    "INSERT INTO environments (id, organization_id, project_id, name, branch_patterns) VALUES ($1, $2, $3, $4, "
    "$5::text[]) ON CONFLICT (organization_id, project_id, name) DO NOTHING"};
const postgres::Statement kSetPatterns{
    "projects.set_patterns",
    "UPDATE environments SET branch_patterns = $3::text[] WHERE organization_id = $1 AND id = $2"};
const postgres::Statement kDeleteOne{"projects.delete_one_environment",
                                     "DELETE FROM environments WHERE organization_id = $1 AND id = $2"};

Project project(const postgres::Row& row) {
  return {row.id<base::ProjectId>(0), row.text(1), row.text(2), row.integer(3), row.time(4), row.time(5)};
}

Environment environment(const postgres::Row& row) {
  return {row.id<base::EnvironmentId>(0), row.text(1), row.texts(2), row.integer(3), row.time(4)};
}

template <class T, class F>
std::optional<T> maybe(const std::optional<postgres::Row>& row, F read) {
  if (!row) return std::nullopt;
  return read(*row);
}

}  // namespace

std::vector<Project> list_projects(Tx& tx, base::OrganizationId organization,
                                   const std::optional<std::vector<std::string>>& visible) {
  std::vector<Project> all;
  const auto only = visible ? postgres::Param(*visible) : postgres::Param(std::nullopt);
  for (const auto& row : tx.rows(kList, organization, only)) all.push_back(project(row));
  return all;
}

std::optional<Project> project_named(Tx& tx, base::OrganizationId organization, const std::string& slug_or_id) {
  return maybe<Project>(tx.maybe_one(kFind, organization, slug_or_id), project);
}

std::optional<Project> lock_project(Tx& tx, base::OrganizationId organization, const std::string& slug_or_id) {
  return maybe<Project>(tx.maybe_one(kLock, organization, slug_or_id), project);
}

bool insert_project(Tx& tx, base::ProjectId id, base::OrganizationId organization, const std::string& slug,
                    const std::string& name) {
  return tx.exec(kInsert, id, organization, slug, name) == 1;
}

bool is_slug_taken(Tx& tx, base::OrganizationId organization, const std::string& slug,
                   base::ProjectId by_another_than) {
  return tx.maybe_one(kIsTaken, organization, slug, by_another_than).has_value();
}

void change_project(Tx& tx, base::OrganizationId organization, base::ProjectId id,
                    const std::optional<std::string>& slug, const std::optional<std::string>& name) {
  tx.exec(kChange, organization, id, slug, name);
}

void delete_project(Tx& tx, base::OrganizationId organization, base::ProjectId id) {
  tx.exec(kDeleteEnvironments, organization, id);
  tx.exec(kDelete, organization, id);
}

std::vector<Environment> environments(Tx& tx, base::OrganizationId organization, base::ProjectId in) {
  std::vector<Environment> all;
  for (const auto& row : tx.rows(kEnvironments, organization, in)) all.push_back(environment(row));
  return all;
}

std::optional<Environment> environment_named(Tx& tx, base::OrganizationId organization, base::ProjectId in,
                                             const std::string& name_or_id) {
  return maybe<Environment>(tx.maybe_one(kFindEnvironment, organization, in, name_or_id), environment);
}

bool insert_environment(Tx& tx, base::EnvironmentId id, base::OrganizationId organization, base::ProjectId in,
                        const std::string& name, const std::vector<std::string>& patterns) {
  return tx.exec(kInsertEnvironment, id, organization, in, name, patterns) == 1;
}

void set_patterns(Tx& tx, base::OrganizationId organization, base::EnvironmentId id,
                  const std::vector<std::string>& patterns) {
  tx.exec(kSetPatterns, organization, id, patterns);
}

void delete_environment(Tx& tx, base::OrganizationId organization, base::EnvironmentId id) {
  tx.exec(kDeleteOne, organization, id);
}

}  // namespace projects::store

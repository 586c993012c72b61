#include "control-plane/modules/projects/variable_store.hpp"

namespace projects::store {
namespace {

#define META_COLUMNS \
  "v.name, v.generation, v.build_time, v.run_time, v.expand, v.refers_to, v.fingerprint, v.updated_at"
#define SHARED_LEVEL "CASE WHEN v.environment_id IS NOT NULL THEN 3 WHEN v.project_id IS NOT NULL THEN 2 ELSE 1 END"

const postgres::Statement kOfApp{"projects.variables_of_app",
                                 "SELECT 4, v.app_environment_id, " META_COLUMNS
                                 " FROM variables v WHERE v.organization_id = $1 AND v.app_environment_id = $2 "
                                 "ORDER BY v.name"};
const postgres::Statement kOfScope{"projects.variables_of_scope",
                                   "SELECT " SHARED_LEVEL ", v.scope_id, " META_COLUMNS
                                   " FROM shared_variables v WHERE v.organization_id = $1 AND v.scope_id = $2 "
                                   "ORDER BY v.name"};
const postgres::Statement kSeenBy{
    "projects.variables_seen_by",
    "SELECT e.id, l.* FROM app_environments e JOIN apps a ON a.id = e.app_id JOIN LATERAL ("
    "SELECT 4 AS level, v.app_environment_id AS scope_id, " META_COLUMNS
    " FROM variables v WHERE v.app_environment_id = e.id "
    "UNION ALL SELECT " SHARED_LEVEL ", v.scope_id, " META_COLUMNS
    " FROM shared_variables v WHERE v.organization_id = e.organization_id AND v.scope_id IN (e.environment_id, "
    "a.project_id, e.organization_id)) l ON true WHERE e.id = ANY($1::uuid[]) ORDER BY e.id, l.name, l.level"};
const postgres::Statement kSealedOfApp{
    "projects.sealed_of_app",
    "SELECT name, value_sealed FROM variables WHERE organization_id = $1 AND app_environment_id = $2"};
const postgres::Statement kSealedOfScope{
    "projects.sealed_of_scope",
    "SELECT name, value_sealed FROM shared_variables WHERE organization_id = $1 AND scope_id = $2"};
const postgres::Statement kSealedSeenBy{
    "projects.sealed_seen_by",
    "SELECT app_environment_id || '/' || name, value_sealed FROM variables WHERE app_environment_id = $1 "
    "UNION ALL SELECT v.scope_id || '/' || v.name, v.value_sealed FROM app_environments e JOIN apps a ON a.id = "
    "e.app_id "
    "JOIN shared_variables v ON v.organization_id = e.organization_id AND v.scope_id IN (e.environment_id, "
    "a.project_id, "
    "e.organization_id) WHERE e.id = $1"};
const postgres::Statement kPutOfApp{
    "projects.put_variable",
    "INSERT INTO variables (organization_id, app_environment_id, name, value_sealed, generation, build_time, run_time, "
    "expand, refers_to, fingerprint) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
    "ON CONFLICT (app_environment_id, name) DO UPDATE SET value_sealed = excluded.value_sealed, generation = "
    "excluded.generation, build_time = excluded.build_time, run_time = excluded.run_time, expand = excluded.expand, "
    "refers_to = excluded.refers_to, fingerprint = excluded.fingerprint, updated_at = now()"};
const postgres::Statement kPutOfScope{
    "projects.put_shared_variable",
    "INSERT INTO shared_variables (organization_id, project_id, environment_id, name, value_sealed, generation, "
    "build_time, run_time, expand, refers_to, fingerprint) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (scope_id, name) DO UPDATE SET value_sealed = excluded.value_sealed, generation = "
    "excluded.generation, build_time = excluded.build_time, run_time = excluded.run_time, expand = excluded.expand, "
    "refers_to = excluded.refers_to, fingerprint = excluded.fingerprint, updated_at = now()"};
const postgres::Statement kEraseOfApp{
    "projects.erase_variable",
    "DELETE FROM variables WHERE organization_id = $1 AND app_environment_id = $2 AND name = $3"};
const postgres::Statement kEraseOfScope{
    "projects.erase_shared_variable",
    "DELETE FROM shared_variables WHERE organization_id = $1 AND scope_id = $2 AND name = $3"};
const postgres::Statement kLockSet{
    "projects.lock_variable_set",
    "INSERT INTO variable_sets AS s (organization_id, project_id, environment_id, app_environment_id, version, mac) "
    "VALUES ($1, $2, $3, $4, 1, decode(repeat('00', 32), 'hex')) ON CONFLICT (scope_id) DO UPDATE SET version = "
    "s.version + 1 RETURNING version - 1, mac"};
const postgres::Statement kPutSet{"projects.put_variable_set",
                                  "UPDATE variable_sets SET version = $2, mac = $3, updated_at = now() "
                                  "WHERE scope_id = $1"};
const postgres::Statement kFindSet{"projects.find_variable_set",
                                   "SELECT version, mac FROM variable_sets WHERE scope_id = $1"};
const postgres::Statement kFindProject{
    "projects.find_project_scope",
    "SELECT id, slug FROM projects WHERE organization_id = $1 AND (slug = $2 OR id::text = $2)"};
const postgres::Statement kFindEnvironment{
    "projects.find_environment_scope",
    "SELECT n.id, p.slug || '/' || n.name FROM environments n JOIN projects p ON p.id = n.project_id "
    "WHERE n.organization_id = $1 AND (p.slug = $2 OR p.id::text = $2) AND (n.name = $3 OR n.id::text = $3)"};
const postgres::Statement kScopesOf{
    "projects.scopes_of",
    "SELECT e.organization_id, o.slug, a.project_id, p.slug, e.environment_id, p.slug || '/' || n.name, e.id, a.name, "
    "a.id FROM app_environments e JOIN apps a ON a.id = e.app_id JOIN organizations o ON o.id = e.organization_id "
    "JOIN projects p ON p.id = a.project_id JOIN environments n ON n.id = e.environment_id WHERE e.id = $1"};
const postgres::Statement kNeighbour{
    "projects.neighbour",
    "SELECT other.id FROM app_environments mine JOIN apps a ON a.id = mine.app_id JOIN environments n ON n.id = "
    "mine.environment_id JOIN apps b ON b.organization_id = a.organization_id AND b.project_id = a.project_id AND "
    "b.name = $2 JOIN app_environments other ON other.app_id = b.id JOIN environments m ON m.id = other.environment_id "
    "AND m.name = n.name WHERE mine.id = $1 AND other.deleting_at IS NULL LIMIT 1"};
const postgres::Statement kAppsWithin{
    "projects.apps_within",
    "SELECT DISTINCT a.id FROM app_environments e JOIN apps a ON a.id = e.app_id WHERE e.organization_id = $1 AND "
    "($2 IN (e.organization_id::text, a.project_id::text, e.environment_id::text, e.id::text)) ORDER BY a.id"};

const postgres::Statement kServedAt{"projects.served_at", "SELECT host, port FROM app_environments WHERE id = $1"};

VariableMeta meta(const postgres::Row& row, std::size_t first) {
  VariableMeta found;
  found.level = static_cast<Level>(row.integer(first));
  found.scope = row.uuid(first + 1);
  found.name = row.text(first + 2);
  found.generation = row.integer(first + 3);
  found.build_time = row.boolean(first + 4);
  found.run_time = row.boolean(first + 5);
  found.expand = row.boolean(first + 6);
  found.refers_to = row.texts(first + 7);
  found.fingerprint = row.maybe_text(first + 8);
  found.updated_at = row.time(first + 9);
  return found;
}

std::optional<base::Uuid> id_if(const Scope& scope, Level level) {
  return scope.level == level ? std::optional(scope.id) : std::nullopt;
}

}  // namespace

std::vector<VariableMeta> metas(Tx& tx, const Scope& scope) {
  std::vector<VariableMeta> found;
  const auto& statement = scope.level == Level::app ? kOfApp : kOfScope;
  for (const auto& row : tx.rows(statement, scope.organization, scope.id)) found.push_back(meta(row, 0));
  return found;
}

std::map<base::AppEnvironmentId, std::vector<VariableMeta>> seen_by(Tx& tx,
                                                                    const std::vector<std::string>& environments) {
  std::map<base::AppEnvironmentId, std::vector<VariableMeta>> found;
  for (const auto& row : tx.rows(kSeenBy, environments))
    found[row.id<base::AppEnvironmentId>(0)].push_back(meta(row, 1));
  return found;
}

std::vector<VariableMeta> seen_by(Tx& tx, base::AppEnvironmentId environment) {
  return seen_by(tx, std::vector<std::string>{environment.to_string()})[environment];
}

std::map<std::string, std::string> sealed_of(Tx& tx, const Scope& scope) {
  std::map<std::string, std::string> found;
  const auto& statement = scope.level == Level::app ? kSealedOfApp : kSealedOfScope;
  for (const auto& row : tx.rows(statement, scope.organization, scope.id)) found[row.text(0)] = row.text(1);
  return found;
}

std::map<std::string, std::string> sealed_seen_by(Tx& tx, base::AppEnvironmentId environment) {
  std::map<std::string, std::string> found;
  for (const auto& row : tx.rows(kSealedSeenBy, environment)) found[row.text(0)] = row.text(1);
  return found;
}

void put(Tx& tx, const Scope& scope, const SealedVariable& variable) {
  const auto& m = variable.meta;
  if (scope.level == Level::app) {
    tx.exec(kPutOfApp, scope.organization, scope.id, m.name, variable.value_sealed, m.generation, m.build_time,
            m.run_time, m.expand, m.refers_to, m.fingerprint);
    return;
  }
  tx.exec(kPutOfScope, scope.organization, id_if(scope, Level::project), id_if(scope, Level::environment), m.name,
          variable.value_sealed, m.generation, m.build_time, m.run_time, m.expand, m.refers_to, m.fingerprint);
}

bool erase(Tx& tx, const Scope& scope, const std::string& name) {
  return tx.exec(scope.level == Level::app ? kEraseOfApp : kEraseOfScope, scope.organization, scope.id, name) == 1;
}

SetMac lock_set(Tx& tx, const Scope& scope) {
  const auto row = tx.one(kLockSet, scope.organization, id_if(scope, Level::project), id_if(scope, Level::environment),
                          id_if(scope, Level::app));
  return {row.integer(0), row.bytes(1)};
}

void put_set(Tx& tx, const Scope& scope, const SetMac& set) {
  tx.exec(kPutSet, scope.id, set.version, postgres::bytes(set.mac));
}

std::optional<SetMac> find_set(Tx& tx, const base::Uuid& scope) {
  const auto row = tx.maybe_one(kFindSet, scope);
  if (!row) return std::nullopt;
  return SetMac{row->integer(0), row->bytes(1)};
}

std::optional<Scope> find_project(Tx& tx, base::OrganizationId organization, const std::string& project) {
  const auto row = tx.maybe_one(kFindProject, organization, project);
  if (!row) return std::nullopt;
  return Scope{Level::project, organization, row->uuid(0), row->text(1), {}};
}

std::optional<Scope> find_environment(Tx& tx, base::OrganizationId organization, const std::string& project,
                                      const std::string& environment) {
  const auto row = tx.maybe_one(kFindEnvironment, organization, project, environment);
  if (!row) return std::nullopt;
  return Scope{Level::environment, organization, row->uuid(0), row->text(1), {}};
}

std::vector<Scope> scopes_of(Tx& tx, base::AppEnvironmentId environment) {
  const auto row = tx.one(kScopesOf, environment);
  const auto organization = row.id<base::OrganizationId>(0);
  return {{Level::organization, organization, row.uuid(0), row.text(1), {}},
          {Level::project, organization, row.uuid(2), row.text(3), {}},
          {Level::environment, organization, row.uuid(4), row.text(5), {}},
          {Level::app, organization, row.uuid(6), row.text(7), row.id<base::AppId>(8)}};
}

std::optional<base::AppEnvironmentId> neighbour(Tx& tx, base::AppEnvironmentId of, const std::string& app) {
  const auto row = tx.maybe_one(kNeighbour, of, app);
  if (!row) return std::nullopt;
  return row->id<base::AppEnvironmentId>(0);
}

Served served_at(Tx& tx, base::AppEnvironmentId environment) {
  const auto row = tx.one(kServedAt, environment);
  return {row.text(0), static_cast<int>(row.integer(1))};
}

std::vector<base::AppId> apps_within(Tx& tx, const Scope& scope) {
  std::vector<base::AppId> found;
  for (const auto& row : tx.rows(kAppsWithin, scope.organization, scope.id.to_string()))
    found.push_back(row.id<base::AppId>(0));
  return found;
}

}  // namespace projects::store

#include "control-plane/modules/projects/store.hpp"

#include <array>

namespace projects::store {
namespace {

#define APP_ENVIRONMENT_COLUMNS                                                                                       \
  "e.id, e.organization_id, o.slug, e.app_id, a.name, p.slug, n.name, e.host, e.git_url, e.branch, e.containerfile, " \
  "e.port, "                                                                                                          \
  "e.health_path, e.desired_replicas, e.cpu_millis, e.memory_bytes, e.pids, e.stopped, e.deleting_at, "               \
  "e.automatic_deploys_paused, e.current_release_id, e.target_release_id, e.version, e.created_at, e.updated_at, "    \
  "e.disk_bytes, e.read_only, e.requests_per_minute, e.request_burst, e.static_directory, "                           \
  "e.build_image, e.install_command, e.build_command, e.start_command "
#define APP_ENVIRONMENT_TABLES                                                                               \
  "FROM app_environments e JOIN apps a ON a.id = e.app_id JOIN organizations o ON o.id = e.organization_id " \
  "JOIN projects p ON p.id = a.project_id JOIN environments n ON n.id = e.environment_id "

const postgres::Statement kEnsureProject{
    "projects.ensure_project",
    "INSERT INTO projects (id, organization_id, slug, name) VALUES ($1, $2, 'default', 'Default') "
    "ON CONFLICT (organization_id, slug) DO UPDATE SET slug = excluded.slug RETURNING id"};
const postgres::Statement kEnsureEnvironment{
    "projects.ensure_environment",
    "INSERT INTO environments (id, organization_id, project_id, name) VALUES ($1, $2, $3, 'production') "
    "ON CONFLICT (organization_id, project_id, name) DO UPDATE SET name = excluded.name RETURNING id"};
const postgres::Statement kFindPlace{
    "projects.find_place",
    "SELECT p.id, n.id FROM projects p JOIN environments n ON n.organization_id = p.organization_id AND n.project_id = "
    "p.id AND n.name = 'production' WHERE p.organization_id = $1 AND (p.slug = $2 OR p.id::text = $2) FOR SHARE OF p"};
const postgres::Statement kInsertApp{"projects.insert_app",
                                     "INSERT INTO apps (id, organization_id, project_id, name) VALUES ($1, $2, $3, $4) "
                                     "ON CONFLICT (organization_id, name) DO NOTHING"};
const postgres::Statement kInsertAppEnvironment{
    "projects.insert_app_environment",
    "INSERT INTO app_environments (id, organization_id, app_id, environment_id, host, git_url, branch, containerfile, "
    "port, health_path, static_directory, build_image, install_command, build_command, start_command) VALUES ($1, $2, "
    "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (host) DO NOTHING"};
const postgres::Statement kFind{"projects.find",
                                "SELECT " APP_ENVIRONMENT_COLUMNS APP_ENVIRONMENT_TABLES
                                "WHERE e.organization_id = $1 AND (a.name = $2 OR a.id::text = $2) AND n.name = $3"};
const postgres::Statement kOfApp{"projects.of_app",
                                 "SELECT " APP_ENVIRONMENT_COLUMNS APP_ENVIRONMENT_TABLES
                                 "WHERE e.organization_id = $1 AND e.app_id = $2 ORDER BY n.name <> 'production', "
                                 "n.created_at, n.id"};
const postgres::Statement kProjectOf{"projects.project_of",
                                     "SELECT project_id FROM apps WHERE organization_id = $1 AND id = $2"};
const postgres::Statement kList{
    "projects.list", "SELECT " APP_ENVIRONMENT_COLUMNS APP_ENVIRONMENT_TABLES
                     "WHERE e.organization_id = $1 AND a.name > $2 AND n.name = 'production' AND ($4::uuid[] "
                     "IS NULL OR a.project_id = ANY ($4::uuid[])) ORDER BY a.name LIMIT $3"};
const postgres::Statement kNames{
    "projects.names",
    "SELECT e.id, a.name FROM app_environments e JOIN apps a ON a.id = e.app_id JOIN environments n ON n.id = "
    "e.environment_id WHERE e.organization_id = $1 AND a.name > $2 AND n.name = 'production' AND ($4::text[] IS NULL "
    "OR "
    "a.name = ANY ($4::text[])) AND ($5::uuid[] IS NULL OR a.project_id = ANY ($5::uuid[])) ORDER BY a.name LIMIT $3"};
const postgres::Statement kLock{
    "projects.lock", "SELECT " APP_ENVIRONMENT_COLUMNS APP_ENVIRONMENT_TABLES "WHERE e.id = $1 FOR UPDATE OF e"};
const postgres::Statement kSetSource{"projects.set_source",
                                     "UPDATE app_environments SET git_url = $2, branch = $3, containerfile = $4, "
                                     "static_directory = $5, build_image = $6, "
                                     "install_command = $7, build_command = $8, start_command = $9 WHERE id = $1"};
const postgres::Statement kUpdateSettings{
    "projects.update_settings",
    "UPDATE app_environments SET "
    "health_path = coalesce($2, health_path), port = coalesce($3::integer, port), "
    "desired_replicas = coalesce($4::integer, desired_replicas), cpu_millis = coalesce($5::integer, cpu_millis), "
    "memory_bytes = coalesce($6::bigint, memory_bytes), pids = coalesce($7::integer, pids), "
    "disk_bytes = coalesce($8::bigint, disk_bytes), read_only = coalesce($9::boolean, read_only), "
    "requests_per_minute = coalesce($10::integer, requests_per_minute), "
    "request_burst = coalesce($11::integer, request_burst), version = version + 1, updated_at = now() WHERE id = $1"};
const postgres::Statement kSetStopped{
    "projects.set_stopped",
    "UPDATE app_environments SET stopped = $2, version = version + 1, updated_at = now() WHERE id = $1"};
const postgres::Statement kSetDeleting{
    "projects.set_deleting",
    "UPDATE app_environments SET deleting_at = least(coalesce(deleting_at, $2), $2::timestamptz), version = "
    "version + 1, updated_at = now() WHERE id = $1"};
const postgres::Statement kUndoDeletion{
    "projects.undo_deletion",
    "UPDATE app_environments SET deleting_at = NULL, version = version + 1, updated_at = now() WHERE id = $1"};
const postgres::Statement kSetReleases{"projects.set_releases",
                                       "UPDATE app_environments SET current_release_id = $2, target_release_id = $3, "
                                       "version = version + 1, updated_at = now() "
                                       "WHERE id = $1"};
const postgres::Statement kSetPaused{"projects.set_paused",
                                     "UPDATE app_environments SET automatic_deploys_paused = $2, version = version + "
                                     "1, updated_at = now() WHERE id = $1"};
const postgres::Statement kDeleteEnvironment{"projects.delete_environment",
                                             "DELETE FROM app_environments WHERE id = $1"};
const postgres::Statement kDeleteApp{"projects.delete_app",
                                     "DELETE FROM apps WHERE id = $1 AND organization_id = $2 AND NOT EXISTS (SELECT 1 "
                                     "FROM app_environments WHERE app_id = $1)"};
const postgres::Statement kTakeDeploymentNumber{
    "projects.take_deployment_number",
    "UPDATE app_environments SET next_deployment_number = next_deployment_number + 1 WHERE id = $1 "
    "RETURNING next_deployment_number - 1"};
const postgres::Statement kTakeReleaseNumber{"projects.take_release_number",
                                             "UPDATE app_environments SET next_release_number = next_release_number + "
                                             "1 WHERE id = $1 RETURNING next_release_number - 1"};
const postgres::Statement kWake{
    "projects.wake",
    "UPDATE app_environments SET reconcile_at = least(coalesce(reconcile_at, $2), $2::timestamptz) WHERE id = $1"};
const postgres::Statement kWakeAll{
    "projects.wake_all",
    "UPDATE app_environments SET reconcile_at = least(coalesce(reconcile_at, $1), $1::timestamptz)"};
const postgres::Statement kSetNextCheck{"projects.set_next_check",
                                        "UPDATE app_environments SET reconcile_at = $2 WHERE id = $1"};
const postgres::Statement kDue{
    "projects.due", "SELECT id FROM app_environments WHERE reconcile_at <= $1 ORDER BY reconcile_at LIMIT $2"};
const postgres::Statement kNextDue{"projects.next_due",
                                   "SELECT min(reconcile_at) FROM app_environments WHERE reconcile_at IS NOT NULL"};
std::optional<text::BuildCommands> commands(const postgres::Row& row) {
  // A program of before it had commands sets the others and leaves these as they were.
  if (row.is_null(30) || !row.is_null(10) || !row.is_null(29)) return std::nullopt;
  return text::BuildCommands{row.text(30), row.maybe_text(31), row.maybe_text(32), row.text_or(33, "")};
}

/// Its columns: image, install, build and start command.
std::array<std::optional<std::string>, 4> columns(const std::optional<text::BuildCommands>& commands) {
  if (!commands) return {};
  return {commands->image, commands->install_command, commands->build_command, commands->start_command};
}

AppEnvironment app_environment(const postgres::Row& row) {
  AppEnvironment env;
  env.id = row.id<base::AppEnvironmentId>(0);
  env.organization = row.id<base::OrganizationId>(1);
  env.organization_slug = row.text(2);
  env.app = row.id<base::AppId>(3);
  env.app_name = row.text(4);
  env.project = row.text(5);
  env.environment = row.text(6);
  env.host = row.text(7);
  env.source = Source{row.text(8), row.text(9), row.maybe_text(10), row.maybe_text(29), commands(row)};
  env.port = static_cast<int>(row.integer(11));
  env.health_path = row.text(12);
  env.desired_replicas = static_cast<int>(row.integer(13));
  env.resources = Resources{static_cast<int>(row.integer(14)), row.integer(15), static_cast<int>(row.integer(16)),
                            row.integer(25), row.boolean(26)};
  env.request_limit = RequestLimit{static_cast<int>(row.integer(27)), static_cast<int>(row.integer(28))};
  env.stopped = row.boolean(17);
  env.deleting_at = row.maybe_time(18);
  env.automatic_deploys_paused = row.boolean(19);
  env.current_release = row.maybe_id<base::ReleaseId>(20);
  env.target_release = row.maybe_id<base::ReleaseId>(21);
  env.version = row.integer(22);
  env.created_at = row.time(23);
  env.updated_at = row.time(24);
  return env;
}

std::optional<AppEnvironment> maybe(const std::optional<postgres::Row>& row) {
  if (!row) return std::nullopt;
  return app_environment(*row);
}

}  // namespace

Place ensure_default_place(Tx& tx, base::OrganizationId organization, const base::Clock& clock) {
  Place place;
  place.project = tx.one(kEnsureProject, base::ProjectId::make(clock), organization).id<base::ProjectId>(0);
  place.environment = tx.one(kEnsureEnvironment, base::EnvironmentId::make(clock), organization, place.project)
                          .id<base::EnvironmentId>(0);
  return place;
}

std::optional<Place> find_place(Tx& tx, base::OrganizationId organization, const std::string& project) {
  const auto row = tx.maybe_one(kFindPlace, organization, project);
  if (!row) return std::nullopt;
  return Place{row->id<base::ProjectId>(0), row->id<base::EnvironmentId>(1)};
}

bool insert_app(Tx& tx, base::AppId id, base::OrganizationId organization, base::ProjectId project,
                const std::string& name) {
  return tx.exec(kInsertApp, id, organization, project, name) == 1;
}

bool insert_app_environment(Tx& tx, base::AppEnvironmentId id, base::OrganizationId organization, base::AppId app,
                            base::EnvironmentId environment, const std::string& host, const NewApp& app_source) {
  const auto [image, install, build, start] = columns(app_source.source.commands);
  return tx.exec(kInsertAppEnvironment, id, organization, app, environment, host, app_source.source.git_url,
                 app_source.source.branch, app_source.source.containerfile, app_source.port, app_source.health_path,
                 app_source.source.static_directory, image, install, build, start) == 1;
}

std::optional<AppEnvironment> find(Tx& tx, base::OrganizationId organization, const AppRef& ref) {
  return maybe(tx.maybe_one(kFind, organization, ref.app, ref.environment));
}

std::vector<AppEnvironment> of_app(Tx& tx, base::OrganizationId organization, base::AppId app) {
  std::vector<AppEnvironment> found;
  for (const auto& row : tx.rows(kOfApp, organization, app)) found.push_back(app_environment(row));
  return found;
}

std::optional<base::ProjectId> project_of(Tx& tx, base::OrganizationId organization, base::AppId app) {
  const auto row = tx.maybe_one(kProjectOf, organization, app);
  if (!row) return std::nullopt;
  return row->id<base::ProjectId>(0);
}

std::vector<AppEnvironment> list(Tx& tx, base::OrganizationId organization, const std::string& after_name, int limit,
                                 const std::optional<std::vector<std::string>>& visible) {
  const auto only = visible ? postgres::Param(*visible) : postgres::Param(std::nullopt);
  std::vector<AppEnvironment> found;
  for (const auto& row : tx.rows(kList, organization, after_name, limit, only)) found.push_back(app_environment(row));
  return found;
}

std::vector<AppName> names(Tx& tx, base::OrganizationId organization, const std::string& after_name, int limit,
                           const std::optional<std::vector<std::string>>& named,
                           const std::optional<std::vector<std::string>>& visible) {
  const auto these = named ? postgres::Param(*named) : postgres::Param(std::nullopt);
  const auto only = visible ? postgres::Param(*visible) : postgres::Param(std::nullopt);
  std::vector<AppName> found;
  for (const auto& row : tx.rows(kNames, organization, after_name, limit, these, only)) {
    found.push_back({row.id<base::AppEnvironmentId>(0), row.text(1)});
  }
  return found;
}

std::optional<AppEnvironment> lock(Tx& tx, base::AppEnvironmentId id) {
  return maybe(tx.maybe_one(kLock, id));
}

void set_source(Tx& tx, base::AppEnvironmentId id, const Source& source) {
  const auto [image, install, build, start] = columns(source.commands);
  tx.exec(kSetSource, id, source.git_url, source.branch, source.containerfile, source.static_directory, image, install,
          build, start);
}

void update_settings(Tx& tx, base::AppEnvironmentId id, const AppChange& change) {
  tx.exec(kUpdateSettings, id, change.health_path, change.port, change.desired_replicas, change.cpu_millis,
          change.memory_bytes, change.pids, change.disk_bytes, change.read_only, change.requests_per_minute,
          change.request_burst);
}

void set_stopped(Tx& tx, base::AppEnvironmentId id, bool stopped) {
  tx.exec(kSetStopped, id, stopped);
}
void set_deleting(Tx& tx, base::AppEnvironmentId id, base::UtcTime at) {
  tx.exec(kSetDeleting, id, at);
}

void undo_deletion(Tx& tx, base::AppEnvironmentId id) {
  tx.exec(kUndoDeletion, id);
}

void set_releases(Tx& tx, base::AppEnvironmentId id, std::optional<base::ReleaseId> current,
                  std::optional<base::ReleaseId> target) {
  tx.exec(kSetReleases, id, current, target);
}

void set_paused(Tx& tx, base::AppEnvironmentId id, bool paused) {
  tx.exec(kSetPaused, id, paused);
}

void erase(Tx& tx, base::OrganizationId organization, base::AppId app, base::AppEnvironmentId id) {
  tx.exec(kDeleteEnvironment, id);
  tx.exec(kDeleteApp, app, organization);
}

std::int64_t take_deployment_number(Tx& tx, base::AppEnvironmentId id) {
  return tx.one(kTakeDeploymentNumber, id).integer(0);
}
std::int64_t take_release_number(Tx& tx, base::AppEnvironmentId id) {
  return tx.one(kTakeReleaseNumber, id).integer(0);
}

void wake(Tx& tx, base::AppEnvironmentId id, base::UtcTime at) {
  tx.exec(kWake, id, at);
}
void wake_all(Tx& tx, base::UtcTime at) {
  tx.exec(kWakeAll, at);
}
void set_next_check(Tx& tx, base::AppEnvironmentId id, std::optional<base::UtcTime> at) {
  tx.exec(kSetNextCheck, id, at);
}

std::vector<base::AppEnvironmentId> due(Tx& tx, base::UtcTime now, int limit) {
  std::vector<base::AppEnvironmentId> ids;
  for (const auto& row : tx.rows(kDue, now, limit)) ids.push_back(row.id<base::AppEnvironmentId>(0));
  return ids;
}

std::optional<base::UtcTime> next_due(Tx& tx) {
  return tx.one(kNextDue).maybe_time(0);
}

}  // namespace projects::store

#include "control-plane/modules/deployments/store.hpp"

namespace deployments::store {
namespace {

#define DEPLOYMENT_COLUMNS                                                                                             \
  "d.id, d.organization_id, d.app_environment_id, e.app_id, a.name || CASE n.name WHEN 'production' THEN '' ELSE '@' " \
  "|| n.name END, d.number, d.trigger, d.state, d.git_url, "                                                           \
  "d.branch, "                                                                                                         \
  "d.commit_id, d.commit_message, d.copies_release_id, c.number, d.image_digest, d.image_repository, d.release_id, "   \
  "r.number, "                                                                                                         \
  "d.cancel_requested, d.failure_step, d.failure_code, d.failure_message, d.failure_exit_code, d.failure_lines, "      \
  "d.failure_hint, "                                                                                                   \
  "d.status_text, d.created_by, d.created_at, d.building_at, d.built_at, d.releasing_at, d.live_at, d.finished_at, "   \
  "d.content_hash, d.containerfile, d.static_directory, d.build_image, d.install_command, d.build_command, "           \
  "d.start_command "                                                                                                   \
  "FROM deployments d JOIN app_environments e ON e.id = d.app_environment_id JOIN apps a ON a.id = e.app_id "          \
  "JOIN environments n ON n.id = e.environment_id "                                                                    \
  "LEFT JOIN releases c ON c.id = d.copies_release_id LEFT JOIN releases r ON r.id = d.release_id "
#define RELEASE_COLUMNS                                                                                     \
  "id, deployment_id, number, image_repository, image_digest, commit_id, port, health_path, cpu_millis, "   \
  "memory_bytes, "                                                                                          \
  "pids, created_at, "                                                                                      \
  "EXISTS (SELECT 1 FROM release_images i WHERE i.release_id = releases.id AND i.pinned), "                 \
  "EXISTS (SELECT 1 FROM release_images i WHERE i.release_id = releases.id AND i.removed_at IS NOT NULL), " \
  "disk_bytes, read_only, content_hash "                                                                    \
  "FROM releases "

const postgres::Statement kInsert{
    "deployments.insert",
    "INSERT INTO deployments (id, organization_id, app_environment_id, number, trigger, git_url, branch, "
    "containerfile, commit_id, copies_release_id, status_text, created_by, static_directory, build_image, "
    "install_command, build_command, start_command, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
    "$12, $13, $14, $15, $16, $17, $18)"};
const postgres::Statement kFind{"deployments.find",
                                "SELECT " DEPLOYMENT_COLUMNS "WHERE d.organization_id = $1 AND d.id = $2"};
const postgres::Statement kList{"deployments.list",
                                "SELECT " DEPLOYMENT_COLUMNS
                                "WHERE d.app_environment_id = $1 AND d.number < $2 ORDER BY d.number DESC LIMIT $3"};
const postgres::Statement kListAll{
    "deployments.list_all", "SELECT " DEPLOYMENT_COLUMNS
                            "WHERE d.organization_id = $1 AND d.id < coalesce($2::uuid, "
                            "'ffffffff-ffff-ffff-ffff-ffffffffffff') AND ($4::uuid[] IS NULL OR a.project_id = ANY "
                            "($4::uuid[])) ORDER BY d.id DESC LIMIT $3"};
const postgres::Statement kUnfinished{
    "deployments.unfinished",
    "SELECT " DEPLOYMENT_COLUMNS
    "WHERE d.app_environment_id = $1 AND d.state IN ('queued', 'building', 'built', 'releasing') ORDER BY d.number"};
const postgres::Statement kLatest{
    "deployments.latest", "SELECT " DEPLOYMENT_COLUMNS
                          "WHERE d.app_environment_id = ANY($1::uuid[]) AND d.number = e.next_deployment_number - 1"};
const postgres::Statement kSetState{"deployments.set_state",
                                    "UPDATE deployments SET state = $3, status_text = $4, building_at = CASE WHEN $3 = "
                                    "'building' THEN $5 ELSE building_at END, "
                                    "built_at = CASE WHEN $3 = 'built' THEN $5 ELSE built_at END, "
                                    "releasing_at = CASE WHEN $3 = 'releasing' THEN $5 ELSE releasing_at END, "
                                    "live_at = CASE WHEN $3 = 'live' THEN $5 ELSE live_at END, "
                                    "finished_at = CASE WHEN $3 IN ('live', 'cancelled', 'superseded') THEN "
                                    "coalesce(finished_at, $5::timestamptz) ELSE finished_at END "
                                    "WHERE id = $1 AND state = $2"};
const postgres::Statement kSetFailure{
    "deployments.set_failure",
    "UPDATE deployments SET state = 'failed', failure_step = $3, failure_code = $4, failure_message = $5, "
    "failure_exit_code = $6, "
    "failure_lines = $7::text[], failure_hint = $8, status_text = $9, finished_at = $10 WHERE id = $1 AND state = $2"};
const postgres::Statement kSetBuilt{"deployments.set_built",
                                    "UPDATE deployments SET commit_id = $2, commit_message = $3, image_repository = "
                                    "$4, image_digest = $5, content_hash = $6 WHERE id = $1 "
                                    "AND state IN ('queued', 'building')"};
const postgres::Statement kSetRelease{"deployments.set_release",
                                      "UPDATE deployments SET release_id = $2 WHERE id = $1"};
const postgres::Statement kSetStatusText{"deployments.set_status_text",
                                         "UPDATE deployments SET status_text = $2 WHERE id = $1 AND status_text <> $2"};
const postgres::Statement kRequestCancel{"deployments.request_cancel",
                                         "UPDATE deployments SET cancel_requested = true WHERE id = $1"};
const postgres::Statement kSupersedeLive{"deployments.supersede_live",
                                         "UPDATE deployments SET state = 'superseded', status_text = 'A newer "
                                         "deployment is live.' WHERE app_environment_id = $1 "
                                         "AND state = 'live' AND id <> $2"};
const postgres::Statement kInsertRelease{
    "deployments.insert_release",
    "INSERT INTO releases (id, organization_id, app_environment_id, "
    "deployment_id, number, image_repository, image_digest, commit_id, "
    "port, health_path, cpu_millis, memory_bytes, pids, disk_bytes, read_only, content_hash) VALUES ($1, $2, $3, $4, "
    "$5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"};
const postgres::Statement kFindRelease{"deployments.find_release", "SELECT " RELEASE_COLUMNS "WHERE id = $1"};
const postgres::Statement kFindReleaseNumber{"deployments.find_release_number",
                                             "SELECT " RELEASE_COLUMNS "WHERE app_environment_id = $1 AND number = $2"};
const postgres::Statement kReleasesOf{"deployments.releases_of",
                                      "SELECT " RELEASE_COLUMNS "WHERE id = ANY($1::uuid[])"};
const postgres::Statement kReleaseBefore{
    "deployments.release_before",
    "SELECT " RELEASE_COLUMNS
    "WHERE app_environment_id = $1 AND number < $2 AND EXISTS (SELECT 1 FROM deployments d "
    "WHERE d.id = releases.deployment_id AND d.live_at IS NOT NULL) ORDER BY number DESC LIMIT 1"};
const postgres::Statement kPin{"deployments.pin",
                               "INSERT INTO release_images (release_id, organization_id, app_environment_id, pinned) "
                               "SELECT id, organization_id, app_environment_id, $3::boolean FROM releases WHERE "
                               "app_environment_id = $1 AND number = $2 "
                               "ON CONFLICT (release_id) DO UPDATE SET pinned = excluded.pinned"};
const postgres::Statement kReleases{"deployments.releases",
                                    "SELECT " RELEASE_COLUMNS
                                    "WHERE app_environment_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3"};
const postgres::Statement kInsertVariable{"deployments.insert_variable",
                                          "INSERT INTO release_variables (organization_id, release_id, name, "
                                          "value_sealed, generation, build_time, run_time, fingerprint) "
                                          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
const postgres::Statement kVariables{"deployments.variables",
                                     "SELECT name, value_sealed, generation, build_time, run_time, fingerprint FROM "
                                     "release_variables WHERE release_id = "
                                     "$1 ORDER BY name"};
const postgres::Statement kLiveAt{
    "deployments.live_at",
    "SELECT r.id, r.number, d.number, r.commit_id, r.image_digest, d.live_at FROM deployments d JOIN releases r ON "
    "r.id "
    "= d.release_id WHERE d.app_environment_id = $1 AND d.live_at <= $2 ORDER BY d.live_at DESC LIMIT 1"};
const postgres::Statement kLiveGenerations{
    "deployments.live_generations",
    "SELECT e.id, r.name, r.generation FROM app_environments e JOIN release_variables r ON r.release_id = "
    "e.current_release_id WHERE e.id = ANY($1::uuid[])"};
const postgres::Statement kActiveRollout{
    "deployments.active_rollout",
    "SELECT id, deployment_id, from_release_id, to_release_id, progress_deadline, version FROM rollouts "
    "WHERE app_environment_id = $1 AND state = 'active'"};
const postgres::Statement kInsertRollout{"deployments.insert_rollout",
                                         "INSERT INTO rollouts (id, organization_id, app_environment_id, "
                                         "deployment_id, from_release_id, to_release_id, progress_deadline) "
                                         "VALUES ($1, $2, $3, $4, $5, $6, $7)"};
const postgres::Statement kEndRollout{"deployments.end_rollout",
                                      "UPDATE rollouts SET state = $3, step = $3, finished_at = $4, version = version "
                                      "+ 1 WHERE id = $1 AND version = $2 AND state = 'active'"};
const postgres::Statement kRenewDeadline{
    "deployments.renew_deadline",
    "UPDATE rollouts SET progress_deadline = $3, version = version + 1 WHERE id = $1 AND version = $2 AND state = "
    "'active'"};
const postgres::Statement kHoldings{
    "deployments.holdings",
    "SELECT (SELECT count(*) FROM replicas WHERE app_environment_id = $1 AND removed_at IS NULL), "
    "(SELECT count(*) FROM deployments WHERE app_environment_id = $1), "
    "(SELECT count(*) FROM releases WHERE app_environment_id = $1), "
    "(SELECT count(*) FROM variables WHERE app_environment_id = $1), "
    "(SELECT coalesce(sum(l.bytes), 0)::bigint FROM deployment_logs l JOIN deployments d ON d.id = l.deployment_id "
    "WHERE d.app_environment_id = $1)"};

std::optional<Failure> failure(const postgres::Row& row) {
  if (row.is_null(19)) return std::nullopt;
  Failure found;
  found.step = row.text(19);
  found.code = row.text_or(20, "");
  found.message = row.text_or(21, "");
  if (const auto code = row.maybe_integer(22)) found.exit_code = static_cast<int>(*code);
  if (!row.is_null(23)) found.last_lines = row.texts(23);
  found.hint = row.text_or(24, "");
  return found;
}

Deployment deployment(const postgres::Row& row) {
  Deployment d;
  d.id = row.id<base::DeploymentId>(0);
  d.organization = row.id<base::OrganizationId>(1);
  d.app_environment = row.id<base::AppEnvironmentId>(2);
  d.app = row.id<base::AppId>(3);
  d.app_name = row.text(4);
  d.number = row.integer(5);
  d.trigger = row.text(6);
  d.state = parse_state(row.text(7));
  d.git_url = row.text(8);
  d.branch = row.text(9);
  d.commit = row.maybe_text(10);
  d.commit_message = row.maybe_text(11);
  d.copies_release = row.maybe_id<base::ReleaseId>(12);
  d.copies_release_number = row.maybe_integer(13);
  d.image_digest = row.maybe_text(14);
  d.image_repository = row.maybe_text(15);
  d.release = row.maybe_id<base::ReleaseId>(16);
  d.release_number = row.maybe_integer(17);
  d.cancel_requested = row.boolean(18);
  d.failure = failure(row);
  d.status_text = row.text(25);
  d.created_by = row.text(26);
  d.created_at = row.time(27);
  d.building_at = row.maybe_time(28);
  d.built_at = row.maybe_time(29);
  d.releasing_at = row.maybe_time(30);
  d.live_at = row.maybe_time(31);
  d.finished_at = row.maybe_time(32);
  d.content_hash = row.maybe_text(33);
  d.containerfile = row.maybe_text(34);
  d.static_directory = row.maybe_text(35);
  if (!row.is_null(36)) {
    d.commands = text::BuildCommands{row.text(36), row.maybe_text(37), row.maybe_text(38), row.text_or(39, "")};
  }
  return d;
}

std::vector<Deployment> all(const std::vector<postgres::Row>& rows) {
  std::vector<Deployment> found;
  found.reserve(rows.size());
  for (const auto& row : rows) found.push_back(deployment(row));
  return found;
}

Release release(const postgres::Row& row) {
  return Release{row.id<base::ReleaseId>(0),
                 row.id<base::DeploymentId>(1),
                 row.integer(2),
                 row.text(3),
                 row.text(4),
                 row.maybe_text(5),
                 static_cast<int>(row.integer(6)),
                 row.text(7),
                 static_cast<int>(row.integer(8)),
                 row.integer(9),
                 static_cast<int>(row.integer(10)),
                 row.integer(14),
                 row.boolean(15),
                 row.time(11),
                 row.boolean(12),
                 row.boolean(13),
                 row.maybe_text(16)};
}

std::optional<Release> maybe(const std::optional<postgres::Row>& row) {
  if (!row) return std::nullopt;
  return release(*row);
}

}  // namespace

void insert(Tx& tx, const Deployment& d) {
  std::optional<std::string> image;
  std::optional<std::string> start;
  if (d.commands) image = d.commands->image;
  if (d.commands) start = d.commands->start_command;
  tx.exec(kInsert, d.id, d.organization, d.app_environment, d.number, d.trigger, d.git_url, d.branch, d.containerfile,
          d.commit, d.copies_release, d.status_text, d.created_by, d.static_directory, image,
          d.commands ? d.commands->install_command : std::nullopt,
          d.commands ? d.commands->build_command : std::nullopt, start, d.created_at);
}

std::optional<Deployment> find(Tx& tx, base::OrganizationId organization, base::DeploymentId id) {
  const auto row = tx.maybe_one(kFind, organization, id);
  if (!row) return std::nullopt;
  return deployment(*row);
}

std::vector<Deployment> list(Tx& tx, base::AppEnvironmentId environment, std::int64_t below_number, int limit) {
  return all(tx.rows(kList, environment, below_number, limit));
}
std::vector<Deployment> list_all(Tx& tx, base::OrganizationId organization, std::optional<base::DeploymentId> before,
                                 int limit, const std::optional<std::vector<std::string>>& visible) {
  const auto only = visible ? postgres::Param(*visible) : postgres::Param(std::nullopt);
  return all(tx.rows(kListAll, organization, before, limit, only));
}
std::vector<Deployment> unfinished(Tx& tx, base::AppEnvironmentId environment) {
  return all(tx.rows(kUnfinished, environment));
}
std::vector<Deployment> latest(Tx& tx, const std::vector<std::string>& environments) {
  return all(tx.rows(kLatest, environments));
}

bool set_state(Tx& tx, base::DeploymentId id, State from, State to, const std::string& status_text, base::UtcTime now) {
  return tx.exec(kSetState, id, to_string(from), to_string(to), status_text, now) == 1;
}

void set_failure(Tx& tx, base::DeploymentId id, State from, const Failure& failure, const std::string& status_text,
                 base::UtcTime now) {
  tx.exec(kSetFailure, id, to_string(from), failure.step, failure.code, failure.message, failure.exit_code,
          failure.last_lines, failure.hint, status_text, now);
}

void set_built(Tx& tx, base::DeploymentId id, const Built& built) {
  tx.exec(kSetBuilt, id, built.commit, built.commit_message, built.image_repository, built.image_digest,
          built.content_hash);
}

void set_release(Tx& tx, base::DeploymentId id, base::ReleaseId release_id) {
  tx.exec(kSetRelease, id, release_id);
}
void set_status_text(Tx& tx, base::DeploymentId id, const std::string& text) {
  tx.exec(kSetStatusText, id, text);
}
void request_cancel(Tx& tx, base::DeploymentId id) {
  tx.exec(kRequestCancel, id);
}
void supersede_live(Tx& tx, base::AppEnvironmentId environment, base::DeploymentId except, base::UtcTime /*now*/) {
  tx.exec(kSupersedeLive, environment, except);
}

void insert_release(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment, const Release& r) {
  tx.exec(kInsertRelease, r.id, organization, environment, r.deployment, r.number, r.image_repository, r.image_digest,
          r.commit, r.port, r.health_path, r.cpu_millis, r.memory_bytes, r.pids, r.disk_bytes, r.read_only,
          r.content_hash);
}

std::optional<Release> find_release(Tx& tx, base::ReleaseId id) {
  return maybe(tx.maybe_one(kFindRelease, id));
}
std::optional<Release> find_release_number(Tx& tx, base::AppEnvironmentId environment, std::int64_t number) {
  return maybe(tx.maybe_one(kFindReleaseNumber, environment, number));
}
std::vector<Release> releases_of(Tx& tx, const std::vector<base::ReleaseId>& ids) {
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(id.to_string());
  std::vector<Release> found;
  for (const auto& row : tx.rows(kReleasesOf, texts)) found.push_back(release(row));
  return found;
}
std::optional<Release> release_before(Tx& tx, base::AppEnvironmentId environment, std::int64_t below) {
  return maybe(tx.maybe_one(kReleaseBefore, environment, below));
}
void pin(Tx& tx, base::AppEnvironmentId environment, std::int64_t number, bool pinned) {
  tx.exec(kPin, environment, number, pinned);
}

std::vector<Release> releases(Tx& tx, base::AppEnvironmentId environment, std::int64_t below, int limit) {
  std::vector<Release> found;
  for (const auto& row : tx.rows(kReleases, environment, below, limit)) found.push_back(release(row));
  return found;
}

std::optional<std::pair<base::ReleaseId, PastRelease>> live_at(Tx& tx, base::AppEnvironmentId environment,
                                                               base::UtcTime at) {
  const auto row = tx.maybe_one(kLiveAt, environment, at);
  if (!row) return std::nullopt;
  PastRelease release;
  release.number = row->integer(1);
  release.deployment_number = row->integer(2);
  release.commit = row->maybe_text(3);
  release.image_digest = row->text(4);
  release.live_at = row->time(5);
  return std::pair(row->id<base::ReleaseId>(0), std::move(release));
}

void insert_variable(Tx& tx, base::OrganizationId organization, base::ReleaseId release_id,
                     const FrozenVariable& variable) {
  tx.exec(kInsertVariable, organization, release_id, variable.name, variable.value_sealed, variable.generation,
          variable.build_time, variable.run_time, variable.fingerprint);
}

std::vector<FrozenVariable> variables(Tx& tx, base::ReleaseId release_id) {
  std::vector<FrozenVariable> found;
  for (const auto& row : tx.rows(kVariables, release_id)) {
    found.push_back(
        FrozenVariable{row.text(0), row.text(1), row.integer(2), row.boolean(3), row.boolean(4), row.maybe_text(5)});
  }
  return found;
}

std::map<std::string, std::int64_t> variable_generations(Tx& tx, base::ReleaseId release_id) {
  std::map<std::string, std::int64_t> found;
  for (const auto& variable : variables(tx, release_id)) found[variable.name] = variable.generation;
  return found;
}

std::map<base::AppEnvironmentId, std::map<std::string, std::int64_t>> live_generations(
    Tx& tx, const std::vector<base::AppEnvironmentId>& environments) {
  std::vector<std::string> ids;
  for (const auto& id : environments) ids.push_back(id.to_string());
  std::map<base::AppEnvironmentId, std::map<std::string, std::int64_t>> found;
  for (const auto& row : tx.rows(kLiveGenerations, ids))
    found[row.id<base::AppEnvironmentId>(0)][row.text(1)] = row.integer(2);
  return found;
}

std::optional<Rollout> active_rollout(Tx& tx, base::AppEnvironmentId environment) {
  const auto row = tx.maybe_one(kActiveRollout, environment);
  if (!row) return std::nullopt;
  return Rollout{row->id<base::RolloutId>(0),
                 row->id<base::DeploymentId>(1),
                 row->maybe_id<base::ReleaseId>(2),
                 row->id<base::ReleaseId>(3),
                 row->time(4),
                 row->integer(5)};
}

void insert_rollout(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                    const Rollout& rollout) {
  tx.exec(kInsertRollout, rollout.id, organization, environment, rollout.deployment, rollout.from_release,
          rollout.to_release, rollout.progress_deadline);
}

bool end_rollout(Tx& tx, const Rollout& rollout, const std::string& state, base::UtcTime now) {
  return tx.exec(kEndRollout, rollout.id, rollout.version, state, now) == 1;
}

bool renew_deadline(Tx& tx, const Rollout& rollout, base::UtcTime deadline) {
  return tx.exec(kRenewDeadline, rollout.id, rollout.version, deadline) == 1;
}

Holdings holdings(Tx& tx, base::AppEnvironmentId environment) {
  const auto row = tx.one(kHoldings, environment);
  return Holdings{row.integer(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4)};
}

}  // namespace deployments::store

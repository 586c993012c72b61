#include "control-plane/modules/builds/store.hpp"

#include "control-plane/modules/builds/api.hpp"

namespace builds::store {
namespace {

#define LEASED_COLUMNS                                                                                            \
  "j.id, j.attempt, j.state, j.organization_id, j.app_environment_id, j.deployment_id, j.dispatched, "            \
  "j.cancel_requested, "                                                                                          \
  "j.lease_expires_at, o.slug || '/' || a.name || CASE n.name WHEN 'production' THEN '' ELSE '/' || n.name END, " \
  "d.git_url, d.branch, d.containerfile, d.commit_id, d.static_directory, "                                       \
  "d.build_image, d.install_command, d.build_command, d.start_command "                                           \
  "FROM jobs j JOIN deployments d ON d.id = j.deployment_id JOIN organizations o ON o.id = j.organization_id "    \
  "JOIN app_environments e ON e.id = j.app_environment_id JOIN apps a ON a.id = e.app_id "                        \
  "JOIN environments n ON n.id = e.environment_id "

// No image of an app that had this one's name is being removed.
#define NAME_IS_FREE(job)                                                                                        \
  "NOT EXISTS (SELECT 1 FROM app_environments e JOIN apps a ON a.id = e.app_id JOIN environments n ON n.id = "   \
  "e.environment_id JOIN organizations o ON o.id = e.organization_id JOIN abandoned_images x ON x.repository = " \
  "o.slug || '/' || a.name || CASE n.name WHEN 'production' THEN '' ELSE '/' || n.name END WHERE e.id = " job    \
  ".app_environment_id AND x.worker_id IS NOT NULL)"

const postgres::Statement kInsertJob{
    "builds.insert_job",
    "INSERT INTO jobs (id, organization_id, app_environment_id, deployment_id, kind) VALUES ($1, $2, $3, $4, 'build')"};
const postgres::Statement kOfDeployment{
    "builds.of_deployment",
    "SELECT id, state, attempt, phase, worker_id, assigned_at, result::text, error::text FROM jobs "
    "WHERE deployment_id = $1 AND kind = 'build' ORDER BY id DESC LIMIT 1"};
const postgres::Statement kProgressOf{
    "builds.progress_of",
    "SELECT d.id, coalesce(l.bytes, 0), (SELECT j.phase FROM jobs j WHERE j.deployment_id = d.id AND j.kind = 'build' "
    "ORDER BY j.id DESC LIMIT 1) FROM unnest($1::uuid[]) AS d(id) LEFT JOIN deployment_logs l ON l.deployment_id = "
    "d.id"};
const postgres::Statement kRequestCancel{
    "builds.request_cancel",
    "UPDATE jobs SET cancel_requested = true, state = CASE WHEN state = 'pending' THEN 'cancelled' ELSE state END, "
    "finished_at = CASE WHEN state = 'pending' THEN $2::timestamptz ELSE finished_at END "
    "WHERE deployment_id = $1 AND kind = 'build' AND state IN ('pending', 'assigned', 'running') RETURNING worker_id"};
// One of each app environment: a second one would have to wait for it in any case (jobs_one_active).
const postgres::Statement kPending{
    "builds.pending",
    "SELECT id FROM (SELECT id, priority, row_number() OVER (PARTITION BY organization_id ORDER BY priority DESC, id) "
    "AS turn FROM (SELECT DISTINCT ON (app_environment_id) id, organization_id, priority FROM jobs j "
    "  WHERE state = 'pending' AND kind = 'build' AND NOT EXISTS (SELECT 1 FROM jobs o WHERE "
    "o.app_environment_id = j.app_environment_id AND o.kind IN (j.kind, 'collect') AND o.state IN ('assigned', "
    "'running')) AND " NAME_IS_FREE(
        "j") "  ORDER BY app_environment_id, priority DESC, id) firsts) fair ORDER BY turn, priority DESC, id LIMIT "
             "$1"};
const postgres::Statement kBuildWorkers{"builds.workers",
                                        "SELECT w.id, count(j.id) FROM workers w LEFT JOIN jobs j ON j.worker_id = "
                                        "w.id AND j.state IN ('assigned', 'running') "
                                        "AND j.kind = 'build' WHERE w.state = 'online' AND w.build AND NOT w.cordoned "
                                        "GROUP BY w.id ORDER BY count(j.id), w.id"};
const postgres::Statement kAssign{
    "builds.assign",
    "UPDATE jobs SET state = 'assigned', worker_id = $2, assigned_at = $3, lease_expires_at = $4, dispatched = false "
    "WHERE id = $1 AND state = 'pending' AND NOT EXISTS (SELECT 1 FROM jobs c WHERE c.app_environment_id = "
    "jobs.app_environment_id AND c.kind = 'collect' AND c.state IN ('assigned', 'running')) "
    "AND " NAME_IS_FREE("jobs")};
const postgres::Statement kLeasedTo{
    "builds.leased_to",
    "SELECT " LEASED_COLUMNS
    "WHERE j.worker_id = $1 AND j.kind = 'build' AND j.state IN ('assigned', 'running') ORDER BY j.id"};
const postgres::Statement kFindLeased{
    "builds.find_leased",
    "SELECT " LEASED_COLUMNS
    "WHERE j.id = $1 AND j.worker_id = $2 AND j.kind = 'build' AND j.state IN ('assigned', 'running') FOR UPDATE OF j"};
const postgres::Statement kSetDispatched{"builds.set_dispatched", "UPDATE jobs SET dispatched = $2 WHERE id = $1"};
const postgres::Statement kSetRunning{
    "builds.set_running",
    "UPDATE jobs SET state = 'running', phase = $2 WHERE id = $1 AND state IN ('assigned', 'running')"};
const postgres::Statement kFinish{
    "builds.finish",
    "UPDATE jobs SET state = $2, result = $3::jsonb, error = $4::jsonb, finished_at = $5 WHERE id = $1 "
    "AND state IN ('assigned', 'running')"};
const postgres::Statement kNextAttempt{"builds.next_attempt",
                                       "UPDATE jobs SET attempt = attempt + 1, state = 'assigned', dispatched = false, "
                                       "lease_expires_at = $2, phase = NULL WHERE id = $1"};
const postgres::Statement kFindFinished{"builds.find_finished",
                                        "SELECT state, attempt FROM jobs WHERE id = $1 AND worker_id = $2"};
const postgres::Statement kFindEnvironment{"builds.find_environment",
                                           "SELECT app_environment_id FROM jobs WHERE id = $1"};
const postgres::Statement kFindWorkerJob{
    "builds.find_worker_job",
    "SELECT attempt, organization_id, deployment_id FROM jobs WHERE id = $1 AND worker_id = $2"};
const postgres::Statement kFailExpired{"builds.fail_expired",
                                       "UPDATE jobs j SET state = 'failed', error = $2::jsonb, finished_at = $1 WHERE "
                                       "state IN ('assigned', 'running') AND "
                                       "(lease_expires_at < $1 OR EXISTS (SELECT 1 FROM workers w WHERE w.id = "
                                       "j.worker_id AND w.state IN ('lost', 'revoked'))) "
                                       "RETURNING app_environment_id"};
// An attempt has one log: an agent that was killed before it noted the stream's id opens it under another one, and
// nothing of what is stored comes twice.
const postgres::Statement kOpenStream{
    "builds.open_stream",
    "INSERT INTO log_streams AS s (id, organization_id, job_id, attempt, deployment_id) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (job_id, attempt) DO UPDATE SET id = excluded.id RETURNING next_offset, closed"};
const postgres::Statement kLockStream{"builds.lock_stream",
                                      "SELECT s.deployment_id, s.organization_id, s.next_offset, s.closed FROM "
                                      "log_streams s JOIN jobs j ON j.id = s.job_id "
                                      "WHERE s.id = $1 AND j.worker_id = $2 FOR UPDATE OF s"};
const postgres::Statement kAdvanceStream{"builds.advance_stream",
                                         "UPDATE log_streams SET next_offset = $2 WHERE id = $1"};
const postgres::Statement kCloseStream{"builds.close_stream", "UPDATE log_streams SET closed = true WHERE id = $1"};
// Of jobs that ended or that the worker knows: what it does not keep any more was acknowledged to it. An id that is not
// known is the new name of a stream that an agent opens again, whichever: then all wait for the next report.
const postgres::Statement kCloseStreamsWithout{
    "builds.close_streams_without",
    "UPDATE log_streams s SET closed = true FROM jobs j WHERE NOT s.closed AND j.id = s.job_id AND j.worker_id = $1 "
    "AND (j.finished_at IS NOT NULL OR j.id = ANY ($3::uuid[])) AND s.id <> ALL ($2::uuid[]) AND NOT EXISTS (SELECT 1 "
    "FROM unnest($2::uuid[]) AS "
    "kept (id) WHERE NOT EXISTS (SELECT 1 FROM log_streams k WHERE k.id = kept.id)) "
    "RETURNING s.job_id, s.organization_id, s.deployment_id, j.finished_at IS NOT NULL"};
const postgres::Statement kStreamsClosed{
    "builds.streams_closed", "SELECT NOT EXISTS (SELECT 1 FROM log_streams WHERE job_id = $1 AND NOT closed)"};
const postgres::Statement kAppendLog{
    "builds.append_log",
    "WITH log AS (INSERT INTO deployment_logs AS l (deployment_id, organization_id, bytes) VALUES ($2, $1, $3::bigint) "
    "  ON CONFLICT (deployment_id) DO UPDATE SET bytes = l.bytes + $3::bigint RETURNING bytes - $3::bigint AS offset_) "
    "INSERT INTO log_chunks (organization_id, deployment_id, log_offset, length, data) "
    "SELECT $1, $2, offset_, $3::bigint, $4 FROM log RETURNING log_offset"};
const postgres::Statement kCompleteLog{
    "builds.complete_log",
    "INSERT INTO deployment_logs (deployment_id, organization_id, complete) VALUES ($2, $1, true) "
    "ON CONFLICT (deployment_id) DO UPDATE SET complete = true"};
const postgres::Statement kLogState{"builds.log_state",
                                    "SELECT bytes, complete FROM deployment_logs WHERE deployment_id = $1"};
const postgres::Statement kOwns{"builds.owns", "SELECT 1 FROM deployments WHERE organization_id = $1 AND id = $2"};
const postgres::Statement kDeploymentState{"builds.deployment_state", "SELECT state FROM deployments WHERE id = $1"};
const postgres::Statement kChunks{"builds.chunks",
                                  "SELECT log_offset, data, length FROM log_chunks WHERE deployment_id = $1 AND "
                                  "log_offset + length > $2 ORDER BY log_offset LIMIT $3"};
const postgres::Statement kChunksBefore{"builds.chunks_before",
                                        "SELECT log_offset, data, length FROM log_chunks WHERE deployment_id = $1 AND "
                                        "log_offset < $2 ORDER BY log_offset DESC LIMIT $3"};
const postgres::Statement kOffsetSince{
    "builds.offset_since",
    "SELECT coalesce((SELECT min(log_offset) FROM log_chunks WHERE deployment_id = $1 AND at >= $2), "
    "(SELECT bytes FROM deployment_logs WHERE deployment_id = $1), 0)"};
const postgres::Statement kMaintainLogs{"builds.maintain_logs", "SELECT maintain_partitions('log_chunks', 90)"};
const postgres::Statement kEraseLogs{
    "builds.erase_logs",
    "DELETE FROM log_chunks WHERE deployment_id IN (SELECT id FROM deployments WHERE app_environment_id = $1)"};

Leased leased(const postgres::Row& row) {
  Leased job;
  job.id = row.id<base::JobId>(0);
  job.attempt = static_cast<int>(row.integer(1));
  job.state = row.text(2);
  job.organization = row.id<base::OrganizationId>(3);
  job.app_environment = row.id<base::AppEnvironmentId>(4);
  job.deployment = row.id<base::DeploymentId>(5);
  job.dispatched = row.boolean(6);
  job.cancel_requested = row.boolean(7);
  job.lease_until = row.time(8);
  job.repository = row.text(9);
  job.git_url = row.text(10);
  job.branch = row.text(11);
  job.containerfile = row.maybe_text(12);
  job.commit = row.maybe_text(13);
  job.static_directory = row.maybe_text(14);
  if (!row.is_null(15)) {
    job.commands = text::BuildCommands{row.text(15), row.maybe_text(16), row.maybe_text(17), row.text_or(18, "")};
  }
  return job;
}

}  // namespace

void insert_job(Tx& tx, base::JobId id, const Order& order) {
  tx.exec(kInsertJob, id, order.organization, order.app_environment, order.deployment);
}

std::map<base::DeploymentId, Progress> progress_of(Tx& tx, const std::vector<base::DeploymentId>& deployments) {
  std::vector<std::string> ids;
  for (const auto& id : deployments) ids.push_back(id.to_string());
  std::map<base::DeploymentId, Progress> found;
  for (const auto& row : tx.rows(kProgressOf, ids)) {
    found[row.id<base::DeploymentId>(0)] = Progress{row.maybe_text(2), row.integer(1)};
  }
  return found;
}

std::optional<Job> of_deployment(Tx& tx, base::DeploymentId deployment) {
  const auto row = tx.maybe_one(kOfDeployment, deployment);
  if (!row) return std::nullopt;
  Job job;
  job.id = row->id<base::JobId>(0);
  job.state = row->text(1);
  job.attempt = static_cast<int>(row->integer(2));
  job.phase = row->maybe_text(3);
  job.worker = row->maybe_id<base::WorkerId>(4);
  job.assigned_at = row->maybe_time(5);
  if (!row->is_null(6)) job.result = read_result(row->text(6));
  if (!row->is_null(7)) job.failure = read_failure(row->text(7));
  return job;
}

std::optional<base::WorkerId> request_cancel(Tx& tx, base::DeploymentId deployment, base::UtcTime now) {
  const auto row = tx.maybe_one(kRequestCancel, deployment, now);
  if (!row) return std::nullopt;
  return row->maybe_id<base::WorkerId>(0);
}

std::vector<base::JobId> pending(Tx& tx, int limit) {
  std::vector<base::JobId> jobs;
  for (const auto& row : tx.rows(kPending, limit)) jobs.push_back(row.id<base::JobId>(0));
  return jobs;
}

std::vector<BuildWorker> build_workers(Tx& tx) {
  std::vector<BuildWorker> workers;
  for (const auto& row : tx.rows(kBuildWorkers)) {
    workers.push_back(BuildWorker{row.id<base::WorkerId>(0), static_cast<int>(row.integer(1))});
  }
  return workers;
}

bool assign(Tx& tx, base::JobId job, base::WorkerId worker, base::UtcTime now, base::UtcTime lease_until) {
  return tx.exec(kAssign, job, worker, now, lease_until) == 1;
}

std::vector<Leased> leased_to(Tx& tx, base::WorkerId worker) {
  std::vector<Leased> jobs;
  for (const auto& row : tx.rows(kLeasedTo, worker)) jobs.push_back(leased(row));
  return jobs;
}

std::optional<Leased> find_leased(Tx& tx, base::JobId job, base::WorkerId worker) {
  const auto row = tx.maybe_one(kFindLeased, job, worker);
  if (!row) return std::nullopt;
  return leased(*row);
}

void set_dispatched(Tx& tx, base::JobId job, bool dispatched) {
  tx.exec(kSetDispatched, job, dispatched);
}
void set_running(Tx& tx, base::JobId job, const std::string& phase) {
  tx.exec(kSetRunning, job, phase);
}

void finish(Tx& tx, base::JobId job, const std::string& state, const std::string& result_json,
            const std::string& error_json, base::UtcTime now) {
  const auto unless_empty = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  tx.exec(kFinish, job, state, unless_empty(result_json), unless_empty(error_json), now);
}

void next_attempt(Tx& tx, base::JobId job, base::UtcTime lease_until) {
  tx.exec(kNextAttempt, job, lease_until);
}

std::optional<Finished> find_finished(Tx& tx, base::JobId job, base::WorkerId worker) {
  const auto row = tx.maybe_one(kFindFinished, job, worker);
  if (!row) return std::nullopt;
  return Finished{row->text(0), static_cast<int>(row->integer(1))};
}

std::optional<base::AppEnvironmentId> find_environment(Tx& tx, base::JobId job) {
  const auto row = tx.maybe_one(kFindEnvironment, job);
  if (!row) return std::nullopt;
  return row->id<base::AppEnvironmentId>(0);
}

std::optional<WorkerJob> find_worker_job(Tx& tx, base::JobId job, base::WorkerId worker) {
  const auto row = tx.maybe_one(kFindWorkerJob, job, worker);
  if (!row) return std::nullopt;
  return WorkerJob{static_cast<int>(row->integer(0)), row->id<base::OrganizationId>(1), row->id<base::DeploymentId>(2)};
}

std::vector<base::AppEnvironmentId> fail_expired(Tx& tx, base::UtcTime now, const std::string& error_json) {
  std::vector<base::AppEnvironmentId> environments;
  for (const auto& row : tx.rows(kFailExpired, now, error_json))
    environments.push_back(row.id<base::AppEnvironmentId>(0));
  return environments;
}

Stream open_stream(Tx& tx, base::StreamId id, base::OrganizationId organization, base::JobId job, int attempt,
                   base::DeploymentId deployment) {
  const auto row = tx.one(kOpenStream, id, organization, job, attempt, deployment);
  return Stream{id, deployment, organization, row.integer(0), row.boolean(1)};
}

std::optional<Stream> lock_stream(Tx& tx, base::StreamId id, base::WorkerId worker) {
  const auto row = tx.maybe_one(kLockStream, id, worker);
  if (!row) return std::nullopt;
  return Stream{id, row->id<base::DeploymentId>(0), row->id<base::OrganizationId>(1), row->integer(2), row->boolean(3)};
}

void advance_stream(Tx& tx, base::StreamId id, std::int64_t next_offset) {
  tx.exec(kAdvanceStream, id, next_offset);
}
void close_stream(Tx& tx, base::StreamId id) {
  tx.exec(kCloseStream, id);
}

std::vector<ClosedStream> close_streams_without(Tx& tx, base::WorkerId worker, const std::vector<base::StreamId>& kept,
                                                const std::vector<base::JobId>& known) {
  std::vector<std::string> ids;
  for (const auto& id : kept) ids.push_back(id.to_string());
  std::vector<std::string> jobs;
  for (const auto& id : known) jobs.push_back(id.to_string());
  std::vector<ClosedStream> closed;
  for (const auto& row : tx.rows(kCloseStreamsWithout, worker, ids, jobs)) {
    closed.push_back(
        {row.id<base::JobId>(0), row.id<base::OrganizationId>(1), row.id<base::DeploymentId>(2), row.boolean(3)});
  }
  return closed;
}

bool streams_closed(Tx& tx, base::JobId job) {
  return tx.one(kStreamsClosed, job).boolean(0);
}

std::int64_t append_log(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment, std::string_view raw,
                        std::string_view compressed) {
  return tx.one(kAppendLog, organization, deployment, raw.size(), postgres::bytes(compressed)).integer(0);
}

void complete_log(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment) {
  tx.exec(kCompleteLog, organization, deployment);
}

bool owns(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment) {
  return tx.maybe_one(kOwns, organization, deployment).has_value();
}

std::string deployment_state(Tx& tx, base::DeploymentId deployment) {
  const auto row = tx.maybe_one(kDeploymentState, deployment);
  return row ? row->text(0) : std::string();
}

LogState log_state(Tx& tx, base::DeploymentId deployment) {
  const auto row = tx.maybe_one(kLogState, deployment);
  if (!row) return {};
  return LogState{row->integer(0), row->boolean(1)};
}

std::vector<Chunk> chunks(Tx& tx, base::DeploymentId deployment, std::int64_t offset, int limit) {
  std::vector<Chunk> found;
  for (const auto& row : tx.rows(kChunks, deployment, offset, limit)) {
    found.push_back(Chunk{row.integer(0), row.bytes(1), row.integer(2)});
  }
  return found;
}

std::vector<Chunk> chunks_before(Tx& tx, base::DeploymentId deployment, std::int64_t offset, int limit) {
  std::vector<Chunk> found;
  for (const auto& row : tx.rows(kChunksBefore, deployment, offset, limit)) {
    found.push_back(Chunk{row.integer(0), row.bytes(1), row.integer(2)});
  }
  return found;
}

std::int64_t offset_since(Tx& tx, base::DeploymentId deployment, base::UtcTime since) {
  return tx.one(kOffsetSince, deployment, since).integer(0);
}

void maintain_logs(Tx& tx) {
  tx.exec(kMaintainLogs);
}
void erase_logs(Tx& tx, base::AppEnvironmentId environment) {
  tx.exec(kEraseLogs, environment);
}

}  // namespace builds::store

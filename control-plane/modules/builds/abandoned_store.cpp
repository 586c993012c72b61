#include "control-plane/modules/builds/abandoned_store.hpp"

namespace builds::store {
namespace {

// The repository of the environment `e`.
#define REPOSITORY "o.slug || '/' || a.name || CASE n.name WHEN 'production' THEN '' ELSE '/' || n.name END"
#define WITH_NAMES                                                                                    \
  "app_environments e JOIN apps a ON a.id = e.app_id JOIN environments n ON n.id = e.environment_id " \
  "JOIN organizations o ON o.id = e.organization_id "
// `x` waits, or waited too long for its worker.
#define DUE "(CASE WHEN x.worker_id IS NULL THEN x.not_before ELSE x.lease_expires_at END) <= $1 "
// The environment that has the name `repository` now, found by its parts, which indexes know: `REPOSITORY = repository`
// would make up the name of every environment.
#define NAMED(repository)                                                                                        \
  "o.slug = split_part(" repository ", '/', 1) AND a.organization_id = o.id AND a.name = split_part(" repository \
  ", '/', 2) AND n.name = coalesce(nullif(split_part(" repository ", '/', 3), ''), 'production') "
#define NAME_AT_REST \
  "NOT EXISTS (SELECT 1 FROM " WITH_NAMES "WHERE " NAMED(                                                             \
      "x.repository") "AND o.id = x.organization_id AND (EXISTS (SELECT 1 FROM deployments u WHERE "                  \
                      "u.app_environment_id = e.id AND u.state IN ('queued', 'building', 'built', 'releasing')) OR "  \
                      "EXISTS (SELECT 1 FROM jobs j WHERE j.app_environment_id = e.id AND j.state IN ('pending', "    \
                      "'assigned', 'running')))) "

const postgres::Statement kAbandonedTags{
    "builds.tags_to_abandon",
    "SELECT 'd-' || d.id FROM deployments d WHERE d.app_environment_id = $1 AND d.copies_release_id IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM jobs f WHERE f.id = d.collect_job_id AND f.state = 'succeeded') "
    "AND EXISTS (SELECT 1 FROM jobs b WHERE b.deployment_id = d.id AND b.kind = 'build' AND b.assigned_at IS NOT NULL) "
    "ORDER BY d.number"};
const postgres::Statement kAbandonedInsert{
    "builds.insert_abandoned",
    "INSERT INTO abandoned_images (id, organization_id, repository, tags, not_before) "
    "SELECT $1, e.organization_id, " REPOSITORY ", $3::text[], $4 FROM " WITH_NAMES "WHERE e.id = $2"};
const postgres::Statement kAbandonedDue{"builds.abandoned_to_collect", "SELECT x.id FROM abandoned_images x WHERE " DUE
                                                                       "AND " NAME_AT_REST "ORDER BY x.id LIMIT $2"};
const postgres::Statement kAbandonedLock{"builds.lock_abandoned",
                                         "SELECT x.id FROM abandoned_images x WHERE x.id = $2 AND " DUE "FOR UPDATE"};
const postgres::Statement kAbandonedLease{
    "builds.lease_abandoned",
    "UPDATE abandoned_images x SET worker_id = $3, attempt = attempt + 1, dispatched = false, lease_expires_at = $4 "
    "WHERE x.id = $2 AND " DUE "AND " NAME_AT_REST};
const postgres::Statement kAbandonedLockOf{
    "builds.lock_abandoned_of", "SELECT x.id FROM abandoned_images x WHERE x.repository = (SELECT " REPOSITORY
                                " FROM " WITH_NAMES "WHERE e.id = $1) ORDER BY x.id FOR UPDATE"};
const postgres::Statement kAbandonedJobs{
    "builds.abandoned_jobs",
    "SELECT id, attempt, lease_expires_at, repository, tags, dispatched FROM abandoned_images WHERE worker_id = $1 "
    "ORDER BY id"};
const postgres::Statement kAbandonedDigests{"builds.digests_in",
                                            "SELECT DISTINCT d.image_digest FROM " WITH_NAMES
                                            "JOIN deployments d ON d.app_environment_id = e.id "
                                            "WHERE " NAMED("$1::text") "AND d.image_digest IS NOT NULL"};
const postgres::Statement kAbandonedDispatched{"builds.abandoned_dispatched",
                                               "UPDATE abandoned_images SET dispatched = $2 WHERE id = $1"};
const postgres::Statement kAbandonedIs{"builds.is_abandoned",
                                       "SELECT 1 FROM abandoned_images WHERE id = $1 AND worker_id = $2"};
const postgres::Statement kAbandonedForget{
    "builds.forget_abandoned", "DELETE FROM abandoned_images WHERE id = $1 AND attempt = $2 AND worker_id = $3"};
const postgres::Statement kAbandonedRetry{
    "builds.retry_abandoned",
    "UPDATE abandoned_images SET worker_id = NULL, lease_expires_at = NULL, dispatched = "
    "false, not_before = $4 WHERE id = $1 AND attempt = $2 AND worker_id = $3"};

std::vector<std::string> first_texts(const std::vector<postgres::Row>& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

}  // namespace

std::vector<std::string> tags_to_abandon(Tx& tx, base::AppEnvironmentId environment) {
  return first_texts(tx.rows(kAbandonedTags, environment));
}

void insert_abandoned(Tx& tx, base::JobId id, base::AppEnvironmentId environment, const std::vector<std::string>& tags,
                      base::UtcTime now) {
  tx.exec(kAbandonedInsert, id, environment, tags, now);
}

std::vector<base::JobId> abandoned_to_collect(Tx& tx, base::UtcTime now, int limit) {
  std::vector<base::JobId> out;
  for (const auto& row : tx.rows(kAbandonedDue, now, limit)) out.push_back(row.id<base::JobId>(0));
  return out;
}

bool lease_abandoned(Tx& tx, base::JobId id, base::WorkerId worker, base::UtcTime now, base::UtcTime lease_until) {
  // The second statement sees what whoever held the row has committed.
  return tx.maybe_one(kAbandonedLock, now, id) && tx.exec(kAbandonedLease, now, id, worker, lease_until) == 1;
}

void lock_abandoned_of(Tx& tx, base::AppEnvironmentId environment) {
  tx.rows(kAbandonedLockOf, environment);
}

std::vector<AbandonedJob> abandoned_jobs(Tx& tx, base::WorkerId worker) {
  std::vector<AbandonedJob> out;
  for (const auto& row : tx.rows(kAbandonedJobs, worker)) {
    out.push_back(AbandonedJob{row.id<base::JobId>(0), static_cast<int>(row.integer(1)), row.time(2), row.text(3),
                               row.texts(4), row.boolean(5)});
  }
  return out;
}

std::vector<std::string> digests_in(Tx& tx, const std::string& repository) {
  return first_texts(tx.rows(kAbandonedDigests, repository));
}

bool is_abandoned(Tx& tx, base::JobId id, base::WorkerId worker) {
  return tx.maybe_one(kAbandonedIs, id, worker).has_value();
}
void set_abandoned_dispatched(Tx& tx, base::JobId id, bool dispatched) {
  tx.exec(kAbandonedDispatched, id, dispatched);
}
bool forget_abandoned(Tx& tx, base::JobId id, int attempt, base::WorkerId worker) {
  return tx.exec(kAbandonedForget, id, attempt, worker) == 1;
}
bool retry_abandoned(Tx& tx, base::JobId id, int attempt, base::WorkerId worker, base::UtcTime not_before) {
  return tx.exec(kAbandonedRetry, id, attempt, worker, not_before) == 1;
}

}  // namespace builds::store

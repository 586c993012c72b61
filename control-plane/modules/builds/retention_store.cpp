#include "control-plane/modules/builds/retention_store.hpp"

namespace builds::store {
namespace {

// `r` is a release of the environment `e`. The last 10 that were live, the one before the current one, the current one,
// the pinned ones, and what something that is under way or runs needs.
#define KEPT                                                                                                           \
  "(EXISTS (SELECT 1 FROM release_images i WHERE i.release_id = r.id AND i.pinned) OR r.id IN (e.current_release_id, " \
  "e.target_release_id) "                                                                                              \
  "OR (EXISTS (SELECT 1 FROM deployments l WHERE l.id = r.deployment_id AND l.live_at IS NOT NULL) AND (10 > "         \
  "(SELECT count(*) FROM releases n JOIN deployments l ON l.id = n.deployment_id WHERE n.app_environment_id = e.id "   \
  "AND n.number > r.number AND l.live_at IS NOT NULL) OR r.number = (SELECT max(n.number) FROM releases n JOIN "       \
  "deployments l ON l.id = n.deployment_id WHERE n.app_environment_id = e.id AND l.live_at IS NOT NULL AND n.number "  \
  "< "                                                                                                                 \
  "(SELECT c.number FROM releases c WHERE c.id = e.current_release_id)))) "                                            \
  "OR EXISTS (SELECT 1 FROM deployments u WHERE u.app_environment_id = e.id AND u.state IN ('queued', 'building', "    \
  "'built', 'releasing') AND (u.copies_release_id = r.id OR u.release_id = r.id)) "                                    \
  "OR EXISTS (SELECT 1 FROM rollouts o WHERE o.app_environment_id = e.id AND o.state = 'active' AND "                  \
  "(o.from_release_id = r.id OR o.to_release_id = r.id)) "                                                             \
  "OR EXISTS (SELECT 1 FROM replicas p WHERE p.app_environment_id = e.id AND p.release_id = r.id AND "                 \
  "p.desired = 'running'))"
#define KEPT_DIGESTS                                                                                               \
  "(SELECT r.image_digest FROM releases r JOIN app_environments e ON e.id = r.app_environment_id WHERE e.id = $1 " \
  "AND " KEPT ")"
// `d` is a deployment of the environment `e`.
#define NOT_NEEDED                                                                                              \
  "d.copies_release_id IS NULL AND d.state IN ('failed', 'cancelled', 'superseded') "                           \
  "AND (d.collect_job_id IS NULL OR EXISTS (SELECT 1 FROM jobs f WHERE f.id = d.collect_job_id AND f.state IN " \
  "('failed', 'cancelled'))) "                                                                                  \
  "AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.deployment_id = d.id AND " KEPT ")"
#define AT_REST                                                                                                \
  "NOT EXISTS (SELECT 1 FROM deployments u WHERE u.app_environment_id = e.id AND u.state IN ('queued', "       \
  "'building', 'built', 'releasing')) AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.app_environment_id = e.id " \
  "AND j.state IN ('pending', 'assigned', 'running'))"

const postgres::Statement kToCollect{"builds.to_collect",
                                     "SELECT e.id FROM app_environments e WHERE EXISTS (SELECT 1 FROM deployments d "
                                     "WHERE d.app_environment_id = e.id AND " NOT_NEEDED ") AND " AT_REST
                                     " ORDER BY e.id LIMIT $1"};
const postgres::Statement kLockAtRest{"builds.collect_lock",
                                      "SELECT e.id FROM app_environments e WHERE e.id = $1 FOR UPDATE"};
const postgres::Statement kStillAtRest{"builds.collect_at_rest",
                                       "SELECT 1 FROM app_environments e WHERE e.id = $1 AND " AT_REST};
const postgres::Statement kInsert{
    "builds.insert_collect",
    "INSERT INTO jobs (id, organization_id, app_environment_id, deployment_id, kind, state, worker_id, assigned_at, "
    "lease_expires_at) SELECT $2, d.organization_id, e.id, d.id, 'collect', 'assigned', $3, $4::timestamptz, "
    "$5::timestamptz FROM app_environments e JOIN deployments d ON d.app_environment_id = e.id WHERE e.id = $1 "
    "AND " NOT_NEEDED " ORDER BY d.number DESC LIMIT 1"};
const postgres::Statement kMark{
    "builds.mark_collected",
    "UPDATE deployments SET collect_job_id = $2 WHERE id IN (SELECT d.id FROM app_environments e JOIN deployments d ON "
    "d.app_environment_id = e.id WHERE e.id = $1 AND " NOT_NEEDED " ORDER BY d.number LIMIT 200)"};
const postgres::Statement kGiveUp{
    "builds.give_up_images",
    "INSERT INTO release_images (release_id, organization_id, app_environment_id, removed_at) "
    "SELECT g.id, g.organization_id, g.app_environment_id, $3::timestamptz FROM releases g WHERE g.app_environment_id "
    "= $1 "
    "AND g.image_digest NOT IN " KEPT_DIGESTS
    " AND g.image_digest IN (SELECT m.image_digest FROM deployments m "
    "WHERE m.app_environment_id = $1 AND m.collect_job_id = $2 AND m.image_digest IS NOT NULL) "
    "ON CONFLICT (release_id) DO UPDATE SET removed_at = excluded.removed_at"};
const postgres::Statement kJobs{
    "builds.collect_jobs",
    "SELECT j.id, j.attempt, j.app_environment_id, j.lease_expires_at, o.slug || '/' || a.name || CASE n.name WHEN "
    "'production' THEN '' ELSE '/' || n.name END, j.dispatched FROM jobs j "
    "JOIN organizations o ON o.id = j.organization_id JOIN app_environments e ON e.id = j.app_environment_id "
    "JOIN apps a ON a.id = e.app_id JOIN environments n ON n.id = e.environment_id WHERE j.worker_id = $1 AND j.kind = "
    "'collect' AND j.state IN ('assigned', "
    "'running') "
    "ORDER BY j.id"};
const postgres::Statement kTags{"builds.collect_tags",
                                "SELECT 'd-' || id FROM deployments WHERE collect_job_id = $1 ORDER BY number"};
const postgres::Statement kKept{"builds.kept_digests", "SELECT DISTINCT image_digest FROM " KEPT_DIGESTS " kept"};
const postgres::Statement kDispatched{"builds.collect_dispatched", "UPDATE jobs SET dispatched = $2 WHERE id = $1"};
const postgres::Statement kEnd{"builds.end_collect",
                               "UPDATE jobs SET state = $4, finished_at = $5 WHERE id = $1 AND attempt = $2 AND "
                               "worker_id = $3 AND kind = 'collect' "
                               "AND state IN ('assigned', 'running')"};

std::vector<std::string> texts(const std::vector<postgres::Row>& rows) {
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

}  // namespace

std::vector<base::AppEnvironmentId> environments_to_collect(Tx& tx, int limit) {
  std::vector<base::AppEnvironmentId> out;
  for (const auto& row : tx.rows(kToCollect, limit)) out.push_back(row.id<base::AppEnvironmentId>(0));
  return out;
}

bool insert_collect_job(Tx& tx, base::JobId id, base::AppEnvironmentId environment, base::WorkerId worker,
                        base::UtcTime now, base::UtcTime lease_until) {
  // Whatever deploys, rolls back or assigns a build locks this row too; what follows sees what they left.
  if (!tx.maybe_one(kLockAtRest, environment) || !tx.maybe_one(kStillAtRest, environment)) return false;
  if (tx.exec(kInsert, environment, id, worker, now, lease_until) == 0) return false;
  tx.exec(kMark, environment, id);
  tx.exec(kGiveUp, environment, id, now);
  return true;
}

std::vector<CollectJob> collect_jobs(Tx& tx, base::WorkerId worker) {
  std::vector<CollectJob> out;
  for (const auto& row : tx.rows(kJobs, worker)) {
    out.push_back(CollectJob{row.id<base::JobId>(0), static_cast<int>(row.integer(1)),
                             row.id<base::AppEnvironmentId>(2), row.time(3), row.text(4), row.boolean(5)});
  }
  return out;
}

std::vector<std::string> tags_of(Tx& tx, base::JobId job) {
  return texts(tx.rows(kTags, job));
}
std::vector<std::string> kept_digests(Tx& tx, base::AppEnvironmentId environment) {
  return texts(tx.rows(kKept, environment));
}
void set_collect_dispatched(Tx& tx, base::JobId job, bool dispatched) {
  tx.exec(kDispatched, job, dispatched);
}
bool end_collect_job(Tx& tx, base::JobId job, int attempt, base::WorkerId worker, const std::string& state,
                     base::UtcTime now) {
  return tx.exec(kEnd, job, attempt, worker, state, now) == 1;
}

}  // namespace builds::store

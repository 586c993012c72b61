#include "control-plane/modules/scheduling/store.hpp"

namespace scheduling::store {
namespace {

#define REPLICA_COLUMNS                                                                                              \
  "r.id, r.organization_id, r.app_environment_id, r.release_id, r.deployment_id, r.index, r.worker_id, w.name, "     \
  "w.state, "                                                                                                        \
  "r.publish_address, r.publish_port, r.placement::text, r.desired, r.routing, r.routing_since, r.phase, r.health, " \
  "r.restarts, "                                                                                                     \
  "r.exit_code, r.reason, r.observed_since, r.created_at, r.container_id, r.cause, r.restart_at, r.observed_at, "    \
  "r.first_ready_at IS NOT NULL FROM replicas r JOIN workers w "                                                     \
  "ON w.id = r.worker_id "

const postgres::Statement kOfEnvironment{
    "scheduling.of_environment",
    "SELECT " REPLICA_COLUMNS "WHERE r.app_environment_id = $1 AND r.removed_at IS NULL ORDER BY r.created_at, r.id"};
const postgres::Statement kOfEnvironments{
    "scheduling.of_environments",
    "SELECT " REPLICA_COLUMNS
    "WHERE r.app_environment_id = ANY($1::uuid[]) AND r.removed_at IS NULL ORDER BY r.created_at, r.id"};
const postgres::Statement kFind{"scheduling.find", "SELECT " REPLICA_COLUMNS "WHERE r.id = $1"};
const postgres::Statement kFindAll{"scheduling.find_all", "SELECT " REPLICA_COLUMNS "WHERE r.id = ANY($1::uuid[])"};
const postgres::Statement kLoads{
    "scheduling.loads",
    "SELECT r.worker_id, sum(l.memory_bytes)::bigint, count(*), count(*) FILTER (WHERE r.app_environment_id = $1) "
    "FROM replicas r JOIN releases l ON l.id = r.release_id WHERE r.removed_at IS NULL GROUP BY r.worker_id"};
const postgres::Statement kFreePort{
    "scheduling.free_port",
    "SELECT p FROM generate_series($2::integer, $3::integer) p WHERE NOT EXISTS (SELECT 1 FROM replicas r WHERE "
    "r.worker_id = $1 "
    "AND r.publish_port = p AND r.removed_at IS NULL) AND NOT EXISTS (SELECT 1 FROM released_ports q WHERE q.worker_id "
    "= $1 "
    "AND q.port = p AND (q.released_at > $4::timestamptz - interval '10 minutes' OR NOT q.edges_confirmed)) LIMIT 1"};
const postgres::Statement kInsert{"scheduling.insert",
                                  "INSERT INTO replicas (id, organization_id, app_environment_id, release_id, "
                                  "deployment_id, index, worker_id, publish_address, "
                                  "publish_port, placement) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb)"};
const postgres::Statement kSetStopped{"scheduling.set_stopped",
                                      "UPDATE replicas SET desired = 'stopped' WHERE id = $1"};
const postgres::Statement kSetRouting{
    "scheduling.set_routing",
    "UPDATE replicas SET routing = $2, routing_since = $3, first_ready_at = CASE WHEN $2 = 'ready' THEN "
    "coalesce(first_ready_at, $3::timestamptz) ELSE first_ready_at END WHERE id = $1 AND routing <> $2"};
/// A worker confirmed that a replica is gone when its assignment holds no object of it any more.
const postgres::Statement kCollect{
    "scheduling.collect",
    "WITH gone AS (UPDATE replicas r SET removed_at = $2 FROM workers w WHERE w.id = r.worker_id AND "
    "r.app_environment_id = $1 AND r.desired = 'stopped' AND r.removed_at IS NULL AND (w.state IN ('lost', 'revoked') "
    "OR "
    "NOT EXISTS (SELECT 1 FROM assignment_objects o WHERE o.worker_id = r.worker_id AND o.kind = 'replicas' AND "
    "o.object_id = r.id)) RETURNING r.worker_id, r.publish_port, r.app_environment_id) "
    "INSERT INTO released_ports (worker_id, port, released_at, app_environment_id, edges_confirmed) "
    "SELECT worker_id, publish_port, $2::timestamptz, app_environment_id, false FROM gone "
    "ON CONFLICT (worker_id, port) DO UPDATE SET released_at = excluded.released_at, "
    "app_environment_id = excluded.app_environment_id, edges_confirmed = false"};
/// An edge that confirmed the routes of the environment after the replica left them holds its port no more. One that
/// was revoked is no edge.
const postgres::Statement kConfirmPorts{
    "scheduling.confirm_ports",
    "UPDATE released_ports p SET edges_confirmed = true WHERE NOT edges_confirmed AND NOT EXISTS (SELECT 1 FROM "
    "assignment_objects o JOIN workers w ON w.id = o.worker_id WHERE o.kind = 'routes' AND o.object_id = "
    "p.app_environment_id AND w.state <> 'revoked' AND (o.removed OR NOT o.confirmed))"};
const postgres::Statement kForgetRemoved{
    "scheduling.forget_removed",
    "WITH ports AS (DELETE FROM released_ports WHERE released_at < $1 AND edges_confirmed) DELETE FROM replicas WHERE "
    "removed_at < $1"};
const postgres::Statement kEnvironmentsOf{
    "scheduling.environments_of",
    "SELECT DISTINCT app_environment_id FROM replicas WHERE worker_id = $1 AND id = ANY($2::uuid[]) ORDER BY 1"};
const postgres::Statement kEnvironmentsWith{
    "scheduling.environments_with",
    "SELECT DISTINCT app_environment_id FROM replicas WHERE id = ANY($1::uuid[]) ORDER BY 1"};
const postgres::Statement kEnvironmentsOn{
    "scheduling.environments_on",
    "SELECT DISTINCT app_environment_id FROM replicas WHERE worker_id = $1 AND removed_at IS NULL ORDER BY 1"};
const postgres::Statement kObserve{
    "scheduling.observe",
    "UPDATE replicas r SET phase = o.phase, health = o.health, container_id = coalesce(nullif(o.container_id, ''), "
    "r.container_id), restarts = "
    "o.restarts, "
    "exit_code = nullif(o.exit_code, '')::integer, reason = nullif(o.reason, ''), observed_since = o.since, "
    "cause = nullif(o.cause, ''), restart_at = $12::timestamptz + nullif(o.restart_in_s, '')::integer * interval '1 "
    "s', "
    "observed_at = $12::timestamptz "
    "FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::text[], "
    "$9::timestamptz[], $10::text[], $11::text[]) "
    "AS o(id, phase, health, container_id, restarts, exit_code, reason, since, cause, restart_in_s) "
    "WHERE r.id = o.id AND r.worker_id = $1 AND ($13 OR r.observed_since IS NULL OR r.observed_since <= o.since) "
    "AND (r.phase, r.health, r.restarts, coalesce(r.reason, ''), coalesce(r.exit_code::text, ''), "
    "coalesce(r.container_id, ''), coalesce(r.cause, '')) IS DISTINCT FROM "
    "(o.phase, o.health, o.restarts, o.reason, o.exit_code, coalesce(nullif(o.container_id, ''), r.container_id, ''), "
    "o.cause) "
    "RETURNING r.id, r.organization_id, r.phase, r.health"};

Replica replica(const postgres::Row& row) {
  Replica found;
  found.id = row.id<base::ReplicaId>(0);
  found.organization = row.id<base::OrganizationId>(1);
  found.app_environment = row.id<base::AppEnvironmentId>(2);
  found.release = row.id<base::ReleaseId>(3);
  found.deployment = row.id<base::DeploymentId>(4);
  found.index = static_cast<int>(row.integer(5));
  found.worker = row.id<base::WorkerId>(6);
  found.worker_name = row.text(7);
  found.worker_state = row.text(8);
  found.publish_address = row.text(9);
  found.publish_port = static_cast<int>(row.integer(10));
  found.placement_json = row.text(11);
  found.desired = row.text(12);
  found.routing = row.text(13);
  found.routing_since = row.time(14);
  found.phase = row.text(15);
  found.health = row.text(16);
  found.restarts = static_cast<int>(row.integer(17));
  if (const auto code = row.maybe_integer(18)) found.exit_code = static_cast<int>(*code);
  found.reason = row.text_or(19, "");
  found.observed_since = row.maybe_time(20);
  found.created_at = row.time(21);
  found.container = row.maybe_text(22);
  found.cause = row.text_or(23, "");
  found.restart_at = row.maybe_time(24);
  found.observed_at = row.maybe_time(25);
  found.has_served = row.boolean(26);
  return found;
}

}  // namespace

std::vector<Replica> of_environment(Tx& tx, base::AppEnvironmentId environment) {
  std::vector<Replica> found;
  for (const auto& row : tx.rows(kOfEnvironment, environment)) found.push_back(replica(row));
  return found;
}

std::vector<Replica> of_environments(Tx& tx, const std::vector<base::AppEnvironmentId>& environments) {
  std::vector<std::string> ids;
  for (const auto& id : environments) ids.push_back(id.to_string());
  std::vector<Replica> found;
  for (const auto& row : tx.rows(kOfEnvironments, ids)) found.push_back(replica(row));
  return found;
}

std::optional<Replica> find(Tx& tx, base::ReplicaId id) {
  const auto row = tx.maybe_one(kFind, id);
  if (!row) return std::nullopt;
  return replica(*row);
}

std::vector<Replica> find_all(Tx& tx, const std::vector<base::ReplicaId>& ids) {
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(id.to_string());
  std::vector<Replica> found;
  for (const auto& row : tx.rows(kFindAll, texts)) found.push_back(replica(row));
  return found;
}

std::vector<Load> loads(Tx& tx, base::AppEnvironmentId environment) {
  std::vector<Load> found;
  for (const auto& row : tx.rows(kLoads, environment)) {
    found.push_back(Load{row.id<base::WorkerId>(0), row.integer(1), static_cast<int>(row.integer(2)),
                         static_cast<int>(row.integer(3))});
  }
  return found;
}

std::optional<int> free_port(Tx& tx, base::WorkerId worker, int low, int high, base::UtcTime now) {
  const auto row = tx.maybe_one(kFreePort, worker, low, high, now);
  if (!row) return std::nullopt;
  return static_cast<int>(row->integer(0));
}

void insert(Tx& tx, base::ReplicaId id, const Plan& plan, base::WorkerId worker, const std::string& address, int port,
            const std::string& placement_json) {
  tx.exec(kInsert, id, plan.organization, plan.app_environment, plan.release, plan.deployment, plan.index, worker,
          address, port, placement_json);
}

void set_stopped(Tx& tx, base::ReplicaId id) {
  tx.exec(kSetStopped, id);
}
void set_routing(Tx& tx, base::ReplicaId id, const std::string& routing, base::UtcTime now) {
  tx.exec(kSetRouting, id, routing, now);
}
void collect(Tx& tx, base::AppEnvironmentId environment, base::UtcTime now) {
  tx.exec(kCollect, environment, now);
}
void confirm_ports(Tx& tx) {
  tx.exec(kConfirmPorts);
}
void forget_removed(Tx& tx, base::UtcTime before) {
  tx.exec(kForgetRemoved, before);
}

std::vector<base::AppEnvironmentId> environments_of(Tx& tx, base::WorkerId worker,
                                                    const std::vector<std::string>& replicas) {
  std::vector<base::AppEnvironmentId> found;
  for (const auto& row : tx.rows(kEnvironmentsOf, worker, replicas)) found.push_back(row.id<base::AppEnvironmentId>(0));
  return found;
}

std::vector<base::AppEnvironmentId> environments_with(Tx& tx, const std::vector<base::Uuid>& replicas) {
  std::vector<std::string> ids;
  for (const auto& id : replicas) ids.push_back(id.to_string());
  std::vector<base::AppEnvironmentId> found;
  for (const auto& row : tx.rows(kEnvironmentsWith, ids)) found.push_back(row.id<base::AppEnvironmentId>(0));
  return found;
}

std::vector<base::AppEnvironmentId> environments_on(Tx& tx, base::WorkerId worker) {
  std::vector<base::AppEnvironmentId> found;
  for (const auto& row : tx.rows(kEnvironmentsOn, worker)) found.push_back(row.id<base::AppEnvironmentId>(0));
  return found;
}

std::vector<Observed> observe(Tx& tx, base::WorkerId worker, const std::vector<protocol::ReplicaReport>& reports,
                              base::UtcTime now, bool whole) {
  std::vector<std::string> ids, phases, healths, containers, restarts, exit_codes, reasons, since, causes, delays;
  for (const auto& report : reports) {
    ids.push_back(report.replica_id.to_string());
    phases.emplace_back(json::enum_name(report.phase));
    healths.emplace_back(json::enum_name(report.health));
    containers.push_back(report.container_id.value_or("").substr(0, 64));
    restarts.push_back(std::to_string(std::min<std::uint32_t>(report.restarts, 1'000'000)));
    exit_codes.push_back(report.exit_code ? std::to_string(*report.exit_code) : std::string());
    reasons.push_back(report.reason.value_or("").substr(0, 4096));
    since.push_back(base::format_utc(report.since));
    causes.push_back(report.cause.value_or("").substr(0, 64));
    delays.push_back(report.restart_in_s ? std::to_string(std::min<std::uint32_t>(*report.restart_in_s, 86'400))
                                         : std::string());
  }
  std::vector<Observed> changed;
  for (const auto& row : tx.rows(kObserve, worker, ids, phases, healths, containers, restarts, exit_codes, reasons,
                                 since, causes, delays, now, whole)) {
    changed.push_back(Observed{row.id<base::ReplicaId>(0), row.id<base::OrganizationId>(1), row.text(2), row.text(3)});
  }
  return changed;
}

}  // namespace scheduling::store

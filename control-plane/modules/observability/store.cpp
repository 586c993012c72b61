#include "control-plane/modules/observability/store.hpp"

namespace observability::store {
namespace {

#define DRAIN_COLUMNS                                                                                              \
  "id, organization_id, app_environment_id, kind, address, has_token, created_at, delivered_lines, delivered_at, " \
  "failing_since, failure"

const postgres::Statement kDrains{
    "observability.drains",
    "SELECT " DRAIN_COLUMNS " FROM log_drains WHERE organization_id = $1 AND app_environment_id = $2 ORDER BY id"};
// Two at once count one after the other.
const postgres::Statement kLock{
    "observability.lock_drains",
    "SELECT id FROM app_environments WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE"};
const postgres::Statement kInsert{
    "observability.insert_drain",
    "INSERT INTO log_drains (id, organization_id, app_environment_id, kind, address, has_token, target_sealed, "
    "created_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE (SELECT count(*) FROM log_drains WHERE organization_id = "
    "$2 AND app_environment_id = $3) < $9"};
const postgres::Statement kRemove{"observability.remove_drain",
                                  "DELETE FROM log_drains WHERE organization_id = $1 AND app_environment_id = $2 AND "
                                  "id = $3 RETURNING " DRAIN_COLUMNS};
const postgres::Statement kActive{
    "observability.active_drains",
    "SELECT d.id, d.organization_id, d.app_environment_id, d.generation, d.created_at, o.slug, a.name, e.name FROM "
    "log_drains d JOIN organizations o ON o.id = d.organization_id JOIN app_environments n ON n.id = "
    "d.app_environment_id JOIN apps a ON a.id = n.app_id JOIN environments e ON e.id = n.environment_id"};
const postgres::Statement kSealed{"observability.sealed_drain",
                                  "SELECT target_sealed, generation, position FROM log_drains WHERE id = $1"};
const postgres::Statement kDelivered{
    "observability.drain_delivered",
    "UPDATE log_drains SET position = $2, delivered_lines = delivered_lines + $3::bigint, delivered_at = CASE WHEN "
    "$3::bigint > 0 THEN $4 ELSE delivered_at END, failing_since = NULL, failure = '' WHERE id = $1"};
const postgres::Statement kFailing{
    "observability.drain_failing",
    "UPDATE log_drains SET failing_since = coalesce(failing_since, $3), failure = $2 WHERE id = $1"};

LogDrain drain(const postgres::Row& row) {
  return {.id = row.uuid(0),
          .organization = row.id<base::OrganizationId>(1),
          .app_environment = row.id<base::AppEnvironmentId>(2),
          .kind = row.text(3),
          .address = row.text(4),
          .has_token = row.boolean(5),
          .created_at = row.time(6),
          .delivered_lines = row.integer(7),
          .delivered_at = row.maybe_time(8),
          .failing_since = row.maybe_time(9),
          .failure = row.text(10)};
}

}  // namespace

std::vector<LogDrain> drains(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment) {
  std::vector<LogDrain> found;
  for (const auto& row : tx.rows(kDrains, organization, environment)) found.push_back(drain(row));
  return found;
}

bool insert(Tx& tx, const LogDrain& drain, const std::string& target_sealed, int most) {
  tx.rows(kLock, drain.organization, drain.app_environment);
  return tx.exec(kInsert, drain.id, drain.organization, drain.app_environment, drain.kind, drain.address,
                 drain.has_token, target_sealed, drain.created_at, most) == 1;
}

std::optional<LogDrain> remove(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                               const base::Uuid& id) {
  const auto row = tx.maybe_one(kRemove, organization, environment, id);
  if (!row) return std::nullopt;
  return drain(*row);
}

std::vector<ActiveDrain> active(Tx& tx) {
  std::vector<ActiveDrain> found;
  for (const auto& row : tx.rows(kActive)) {
    found.push_back({.id = row.uuid(0),
                     .organization = row.id<base::OrganizationId>(1),
                     .app_environment = row.id<base::AppEnvironmentId>(2),
                     .generation = row.integer(3),
                     .created_at = row.time(4),
                     .names = {.organization = row.text(5), .app = row.text(6), .environment = row.text(7)}});
  }
  return found;
}

std::optional<Sealed> sealed(Tx& tx, const base::Uuid& id) {
  const auto row = tx.maybe_one(kSealed, id);
  if (!row) return std::nullopt;
  return Sealed{row->text(0), row->integer(1), row->text(2)};
}

bool delivered(Tx& tx, const base::Uuid& id, const std::string& position, std::int64_t lines, base::UtcTime now) {
  return tx.exec(kDelivered, id, position, lines, now) == 1;
}

bool failing(Tx& tx, const base::Uuid& id, const std::string& failure, base::UtcTime now) {
  return tx.exec(kFailing, id, failure, now) == 1;
}

}  // namespace observability::store

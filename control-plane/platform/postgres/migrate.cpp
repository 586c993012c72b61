#include "control-plane/platform/postgres/migrate.hpp"

#include <map>
#include <pqxx/pqxx>

#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "common/log/log.hpp"

namespace postgres {
namespace {

constexpr long kMigrationLock = 0x5748'4d49;  // "WHMI"

std::map<int, std::string> applied_checksums(pqxx::connection& link) {
  pqxx::work work(link);
  work.exec0(
      "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT "
      "NULL, "
      "applied_at timestamptz NOT NULL DEFAULT now())");
  std::map<int, std::string> known;
  for (const auto& row : work.exec("SELECT number, sha256 FROM schema_migrations")) {
    known[row[0].as<int>()] = row[1].as<std::string>();
  }
  work.commit();
  return known;
}

void refuse_foreign(const std::map<int, std::string>& known, const std::vector<Migration>& migrations) {
  for (const auto& [number, checksum] : known) {
    const auto at = static_cast<std::size_t>(number - 1);
    if (number < 1 || at >= migrations.size()) {
      throw base::Failure(
          "the database has migration " + std::to_string(number) +
          ", which this version does not know: it is older than the database. Install the newer version");
    }
    if (crypto::sha256_hex(migrations[at].sql) != checksum) {
      throw base::Failure("migration " + std::string(migrations[at].name) + " was changed after it had been applied");
    }
  }
}

constexpr const char* kBecomeOwner = "SET LOCAL ROLE wh_owner";

/// From the migration on that made the roles, the schema is wh_owner's.
bool has_owner(pqxx::work& work) {
  return work.exec1("SELECT to_regprocedure('raise_tenant_walls()') IS NOT NULL")[0].as<bool>();
}

void apply(pqxx::connection& link, const Migration& migration) {
  pqxx::work work(link);
  work.exec0("SET LOCAL lock_timeout = '10s'");
  if (has_owner(work)) work.exec0(kBecomeOwner);
  work.exec(std::string(migration.sql));
  work.exec_params0("INSERT INTO schema_migrations (number, name, sha256) VALUES ($1, $2, $3)", migration.number,
                    std::string(migration.name), crypto::sha256_hex(migration.sql));
  work.commit();
  logging::info("postgres.migrated", {{"name", std::string(migration.name)}});
}

/// No table of a tenant stays without its wall, whoever wrote its migration.
void raise_walls(pqxx::connection& link) {
  pqxx::work work(link);
  if (!has_owner(work)) return;
  work.exec0("SET LOCAL lock_timeout = '10s'");
  work.exec0(kBecomeOwner);
  const auto raised = work.exec1("SELECT raise_tenant_walls()")[0].as<int>();
  work.commit();
  if (raised > 0) logging::info("postgres.walls_raised", {{"tables", raised}});
}

}  // namespace

MigrationReport blocking_migrate(const std::string& dsn, const std::vector<Migration>& migrations) {
  try {
    pqxx::connection link(dsn);
    pqxx::nontransaction lock(link);
    lock.exec_params1("SELECT pg_advisory_lock($1)", kMigrationLock);
    pqxx::connection worker(dsn);
    const auto known = applied_checksums(worker);
    refuse_foreign(known, migrations);
    MigrationReport report{0, static_cast<int>(known.size())};
    for (const auto& migration : migrations) {
      if (known.contains(migration.number)) continue;
      apply(worker, migration);
      ++report.applied;
      report.version = migration.number;
    }
    raise_walls(worker);
    return report;
  } catch (const pqxx::failure& error) {
    throw base::Failure(std::string("migration failed: ") + error.what());
  }
}

}  // namespace postgres

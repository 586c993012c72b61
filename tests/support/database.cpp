#include "tests/support/database.hpp"

#include <pqxx/pqxx>
#include <sstream>

#include "common/base/failure.hpp"
#include "control-plane/platform/postgres/migrate.hpp"
#include "tests/support/cluster.hpp"

// libpqxx 6.4 loses one result of libpq when it asks for the encoding of a connection that just died; version 7 does
// not (github.com/jtv/libpqxx/pull/500). Results that our code kept would be told by their own traces.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpqxx-6.4.so\n";
}

namespace support {
namespace {

constexpr const char* kTemplate = "wh_migrated";

void administer(const std::string& sql) {
  pqxx::connection link(Cluster::get().dsn("postgres"));
  pqxx::nontransaction work(link);
  work.exec(sql);
}

const std::string& migrated_template() {
  static const std::string name = [] {
    administer(std::string("CREATE DATABASE ") + kTemplate);
    postgres::blocking_migrate(Cluster::get().dsn(kTemplate));
    return std::string(kTemplate);
  }();
  return name;
}

std::string next_name() {
  static int made = 0;
  return "test_" + std::to_string(++made);
}

bool is_schema(const std::string& line) {
  for (const char* prefix : {"--", "SET ", "SELECT pg_catalog.set_config", "\\"}) {
    if (line.starts_with(prefix)) return false;
  }
  return !line.empty();
}

}  // namespace

Database::Database() : Database(migrated_template()) {}

Database Database::empty() {
  return Database(std::string("template0"));
}

Database::Database(const std::string& from_template) : name_(next_name()), dsn_(Cluster::get().dsn(name_)) {
  administer("CREATE DATABASE " + name_ + " TEMPLATE " + from_template);
}

Database::~Database() {
  try {
    administer("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "database %s was not dropped: %s\n", name_.c_str(), error.what());
  }
}

void Database::run(const std::string& sql) const {
  pqxx::connection link(dsn_);
  pqxx::work work(link);
  work.exec(sql);
  work.commit();
}

std::string Database::value(const std::string& sql) const {
  pqxx::connection link(dsn_);
  pqxx::work work(link);
  const auto rows = work.exec(sql);
  if (rows.empty() || rows[0][0].is_null()) return {};
  return rows[0][0].c_str();
}

std::string Database::refusal(const std::string& sql) const {
  pqxx::connection link(dsn_);
  pqxx::work work(link);
  try {
    work.exec(sql);
    return {};
  } catch (const pqxx::sql_error& error) {
    return error.what();
  }
}

std::string Database::schema() const {
  const auto dump =
      Cluster::get().run({"pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--exclude-table=feed_2*",
                          "--exclude-table=log_chunks_2*", "--dbname=" + dsn_});
  std::istringstream lines(dump);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    if (is_schema(line)) kept += line + "\n";
  }
  return kept;
}

}  // namespace support

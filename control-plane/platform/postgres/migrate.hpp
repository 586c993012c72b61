#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postgres {

/// One file of migrations/, embedded at build time.
struct Migration {
  int number;
  std::string_view name;  ///< file name, e.g. 0001_platform.sql
  std::string_view sql;
};

/// All migrations in order. Generated from migrations/*.sql by the build.
const std::vector<Migration>& embedded_migrations();

struct MigrationReport {
  int applied{0};  ///< how many this call applied
  int version{0};  ///< number of the newest migration that the database has
};

/// Brings the database to the newest schema. Blocks. Each file is one transaction; an advisory lock makes concurrent
/// starts apply once. Throws `Failure` when an applied file was changed afterwards, is unknown, or fails.
MigrationReport blocking_migrate(const std::string& dsn,
                                 const std::vector<Migration>& migrations = embedded_migrations());

}  // namespace postgres

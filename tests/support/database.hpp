#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace support {

/// A database of its own in the private PostgreSQL 15 cluster of this test binary. The cluster is made at the first use
/// (unix socket only, no fsync) and goes when the process ends, however it ends. Everything blocks; for one thread.
class Database {
 public:
  /// With the newest schema: a clone of a template that was migrated once.
  Database();
  /// Without any table.
  static Database empty();
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& dsn() const { return dsn_; }
  /// Runs one or more statements in one transaction. Throws when the database refuses.
  void run(const std::string& sql) const;
  /// The first column of the first row; empty when there is no row or the value is null.
  std::string value(const std::string& sql) const;
  /// Runs the statements and rolls back; the database's refusal, or an empty text when it did not refuse.
  std::string refusal(const std::string& sql) const;
  /// What pg_dump says of the schema, without comments, settings and the partitions of single days.
  std::string schema() const;

 private:
  explicit Database(const std::string& from_template);
  std::string name_;
  std::string dsn_;
};

}  // namespace support

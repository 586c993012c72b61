#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/id.hpp"
#include "control-plane/platform/postgres/row.hpp"
#include "control-plane/platform/postgres/statement.hpp"

namespace postgres {

/// Which rows a transaction sees, by row-level security (migrations/0013_tenant_walls.sql).
struct Reach {
  bool everything{true};              ///< role wh_system; else wh_api
  base::OrganizationId organization;  ///< with wh_api: this organization's rows; nil: none
  base::PersonId person;              ///< with wh_api: also what is this person's own

  /// For reconcilers and what serves all organizations. Not for what a request names.
  static Reach all() { return {}; }
  static Reach of(base::OrganizationId organization, base::PersonId person) {
    return {.everything = false, .organization = organization, .person = person};
  }
  bool operator==(const Reach&) const = default;
};

/// One database transaction, on one database thread. Use-cases take it by reference; nobody keeps it.
/// Every method may throw `Failure` when the database is gone (the transaction is then rolled back).
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual std::vector<Row> run(const Statement& statement, const std::vector<Param>& params) = 0;
  /// From here on the transaction sees what `reach` says. One round trip; none when it says so already.
  virtual void enter(const Reach& reach) = 0;
  /// How many rows the last `run` touched (INSERT, UPDATE, DELETE) or returned.
  virtual std::size_t touched() const = 0;
  /// Runs `effect` on the database thread right after the commit; not at all after a rollback. Must not throw or block.
  virtual void after_commit(std::function<void()> effect) = 0;

  template <class... Args>
  std::vector<Row> rows(const Statement& statement, Args&&... args) {
    return run(statement, std::vector<Param>{Param(std::forward<Args>(args))...});
  }
  /// The first row, or nothing.
  template <class... Args>
  std::optional<Row> maybe_one(const Statement& statement, Args&&... args) {
    auto found = rows(statement, std::forward<Args>(args)...);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  }
  /// The first row; throws `Failure` when there is none.
  template <class... Args>
  Row one(const Statement& statement, Args&&... args) {
    auto found = maybe_one(statement, std::forward<Args>(args)...);
    if (!found) no_row(statement);
    return *std::move(found);
  }
  /// Runs for the effect; returns how many rows were touched.
  template <class... Args>
  std::size_t exec(const Statement& statement, Args&&... args) {
    run(statement, std::vector<Param>{Param(std::forward<Args>(args))...});
    return touched();
  }

 private:
  [[noreturn]] static void no_row(const Statement& statement);
};

}  // namespace postgres

/// The name that modules use.
using Tx = postgres::Transaction;

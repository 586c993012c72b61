#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/column.hpp"
#include "control-plane/modules/secrets/secrets.hpp"
#include "control-plane/platform/postgres/pool.hpp"

namespace secrets {

/// A row with a sealed value.
struct SealedRow {
  std::string key;  ///< how its module finds the row again
  crypto::ColumnContext where;
  std::string sealed;
  std::string purpose;  ///< of the installation's data key; empty for an organization's
};

/// A column of sealed values, as the module that owns it describes it. Every such column must be known here, or a
/// rotation would leave it unreadable: a test compares them with the schema.
struct SealedColumn {
  std::string table;
  std::string column;
  bool of_installation{false};  ///< sealed under the installation's data key, not an organization's
  /// $1 organization (null for the installation's), $2 the newest key's version as text, $3 limit → the row's key, the
  /// context's row, its generation, the sealed text, the purpose ('' for an organization's): rows under other versions.
  const postgres::Statement* stale{nullptr};
  /// $1 organization, $2 the row's key, $3 the sealed text as it was, $4 the new one: compare-and-set.
  const postgres::Statement* replace{nullptr};
  /// The column that the context names, where a value keeps the one it was sealed for.
  std::string sealed_as{};
};

/// What a rotation did.
struct Rotated {
  std::string key_id;  ///< of the master key in use afterwards
  int data_keys{0};    ///< wrapped anew or made
  int values{0};       ///< sealed anew
};

/// Replaces keys while everything goes on. Each row is a transaction of its own, so it may be killed anywhere and is
/// simply started again. Blocks; not on a thread of `pool`. Throws `Failure`.
class Rotation {
 public:
  Rotation(postgres::Pool& pool, Vault& vault, std::vector<SealedColumn> columns)
      : pool_(pool), vault_(vault), columns_(std::move(columns)) {}

  /// A new master key; the installation's data key is replaced with it. Afterwards the old one opens nothing of this
  /// database. An unfinished rotation is finished.
  Rotated blocking_rotate_master();
  /// A new data key of the organization (absent: of the installation): every value is sealed anew, then older keys go.
  Rotated blocking_rotate_data_key(std::optional<base::OrganizationId> owner);
  /// Of every organization and of the installation.
  Rotated blocking_rotate_data_keys();

  const std::vector<SealedColumn>& columns() const { return columns_; }

 private:
  template <class F>
  auto blocking_run(F work);
  int blocking_rewrap(std::optional<base::OrganizationId> owner, const std::string& key_id);
  std::vector<std::optional<base::OrganizationId>> blocking_owners();
  int blocking_reseal(std::optional<base::OrganizationId> owner, int newest);
  bool blocking_retire_older(std::optional<base::OrganizationId> owner, int newest);
  bool reseal(Tx& tx, const SealedColumn& column, std::optional<base::OrganizationId> owner, const SealedRow& row);

  postgres::Pool& pool_;
  Vault& vault_;
  std::vector<SealedColumn> columns_;
};

/// The columns of this module itself.
std::vector<SealedColumn> sealed_columns();

}  // namespace secrets

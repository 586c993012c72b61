#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/platform/postgres/pool.hpp"

namespace feed {

/// Where a reader stands: everything up to and with this was seen. Printed as `transaction-id`.
struct Cursor {
  std::uint64_t transaction{0};
  std::int64_t id{0};
  std::string to_string() const;
  static std::optional<Cursor> parse(std::string_view text);
  auto operator<=>(const Cursor&) const = default;
};

/// One change. Ids that do not apply are absent. `data` is a small JSON object.
struct Change {
  std::string kind;
  std::optional<base::OrganizationId> organization;
  std::optional<base::AppId> app;
  std::optional<base::DeploymentId> deployment;
  std::optional<base::ReplicaId> replica;
  std::optional<base::WorkerId> worker;
  std::string data{"{}"};
};

struct Entry {
  Cursor cursor;
  base::UtcTime at;
  Change change;
};

struct Page {
  std::vector<Entry> entries;
  Cursor next;
  bool reset{false};  ///< the cursor is older than what is kept: refetch everything
};

/// The log of changes that drives live views. Thread-safe; every method runs on a database thread.
class Feed {
 public:
  /// `wake` is called after each commit that appended (any thread): it wakes this instance's readers.
  explicit Feed(std::function<void()> wake) : wake_(std::move(wake)) {}

  void append(Tx& tx, const Change& change);
  /// Up to 200 entries behind `cursor` that `organization` may see, oldest first; complete up to `next`.
  /// `projects`: ids, for readers who see only the apps of these.
  Page read(Tx& tx, base::OrganizationId organization, Cursor cursor,
            const std::optional<std::vector<std::string>>& projects = std::nullopt);
  /// The end of the log now: where a new reader begins.
  Cursor head(Tx& tx);
  /// Makes tomorrow's partition and drops those older than 7 days. Idempotent.
  void maintain(Tx& tx);

 private:
  std::function<void()> wake_;
};

}  // namespace feed

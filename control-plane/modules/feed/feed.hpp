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

/// One change with what its ids are called; what was erased since as it was called last.
struct News {
  Entry entry;
  std::optional<std::string> app_name;
  std::optional<std::int64_t> deployment_number;
  std::optional<std::string> worker_name;
};

/// Which news are asked for. Absent members do not narrow.
struct NewsFilter {
  std::optional<Cursor> before;                   ///< older than this
  std::optional<std::vector<std::string>> kinds;  ///< `app.created`, or `deployment.` for all that begin so
  std::optional<base::AppId> app;
  std::optional<std::vector<std::string>> projects;  ///< ids, for readers who see only the apps of these
  int limit{50};
};

/// The data of a change that is about something with this name.
std::string named(const std::string& name);

/// The log of changes that drives live views. Thread-safe; every method runs on a database thread.
class Feed {
 public:
  /// `wake` is called after each commit that appended (any thread): it wakes this instance's readers.
  explicit Feed(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// The app of a deployment or replica is filled in.
  void append(Tx& tx, const Change& change);
  /// Up to 200 entries behind `cursor` that `organization` may see, oldest first; complete up to `next`.
  /// `projects`: ids, for readers who see only the apps of these.
  Page read(Tx& tx, base::OrganizationId organization, Cursor cursor,
            const std::optional<std::vector<std::string>>& projects = std::nullopt);
  /// What `organization` may see of it, newest first, without steps of builds and the ordinary life of replicas.
  std::vector<News> news(Tx& tx, base::OrganizationId organization, const NewsFilter& filter);
  /// The end of the log now: where a new reader begins.
  Cursor head(Tx& tx);
  /// Makes tomorrow's partition and drops those older than 7 days. Idempotent.
  void maintain(Tx& tx);

 private:
  std::function<void()> wake_;
};

}  // namespace feed

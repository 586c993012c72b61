#include <charconv>

#include "common/json/json.hpp"
#include "control-plane/modules/feed/fanout.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/feed/newest.hpp"

namespace feed {
namespace {

const postgres::Statement kAppend{
    "feed.append",
    "INSERT INTO feed (organization_id, kind, app_id, deployment_id, replica_id, worker_id, data) "
    "SELECT $1::uuid, $2, coalesce($3::uuid, (SELECT e.app_id FROM deployments d JOIN app_environments e ON e.id = "
    "d.app_environment_id WHERE d.id = $4::uuid), (SELECT e.app_id FROM replicas r JOIN app_environments e ON e.id = "
    "r.app_environment_id WHERE r.id = $5::uuid)), $4::uuid, $5::uuid, $6::uuid, $7::jsonb"};

// Who sees some projects only sees what concerns their apps, and nothing of the life of projects.
#define IN_PROJECTS(ids)                                                                          \
  "(" ids "::uuid[] IS NULL OR app_id IN (SELECT a.id FROM apps a WHERE a.project_id = ANY (" ids \
  "::uuid[])) "                                                                                   \
  "OR (app_id IS NULL AND NOT starts_with(kind, 'project.') AND NOT starts_with(kind, 'environment.')))"

// Below the oldest running transaction nothing can appear any more, so a cursor never skips.
const postgres::Statement kRead{
    "feed.read",
    "SELECT transaction::text, id, at, kind, organization_id, app_id, deployment_id, replica_id, worker_id, data::text "
    "FROM feed "
    "WHERE (transaction, id) > ($1::text::xid8, $2::bigint) AND transaction < pg_snapshot_xmin(pg_current_snapshot()) "
    "AND (organization_id = $3 OR organization_id IS NULL) AND " IN_PROJECTS(
        "$4") " ORDER BY feed.transaction, feed.id LIMIT 200"};

const postgres::Statement kReadForAll{
    "feed.read_for_all",
    "SELECT transaction::text, id, at, kind, organization_id, app_id, deployment_id, replica_id, worker_id, data::text "
    "FROM feed "
    "WHERE (transaction, id) > ($1::text::xid8, $2::bigint) AND transaction < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY feed.transaction, feed.id LIMIT 500"};

// Steps on the way and the ordinary life of replicas are too many to be news. An app that was erased has its last name
// in the audit log. Two index scans: an organization's own changes, and those of the machines that serve everybody.
#define NEWS(whose)                                                                                                    \
  "(SELECT transaction, id, at, kind, organization_id, app_id, deployment_id, replica_id, worker_id, data FROM feed "  \
  "WHERE organization_id " whose                                                                                       \
  " AND ($2::text IS NULL OR (transaction, id) < ($2::text::xid8, $3::bigint)) AND kind <> 'deployment.progress' "     \
  "AND (NOT starts_with(kind, 'replica.') OR kind = 'replica.failed') AND ($4::text[] IS NULL OR EXISTS (SELECT FROM " \
  "unnest($4::text[]) k WHERE kind = k OR (right(k, 1) = '.' AND starts_with(kind, k)))) "                             \
  "AND ($5::uuid IS NULL OR app_id = $5) AND " IN_PROJECTS("$6") " ORDER BY transaction DESC, id DESC LIMIT $7)"
const postgres::Statement kNews{
    "feed.news",
    "SELECT f.transaction::text, f.id, f.at, f.kind, f.organization_id, f.app_id, f.deployment_id, f.replica_id, "
    "f.worker_id, f.data::text, coalesce(a.name, (SELECT e.object_name FROM audit_events e WHERE e.app_id = f.app_id "
    "AND e.organization_id = f.organization_id AND e.object_kind = 'app' ORDER BY e.at DESC, e.id LIMIT 1)), d.number, "
    "w.name FROM (" NEWS("= $1") " UNION ALL " NEWS("IS NULL") ") f LEFT JOIN apps a ON a.id = f.app_id "
    "LEFT JOIN deployments d ON d.id = f.deployment_id LEFT JOIN workers w ON w.id = f.worker_id "
    "ORDER BY f.transaction DESC, f.id DESC LIMIT $7"};

const postgres::Statement kHead{
    "feed.head", "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text, 9223372036854775807"};

const postgres::Statement kDroppedBelow{"feed.dropped_below",
                                        "SELECT dropped_below::text FROM partition_state WHERE parent = 'feed'"};

const postgres::Statement kMaintain{"feed.maintain", "SELECT maintain_partitions('feed', 7)"};

const postgres::Statement kNewestReadable{
    "feed.newest_readable",
    "SELECT transaction::text || '-' || id FROM feed WHERE transaction < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY transaction DESC, id DESC LIMIT 1"};

struct Named {
  std::string name;
  template <class F>
  void map(F& f) {
    f.required("name", name);
  }
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Entry entry_of(const postgres::Row& row) {
  Entry entry;
  entry.cursor = Cursor{number(row.text(0)), row.integer(1)};
  entry.at = row.time(2);
  entry.change.kind = row.text(3);
  entry.change.organization = row.maybe_id<base::OrganizationId>(4);
  entry.change.app = row.maybe_id<base::AppId>(5);
  entry.change.deployment = row.maybe_id<base::DeploymentId>(6);
  entry.change.replica = row.maybe_id<base::ReplicaId>(7);
  entry.change.worker = row.maybe_id<base::WorkerId>(8);
  entry.change.data = row.text(9);
  return entry;
}

Page page_of(Tx& tx, const std::vector<postgres::Row>& rows, Cursor cursor) {
  Page page{.entries = {}, .next = cursor, .reset = false};
  for (const auto& row : rows) {
    page.entries.push_back(entry_of(row));
    page.next = page.entries.back().cursor;
  }
  page.reset = cursor.transaction <= number(tx.one(kDroppedBelow).text(0));
  return page;
}

}  // namespace

std::string Cursor::to_string() const {
  return std::to_string(transaction) + "-" + std::to_string(id);
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0 || text.size() > 48) return std::nullopt;
  Cursor cursor;
  const auto first = text.substr(0, dash);
  const auto second = text.substr(dash + 1);
  const auto a = std::from_chars(first.data(), first.data() + first.size(), cursor.transaction);
  const auto b = std::from_chars(second.data(), second.data() + second.size(), cursor.id);
  if (a.ec != std::errc{} || a.ptr != first.data() + first.size()) return std::nullopt;
  if (b.ec != std::errc{} || b.ptr != second.data() + second.size() || cursor.id < 0) return std::nullopt;
  return cursor;
}

std::string named(const std::string& name) {
  return json::encode(Named{name});
}

void Feed::append(Tx& tx, const Change& change) {
  tx.exec(kAppend, change.organization, change.kind, change.app, change.deployment, change.replica, change.worker,
          change.data);
  tx.after_commit([wake = wake_] { wake(); });
}

Page Feed::read(Tx& tx, base::OrganizationId organization, Cursor cursor,
                const std::optional<std::vector<std::string>>& projects) {
  return page_of(tx, tx.rows(kRead, std::to_string(cursor.transaction), cursor.id, organization, projects), cursor);
}

std::vector<News> Feed::news(Tx& tx, base::OrganizationId organization, const NewsFilter& filter) {
  std::optional<std::string> transaction;
  std::optional<std::int64_t> id;
  if (filter.before) {
    transaction = std::to_string(filter.before->transaction);
    id = filter.before->id;
  }
  std::vector<News> found;
  for (const auto& row :
       tx.rows(kNews, organization, transaction, id, filter.kinds, filter.app, filter.projects, filter.limit)) {
    found.push_back({entry_of(row), row.maybe_text(10), row.maybe_integer(11), row.maybe_text(12)});
  }
  return found;
}

Page read_for_all(Tx& tx, Cursor cursor) {
  return page_of(tx, tx.rows(kReadForAll, std::to_string(cursor.transaction), cursor.id), cursor);
}

Cursor Feed::head(Tx& tx) {
  const auto row = tx.one(kHead);
  return Cursor{number(row.text(0)), row.integer(1)};
}

std::string newest_readable(Tx& tx) {
  const auto row = tx.maybe_one(kNewestReadable);
  return row ? row->text(0) : std::string();
}

void Feed::maintain(Tx& tx) {
  tx.exec(kMaintain);
}

}  // namespace feed

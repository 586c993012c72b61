#include <charconv>

#include "control-plane/modules/feed/fanout.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/feed/newest.hpp"

namespace feed {
namespace {

const postgres::Statement kAppend{
    "feed.append",
    "INSERT INTO feed (organization_id, kind, app_id, deployment_id, replica_id, worker_id, data) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)"};

// Below the oldest running transaction nothing can appear any more, so a cursor never skips.
const postgres::Statement kRead{
    "feed.read",
    "SELECT transaction::text, id, at, kind, organization_id, app_id, deployment_id, replica_id, worker_id, data::text "
    "FROM feed "
    "WHERE (transaction, id) > ($1::text::xid8, $2::bigint) AND transaction < pg_snapshot_xmin(pg_current_snapshot()) "
    "AND (organization_id = $3 OR organization_id IS NULL) AND ($4::uuid[] IS NULL OR app_id IS NULL OR app_id IN "
    "(SELECT a.id FROM apps a WHERE a.project_id = ANY ($4::uuid[]))) ORDER BY feed.transaction, feed.id LIMIT 200"};

const postgres::Statement kReadForAll{
    "feed.read_for_all",
    "SELECT transaction::text, id, at, kind, organization_id, app_id, deployment_id, replica_id, worker_id, data::text "
    "FROM feed "
    "WHERE (transaction, id) > ($1::text::xid8, $2::bigint) AND transaction < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY feed.transaction, feed.id LIMIT 500"};

const postgres::Statement kHead{
    "feed.head", "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text, 9223372036854775807"};

const postgres::Statement kDroppedBelow{"feed.dropped_below",
                                        "SELECT dropped_below::text FROM partition_state WHERE parent = 'feed'"};

const postgres::Statement kMaintain{"feed.maintain", "SELECT maintain_partitions('feed', 7)"};

const postgres::Statement kNewestReadable{
    "feed.newest_readable",
    "SELECT transaction::text || '-' || id FROM feed WHERE transaction < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY transaction DESC, id DESC LIMIT 1"};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

template <class Rows>
Page page_of(Tx& tx, const Rows& rows, Cursor cursor) {
  Page page{.entries = {}, .next = cursor, .reset = false};
  for (const auto& row : rows) {
    Entry entry;
    entry.cursor = Cursor{number(row.text(0)), row.integer(1)};
    entry.at = row.time(2);
    entry.change.kind = row.text(3);
    entry.change.organization = row.template maybe_id<base::OrganizationId>(4);
    entry.change.app = row.template maybe_id<base::AppId>(5);
    entry.change.deployment = row.template maybe_id<base::DeploymentId>(6);
    entry.change.replica = row.template maybe_id<base::ReplicaId>(7);
    entry.change.worker = row.template maybe_id<base::WorkerId>(8);
    entry.change.data = row.text(9);
    page.next = entry.cursor;
    page.entries.push_back(std::move(entry));
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

void Feed::append(Tx& tx, const Change& change) {
  tx.exec(kAppend, change.organization, change.kind, change.app, change.deployment, change.replica, change.worker,
          change.data);
  tx.after_commit([wake = wake_] { wake(); });
}

Page Feed::read(Tx& tx, base::OrganizationId organization, Cursor cursor,
                const std::optional<std::vector<std::string>>& projects) {
  return page_of(tx, tx.rows(kRead, std::to_string(cursor.transaction), cursor.id, organization, projects), cursor);
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

#include "control-plane/modules/sources/store.hpp"

namespace sources::store {
namespace {

#define UPLOAD_COLUMNS                                                                                  \
  "id, organization_id, app_environment_id, sha256, bytes, received, completed_at IS NOT NULL, files, " \
  "unpacked_bytes, created_at FROM uploads "

const postgres::Statement kInsert{
    "sources.insert_upload",
    "INSERT INTO uploads (id, organization_id, app_environment_id, sha256, bytes, created_by, created_at) VALUES ($1, "
    "$2, $3, $4, $5, $6, $7)"};
const postgres::Statement kFind{"sources.find_upload",
                                "SELECT " UPLOAD_COLUMNS "WHERE organization_id = $1 AND id = $2"};
const postgres::Statement kLock{"sources.lock_upload",
                                "SELECT " UPLOAD_COLUMNS "WHERE organization_id = $1 AND id = $2 FOR UPDATE"};
const postgres::Statement kFindContent{
    "sources.find_content",
    "SELECT " UPLOAD_COLUMNS
    "WHERE app_environment_id = $1 AND sha256 = $2 AND bytes = $3 ORDER BY completed_at IS NULL, id DESC LIMIT 1"};
const postgres::Statement kNewestComplete{
    "sources.newest_complete",
    "SELECT " UPLOAD_COLUMNS
    "WHERE app_environment_id = $1 AND completed_at IS NOT NULL ORDER BY completed_at DESC, id DESC LIMIT 1"};
const postgres::Statement kAppend{
    "sources.append_part",
    "WITH grown AS (UPDATE uploads SET received = received + length($3::bytea) WHERE id = $1) "
    "INSERT INTO upload_parts (upload_id, organization_id, begins_at, bytes) VALUES ($1, $2, $4, $3::bytea)"};
const postgres::Statement kSetComplete{
    "sources.complete_upload",
    "UPDATE uploads SET completed_at = now(), files = $2, unpacked_bytes = $3 WHERE id = $1"};
const postgres::Statement kRead{
    "sources.read_part",
    "SELECT substr(bytes, ($2::bigint - begins_at + 1)::integer) FROM upload_parts WHERE upload_id = $1 AND begins_at "
    "<= $2::bigint ORDER BY begins_at DESC LIMIT 1"};
const postgres::Statement kDropOpen{
    "sources.drop_open",
    "DELETE FROM uploads WHERE id IN (SELECT id FROM uploads WHERE app_environment_id = $1 AND completed_at IS NULL "
    "ORDER BY id DESC OFFSET $2)"};
// What a deployment that is under way is built from stays; of the others the newest three of each app.
const postgres::Statement kForgetOld{
    "sources.forget_old",
    "DELETE FROM uploads u WHERE (u.completed_at IS NULL AND u.created_at < now() - interval '1 day') OR "
    "(u.completed_at IS NOT NULL AND u.completed_at < now() - interval '1 hour' AND (SELECT count(*) FROM uploads n "
    "WHERE n.app_environment_id = u.app_environment_id AND n.completed_at > u.completed_at) >= 3 AND NOT EXISTS "
    "(SELECT 1 FROM deployments d WHERE d.app_environment_id = u.app_environment_id AND d.git_url = 'upload:' || "
    "u.id::text AND d.state IN ('queued', 'building')))"};

Upload upload(const postgres::Row& row) {
  Upload found;
  found.id = row.id<UploadId>(0);
  found.organization = row.id<base::OrganizationId>(1);
  found.app_environment = row.id<base::AppEnvironmentId>(2);
  found.sha256 = row.text(3);
  found.bytes = row.integer(4);
  found.received = row.integer(5);
  found.complete = row.boolean(6);
  found.files = row.maybe_integer(7);
  found.unpacked_bytes = row.maybe_integer(8);
  found.created_at = row.time(9);
  return found;
}

std::optional<Upload> maybe(const std::optional<postgres::Row>& row) {
  return row ? std::optional(upload(*row)) : std::nullopt;
}

}  // namespace

void insert(Tx& tx, const Upload& upload, const std::string& created_by) {
  tx.exec(kInsert, upload.id, upload.organization, upload.app_environment, upload.sha256, upload.bytes, created_by,
          upload.created_at);
}

std::optional<Upload> find(Tx& tx, base::OrganizationId organization, UploadId id) {
  return maybe(tx.maybe_one(kFind, organization, id));
}

std::optional<Upload> lock(Tx& tx, base::OrganizationId organization, UploadId id) {
  return maybe(tx.maybe_one(kLock, organization, id));
}

std::optional<Upload> find_content(Tx& tx, base::AppEnvironmentId app, const std::string& sha256, std::int64_t bytes) {
  return maybe(tx.maybe_one(kFindContent, app, sha256, bytes));
}

std::optional<Upload> newest_complete(Tx& tx, base::AppEnvironmentId app) {
  return maybe(tx.maybe_one(kNewestComplete, app));
}

void append(Tx& tx, const Upload& upload, std::string_view bytes) {
  tx.exec(kAppend, upload.id, upload.organization, postgres::bytes(bytes), upload.received);
}

void set_complete(Tx& tx, UploadId id, std::int64_t files, std::int64_t unpacked_bytes) {
  tx.exec(kSetComplete, id, files, unpacked_bytes);
}

std::string read(Tx& tx, UploadId id, std::int64_t at) {
  const auto row = tx.maybe_one(kRead, id, at);
  return row ? row->bytes(0) : std::string();
}

void drop_open(Tx& tx, base::AppEnvironmentId app, int keep) {
  tx.exec(kDropOpen, app, keep);
}

int forget_old(Tx& tx) {
  return static_cast<int>(tx.exec(kForgetOld));
}

}  // namespace sources::store

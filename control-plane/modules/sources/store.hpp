#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/sources/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace sources::store {

void insert(Tx& tx, const Upload& upload, const std::string& created_by);
std::optional<Upload> find(Tx& tx, base::OrganizationId organization, UploadId id);
/// The same, locked.
std::optional<Upload> lock(Tx& tx, base::OrganizationId organization, UploadId id);
/// One of the same content for the same app.
std::optional<Upload> find_content(Tx& tx, base::AppEnvironmentId app, const std::string& sha256, std::int64_t bytes);
std::optional<Upload> newest_complete(Tx& tx, base::AppEnvironmentId app);
void append(Tx& tx, const Upload& upload, std::string_view bytes);
void set_complete(Tx& tx, UploadId id, std::int64_t files, std::int64_t unpacked_bytes);
/// The part that holds this byte, from that byte on; empty behind the end.
std::string read(Tx& tx, UploadId id, std::int64_t at);
/// All but the newest of the app that were not completed.
void drop_open(Tx& tx, base::AppEnvironmentId app, int keep);
int forget_old(Tx& tx);

}  // namespace sources::store

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/archive/tar_reader.hpp"
#include "control-plane/modules/sources/types.hpp"
#include "control-plane/platform/auth/actor.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

/// Archives that people send instead of naming a repository. All run in a transaction of the caller.
namespace sources {

/// A new upload, or the one of the same content that is there already: the sender goes on where it stopped. Of an app
/// at most three are under way; the oldest makes room. Errors `invalid` for sizes and hashes that cannot be.
base::Result<Upload> begin_upload(Tx& tx, const auth::Call& call, base::AppEnvironmentId app, const std::string& sha256,
                                  std::int64_t bytes);
/// Error `upload.not_found`.
base::Result<Upload> find_upload(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                                 const std::string& id);
/// Appends the part that begins at `at`. A part that is there already changes nothing. Errors: `upload.not_found`,
/// `upload.gap` (conflict; says where to go on), `invalid` for a part that is empty or too long.
base::Result<Upload> put_part(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                              const std::string& id, std::int64_t at, std::string_view bytes);
/// Reads what arrived part by part, each in a transaction of its own, which the caller gives: compares the hash and
/// looks at every member of the archive. What arrived does not change any more, so nothing is held meanwhile. O(bytes).
class ArchiveCheck {
 public:
  explicit ArchiveCheck(const Upload& upload);
  ~ArchiveCheck();
  ArchiveCheck(const ArchiveCheck&) = delete;
  ArchiveCheck& operator=(const ArchiveCheck&) = delete;
  /// Looks at the next part; false when it was the last. Errors: those of archive::TarReader and GzipReader,
  /// `upload.hash`, `archive.empty`, `upload.not_found` when it went meanwhile.
  base::Result<bool> step(Tx& tx);
  /// What the archive holds, after the last step.
  const archive::Totals& totals() const;

 private:
  base::Result<void> end();
  struct State;
  std::unique_ptr<State> state_;
};

/// One that has arrived whole, or is complete already. Errors: `upload.not_found`, `upload.incomplete` (conflict).
base::Result<Upload> arrived_upload(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                                    const std::string& id);
/// It was checked and can be built. Idempotent. Error `upload.not_found`.
base::Result<Upload> complete_upload(Tx& tx, const Upload& checked, const archive::Totals& totals);

/// What a deployment of an app without a repository is built from: the named upload, else the newest complete one.
/// Errors: `upload.not_found`, `upload.incomplete`, `source.nothing_uploaded` (conflict).
base::Result<Upload> upload_to_build(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                                     const std::optional<std::string>& id);
/// Bytes from `at` on, at most one part's; empty behind the end.
std::string read_upload(Tx& tx, UploadId id, std::int64_t at);
/// Deletes what nothing is built from any more.
void forget_old_uploads(Tx& tx);

}  // namespace sources

#include "control-plane/modules/sources/uploads.hpp"

#include <algorithm>

#include "common/archive/gzip.hpp"
#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "control-plane/modules/sources/store.hpp"

namespace sources {
namespace {

constexpr int kMostOpen = 3;
/// Headers and padding of the members, beside their content.
constexpr std::uint64_t kTarOverhead = std::uint64_t{128} << 20U;

bool is_sha256(const std::string& text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Looks at the members and keeps nothing.
struct Look : archive::Sink {
  base::Result<void> begin(const archive::Entry&) override { return {}; }
  base::Result<void> data(std::string_view) override { return {}; }
  base::Result<void> end() override { return {}; }
};

base::Error not_found() {
  return base::not_found("upload.not_found", "The upload").error();
}

base::Result<Upload> own(std::optional<Upload> found, base::AppEnvironmentId app) {
  if (!found || found->app_environment != app) return std::unexpected(not_found());
  return *std::move(found);
}

}  // namespace

struct ArchiveCheck::State {
  explicit State(const Upload& checked) : upload(checked) {}
  Upload upload;
  std::int64_t at{0};
  Look look;
  archive::Limits limits;
  archive::TarReader tar{look, limits};
  archive::GzipReader gzip{[this](std::string_view bytes) { return tar.feed(bytes); }, limits.bytes + kTarOverhead};
  crypto::Sha256 hash;
};

ArchiveCheck::ArchiveCheck(const Upload& upload) : state_(std::make_unique<State>(upload)) {}
ArchiveCheck::~ArchiveCheck() = default;

base::Result<bool> ArchiveCheck::step(Tx& tx) {
  const auto part = store::read(tx, state_->upload.id, state_->at);
  if (part.empty()) return std::unexpected(not_found());
  state_->hash.update(part);
  TRY_CHECK(state_->gzip.feed(part));
  state_->at += static_cast<std::int64_t>(part.size());
  if (state_->at < state_->upload.bytes) return true;
  TRY_CHECK(end());
  return false;
}

base::Result<void> ArchiveCheck::end() {
  if (base::hex_encode(state_->hash.finish()) != state_->upload.sha256) {
    return base::fail(base::ErrorKind::invalid, "upload.hash",
                      "What arrived is not what was announced: send it again.");
  }
  TRY_CHECK(state_->gzip.finish());
  TRY_CHECK(state_->tar.finish());
  if (totals().files > 0) return {};
  return base::fail(base::ErrorKind::invalid, "archive.empty", "The archive holds no file.");
}

const archive::Totals& ArchiveCheck::totals() const {
  return state_->tar.totals();
}

base::Result<Upload> begin_upload(Tx& tx, const auth::Call& call, base::AppEnvironmentId app, const std::string& sha256,
                                  std::int64_t bytes) {
  if (!is_sha256(sha256)) return base::invalid("/sha256", "64 hexadecimal digits, in lower case.");
  if (bytes < 1 || bytes > kMostBytes) {
    return base::invalid("/bytes", "An archive has at most " + std::to_string(kMostBytes >> 20U) +
                                       " MiB. Leave out what the build does not need: .dockerignore or .gitignore.");
  }
  if (auto known = store::find_content(tx, app, sha256, bytes)) return *std::move(known);
  store::drop_open(tx, app, kMostOpen - 1);
  Upload upload;
  upload.id = UploadId(base::Uuid::v7(call.now));
  upload.organization = call.organization();
  upload.app_environment = app;
  upload.sha256 = sha256;
  upload.bytes = bytes;
  upload.created_at = call.now;
  store::insert(tx, upload, call.actor.name);
  return upload;
}

base::Result<Upload> find_upload(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                                 const std::string& id) {
  const auto parsed = UploadId::parse(id);
  if (!parsed) return std::unexpected(not_found());
  return own(store::find(tx, organization, *parsed), app);
}

base::Result<Upload> put_part(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                              const std::string& id, std::int64_t at, std::string_view bytes) {
  const auto parsed = UploadId::parse(id);
  if (!parsed) return std::unexpected(not_found());
  TRY_ASSIGN(auto upload, own(store::lock(tx, organization, *parsed), app));
  const auto length = static_cast<std::int64_t>(bytes.size());
  if (length == 0 || length > kMostPartBytes) return base::invalid("", "A part has 1 byte to 1 MiB.");
  if (at + length <= upload.received) return upload;
  if (at != upload.received) {
    return base::conflict("upload.gap", "Go on at byte " + std::to_string(upload.received) + ".");
  }
  if (at + length > upload.bytes) return base::invalid("", "That is more than was announced.");
  store::append(tx, upload, bytes);
  upload.received += length;
  return upload;
}

base::Result<Upload> arrived_upload(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                                    const std::string& id) {
  TRY_ASSIGN(auto upload, find_upload(tx, organization, app, id));
  if (upload.received == upload.bytes) return upload;
  return base::conflict("upload.incomplete", "Go on at byte " + std::to_string(upload.received) + ".");
}

base::Result<Upload> complete_upload(Tx& tx, const Upload& checked, const archive::Totals& totals) {
  auto found = store::lock(tx, checked.organization, checked.id);
  if (!found) return std::unexpected(not_found());
  if (found->complete) return *std::move(found);
  found->complete = true;
  found->files = static_cast<std::int64_t>(totals.files);
  found->unpacked_bytes = static_cast<std::int64_t>(totals.bytes);
  store::set_complete(tx, found->id, *found->files, *found->unpacked_bytes);
  return *std::move(found);
}

base::Result<Upload> upload_to_build(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId app,
                                     const std::optional<std::string>& id) {
  if (!id) {
    auto newest = store::newest_complete(tx, app);
    if (newest) return *std::move(newest);
    return base::conflict(
        "source.nothing_uploaded",
        "This app has no repository and nothing was sent for it. Send a folder: wh deploy --folder .");
  }
  TRY_ASSIGN(auto upload, find_upload(tx, organization, app, *id));
  if (!upload.complete) return base::conflict("upload.incomplete", "The upload was not completed.");
  return upload;
}

std::string read_upload(Tx& tx, UploadId id, std::int64_t at) {
  return store::read(tx, id, at);
}

void forget_old_uploads(Tx& tx) {
  store::forget_old(tx);
}

}  // namespace sources

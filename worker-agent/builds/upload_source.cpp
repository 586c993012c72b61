#include "worker-agent/builds/upload_source.hpp"

#include "common/archive/gzip.hpp"
#include "common/async/timer.hpp"
#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "worker-agent/builds/deep_tree.hpp"
#include "worker-agent/builds/source_tree.hpp"
#include "worker-agent/builds/unpack.hpp"

namespace builds {
namespace {

constexpr const char* kStep = "source";
constexpr int kTries = 11;
constexpr std::chrono::seconds kPause{3};
constexpr std::uint64_t kTarOverhead = std::uint64_t{128} << 20U;
/// Of every file, so that the same folder is the same build context: 1980-01-01, the first that zip knows.
constexpr std::int64_t kTime = 315'532'800;

/// From compressed bytes to files. Used from the pool, one call at a time.
struct Pipe {
  explicit Pipe(const Workshop& shop)
      : unpack(shop.source(), shop.store.uid_base),
        tar(unpack),
        gzip([this](std::string_view bytes) { return tar.feed(bytes); }, archive::Limits{}.bytes + kTarOverhead) {}

  base::Result<void> blocking_feed(const std::string& part) {
    hash.update(part);
    return gzip.feed(part);
  }
  base::Result<void> blocking_finish(const std::string& wanted, const std::filesystem::path& root) {
    if (base::hex_encode(hash.finish()) != wanted) {
      return base::fail(base::ErrorKind::invalid, "source.changed", "What arrived is not the folder that was sent.");
    }
    TRY_CHECK(gzip.finish());
    TRY_CHECK(tar.finish());
    blocking_remove_tree(root / ".git");
    return blocking_settle_tree(root, kTime);
  }

  Unpack unpack;
  archive::TarReader tar;
  archive::GzipReader gzip;
  crypto::Sha256 hash;
};

async::Task<base::Result<std::string>> read_patiently(Workshop& shop, base::Uuid upload, std::uint64_t at,
                                                      ReadUpload& read) {
  for (int tries = 1;; ++tries) {
    auto part = co_await read(upload, at);
    if (part || part.error().code == "upload.refused" || tries == kTries) co_return part;
    if (tries == 1) shop.log.heading("The control plane was away; trying again");
    co_await async::sleep(kPause);
  }
}

}  // namespace

async::Task<StepResult<Source>> fetch_upload(Workshop& shop, base::Uuid upload, ReadUpload read) {
  const std::string wanted = shop.spec.source.commit.value_or("");
  const auto pipe = std::make_shared<Pipe>(shop);
  for (std::uint64_t at = 0;;) {
    STEP_ASSIGN(const std::string part, co_await read_patiently(shop, upload, at, read), kStep);
    if (part.empty()) break;
    at += part.size();
    auto fed = co_await shop.pool.run([pipe, part] { return pipe->blocking_feed(part); });
    if (!fed) co_return std::unexpected(step_error(std::move(fed).error(), kStep));
  }
  auto done =
      co_await shop.pool.run([pipe, wanted, root = shop.source()] { return pipe->blocking_finish(wanted, root); });
  if (!done) co_return std::unexpected(step_error(std::move(done).error(), kStep));
  co_return Source{.commit = wanted, .message = "A folder of " + std::to_string(pipe->tar.totals().files) + " files"};
}

}  // namespace builds

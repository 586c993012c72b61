#include "control-plane/app/samples.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "common/base/unique_fd.hpp"

namespace app {
namespace {

constexpr std::size_t kLargest = std::size_t{16} << 20U;

/// The file at `path` beneath `root`; nothing when it is no plain file there. No symlinks, no way out.
std::optional<std::string> blocking_read_beneath(const std::filesystem::path& root, const std::string& path) {
  const base::UniqueFd folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return std::nullopt;
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const base::UniqueFd file(static_cast<int>(::syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof how)));
  struct stat info{};
  if (!file.valid() || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  if (static_cast<std::size_t>(info.st_size) > kLargest) return std::nullopt;
  std::string content;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = ::read(file.get(), buffer.data(), buffer.size())) > 0;) {
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return content;
}

}  // namespace

async::Task<http::Response> Samples::serve(http::Request request) {
  const auto path = request.path.substr(std::string_view("/samples/").size());
  auto content = co_await pool_.run([root = root_, path] { return blocking_read_beneath(root, path); });
  if (!content) co_return http::text_response(404, "There is no such file.\n");
  co_return http::text_response(200, *std::move(content), "application/octet-stream");
}

}  // namespace app

#include "common/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"

namespace base {
namespace {

UniqueFd open_or_throw(const std::filesystem::path& path, int flags, mode_t mode = 0) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd.valid()) throw_errno("open " + path.string());
  return fd;
}

std::string read_all(int fd, const std::filesystem::path& path, std::size_t limit) {
  std::string content;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read " + path.string());
    if (got == 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > limit)
      throw Failure(path.string() + " is larger than expected");
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

void write_all(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t put = ::write(fd, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno("write " + path.string());
    content.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

std::string blocking_read_file(const std::filesystem::path& path, std::size_t limit) {
  const UniqueFd fd = open_or_throw(path, O_RDONLY);
  return read_all(fd.get(), path, limit);
}

void blocking_write_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  static std::atomic<unsigned> counter{0};
  const std::filesystem::path temporary =
      path.string() + ".new-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  {
    const UniqueFd fd = open_or_throw(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (::fchmod(fd.get(), mode) != 0) throw_errno("chmod " + temporary.string());
    write_all(fd.get(), content, temporary);
    if (::fsync(fd.get()) != 0) throw_errno("fsync " + temporary.string());
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) throw_errno("rename to " + path.string());
  const auto folder = path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path();
  const UniqueFd folder_fd = open_or_throw(folder, O_RDONLY | O_DIRECTORY);
  if (::fsync(folder_fd.get()) != 0) throw_errno("fsync " + folder.string());
}

std::string blocking_read_private_file(const std::filesystem::path& path) {
  const UniqueFd fd = open_or_throw(path, O_RDONLY);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) throw_errno("stat " + path.string());
  if ((info.st_mode & 077U) != 0) {
    throw Failure(path.string() + " can be read by others; make it private with: chmod 600 " + path.string());
  }
  return read_all(fd.get(), path, std::size_t{1} << 20U);
}

}  // namespace base

#include "worker-agent/builds/source_tree.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"
#include "worker-agent/builds/deep_tree.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::size_t kLargestContainerfile = std::size_t{1} << 20U;

base::UniqueFd open_beneath(const fs::path& root, const std::string& path) {
  const base::UniqueFd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return base::UniqueFd();
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return base::UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof how)));
}

Result<std::string> read_whole(int fd, const std::string& path, std::size_t limit) {
  std::string content;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_errno("read " + path);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(got));
    if (content.size() > limit) return fail(ErrorKind::too_large, "tree.too_large", path + " is too large.");
  }
}

Result<Containerfile> with_advice(const std::string& path, Result<std::string> content) {
  if (content) return Containerfile{.path = path, .content = std::move(*content)};
  const std::string& code = content.error().code;
  if (code == "tree.unsafe") {
    return fail(ErrorKind::invalid, "source.containerfile_unsafe",
                path + " is a symbolic link or no plain file; put the file itself into the repository.");
  }
  if (code == "tree.too_large") {
    return fail(ErrorKind::too_large, "source.containerfile_too_large",
                path + " is larger than 1 MiB; make it smaller.");
  }
  return fail(std::move(content).error());
}

}  // namespace

base::Error tree_too_large(const TreeLimits& limits) {
  return base::Error(ErrorKind::too_large, "source.too_large",
                     "The repository is too large to build: at most " + std::to_string(limits.files) + " files and " +
                         std::to_string(limits.bytes >> 20U) + " MiB at one commit.");
}

base::Error tree_too_deep(const TreeLimits& limits) {
  return base::Error(ErrorKind::invalid, "source.too_deep",
                     "The repository's folders lie too deep to build: at most " + std::to_string(limits.levels) +
                         " within each other at one commit.");
}

Result<std::string> blocking_read_beneath(const fs::path& root, const std::string& path, std::size_t limit) {
  const base::UniqueFd fd = open_beneath(root, path);
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR)
      return fail(ErrorKind::not_found, "tree.absent", path + " does not exist.");
    return fail(ErrorKind::invalid, "tree.unsafe", path + " is not a plain file.");
  }
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorKind::invalid, "tree.unsafe", path + " is not a plain file.");
  }
  return read_whole(fd.get(), path, limit);
}

Result<Containerfile> blocking_find_containerfile(const fs::path& root, const std::optional<std::string>& named) {
  if (named) {
    auto content = blocking_read_beneath(root, *named, kLargestContainerfile);
    if (!content && content.error().code == "tree.absent") {
      return fail(
          ErrorKind::not_found, "source.no_containerfile",
          "There is no file " + *named + " in the repository at this commit; correct the path in the app's settings.");
    }
    return with_advice(*named, std::move(content));
  }
  for (const char* name : {"Containerfile", "Dockerfile"}) {
    auto content = blocking_read_beneath(root, name, kLargestContainerfile);
    if (!content && content.error().code == "tree.absent") continue;
    return with_advice(name, std::move(content));
  }
  return fail(ErrorKind::not_found, "source.no_containerfile",
              "There is no Containerfile and no Dockerfile in the repository's root; add one, name its path in the "
              "app's settings, or say there in which image and by which commands the app is built.");
}

Result<void> blocking_settle_tree(const fs::path& root, std::int64_t seconds, const TreeLimits& limits) {
  const timespec stamp{.tv_sec = static_cast<time_t>(seconds), .tv_nsec = 0};
  const std::array<timespec, 2> times = {stamp, stamp};
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  bool deep = false;
  const auto end = blocking_walk_tree(root, [&](const TreeEntry& entry) {
    bytes += S_ISREG(entry.info.st_mode) ? static_cast<std::uint64_t>(entry.info.st_size) : 0;
    deep = entry.level > limits.levels;
    if (deep || ++files > limits.files || bytes > limits.bytes) return false;
    ::utimensat(entry.folder, entry.name, times.data(), AT_SYMLINK_NOFOLLOW);
    return true;
  });
  if (deep) return fail(tree_too_deep(limits));
  if (end != WalkEnd::whole) return fail(tree_too_large(limits));
  return {};
}

bool names_image(const std::string& containerfile, const std::string& image) {
  for (auto at = containerfile.find(image); at != std::string::npos; at = containerfile.find(image, at + 1)) {
    const std::size_t end = at + image.size();
    const bool begins = at == 0 || std::string_view(" \t=\"").find(containerfile[at - 1]) != std::string_view::npos;
    const bool ends = end == containerfile.size() ||
                      std::string_view(" \t\r\n,\"").find(containerfile[end]) != std::string_view::npos;
    if (begins && ends) return true;
  }
  return false;
}

bool declares_argument(const std::string& containerfile, std::string_view name) {
  std::istringstream lines(containerfile);
  bool goes_on = false;  // the line before ended with a backslash, within an ARG
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    if (!goes_on) {
      words >> word;
      const auto is = [&](std::size_t i, char lower) { return (word[i] | 0x20) == lower; };
      if (word.size() != 3 || !is(0, 'a') || !is(1, 'r') || !is(2, 'g')) continue;
    }
    goes_on = false;
    while (words >> word) {
      if (word.starts_with('#')) break;
      goes_on = word == "\\";
      if (std::string_view(word).substr(0, word.find('=')) == name) return true;
    }
  }
  return false;
}

}  // namespace builds

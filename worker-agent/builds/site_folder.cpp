#include "worker-agent/builds/site_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "common/base/bytes.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "common/crypto/hash.hpp"
#include "worker-agent/builds/build_log.hpp"
#include "worker-agent/builds/deep_tree.hpp"
#include "worker-agent/builds/site_rules.hpp"

namespace builds {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::UniqueFd;

constexpr std::size_t kPiece = std::size_t{64} << 10U;
constexpr int kDeepest = 64;  // each level holds two descriptors
/// Of folders: 1980-01-01. Theirs are not shown to anybody; what counts is that they are the same each time.
constexpr std::int64_t kFolderTime = 315'532'800;

struct DirClose {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// The names in a folder, sorted, so that of several mistakes the same one is told each time.
std::vector<std::string> names_in(int folder) {
  std::unique_ptr<DIR, DirClose> listing(::fdopendir(::fcntl(folder, F_DUPFD_CLOEXEC, 0)));
  if (!listing) base::throw_errno("read the site's folder");
  std::vector<std::string> names;
  for (errno = 0; const dirent* const entry = ::readdir(listing.get()); errno = 0) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) base::throw_errno("read the site's folder");
  std::ranges::sort(names);
  return names;
}

std::unexpected<base::Error> refused(const char* code, const std::string& path, const std::string& why) {
  return fail(ErrorKind::invalid, code, printable_utf8(path) + " " + why);
}

void settle(int fd, mode_t mode, std::int64_t seconds) {
  const timespec stamp{.tv_sec = static_cast<time_t>(seconds), .tv_nsec = 0};
  const std::array<timespec, 2> times = {stamp, stamp};
  if (::fchmod(fd, mode) != 0 || ::futimens(fd, times.data()) != 0) base::throw_errno("settle the site's files");
}

class Walk {
 public:
  Result<void> folder(int fd, const std::string& prefix, int depth) {
    if (depth > kDeepest) return refused("source.site_name", prefix, "lies too deep; at most 64 folders.");
    for (const auto& name : names_in(fd)) TRY_CHECK(member(fd, prefix, name, depth));
    settle(fd, 0755, kFolderTime);
    return {};
  }

  std::vector<SiteFile> files;
  SiteFolder found;

 private:
  Result<void> member(int fd, const std::string& prefix, const std::string& name, int depth) {
    struct stat info{};
    if (::fstatat(fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) base::throw_errno("stat the site's files");
    const std::string path = prefix + name;
    TRY_ASSIGN(const bool served, judge(fd, prefix, name, S_ISDIR(info.st_mode)));
    if (!served) return {};
    if (S_ISLNK(info.st_mode))
      return refused("source.site_link", path, "is a symbolic link; put the file itself into the folder.");
    if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode))
      return refused("source.site_link", path, "is neither a file nor a folder; remove it.");
    const UniqueFd opened(::openat(fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!opened.valid()) base::throw_errno("open " + path);
    if (S_ISDIR(info.st_mode)) return folder(opened.get(), path + "/", depth + 1);
    return file(opened.get(), path, (info.st_mode & S_IXUSR) != 0);
  }

  /// Whether it is served; what is left out is deleted.
  Result<bool> judge(int folder, const std::string& prefix, const std::string& name, bool is_folder) {
    const std::string path = prefix + name;
    switch (judge_site_name(prefix, name)) {
      case SiteName::served: break;
      case SiteName::left_out:
        found.left_out.push_back(path + (is_folder ? "/" : ""));
        blocking_remove_tree_at(folder, name);
        return false;
      case SiteName::secret:
        return refused(
            "source.site_secret", path,
            "is made to be secret, and the whole folder would be public. Remove it, or name another folder.");
      case SiteName::unusable:
        return refused("source.site_name", path, "has a name that no address can have; use plain text in UTF-8.");
    }
    if (path.size() <= kLongestSitePath) return true;
    return refused("source.site_name", path, "is too long a path; at most 1,024 bytes.");
  }

  Result<void> file(int fd, const std::string& path, bool executable) {
    crypto::Sha256 hash;
    std::string begin;
    std::uint64_t bytes = 0;
    for (std::string piece(kPiece, '\0');;) {
      const ssize_t got = ::read(fd, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) base::throw_errno("read " + path);
      if (got == 0) break;
      const std::string_view read(piece.data(), static_cast<std::size_t>(got));
      hash.update(read);
      if (begin.size() < kPiece) begin += read.substr(0, kPiece - begin.size());
      bytes += read.size();
    }
    if (holds_private_key(begin))
      return refused("source.site_secret", path,
                     "holds a private key, and the whole folder would be public. Remove it, or name another folder.");
    files.push_back({path, executable, bytes, base::hex_encode(hash.finish())});
    settle(fd, executable ? 0755 : 0644, content_time(files.back().sha256));
    found.bytes += bytes;
    found.has_index = found.has_index || path == "index.html";
    return {};
  }
};

UniqueFd open_folder(const fs::path& source, const std::string& directory) {
  const UniqueFd root(::open(source.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root.get(), directory.c_str(), &how, sizeof how)));
}

void give(const fs::path& path, std::uint32_t owner) {
  if (::lchown(path.c_str(), owner, owner) != 0) base::throw_errno("chown " + path.string());
}

}  // namespace

Result<SiteFolder> blocking_stage_site(const fs::path& source, const std::string& directory, const fs::path& stage,
                                       std::uint32_t owner) {
  const UniqueFd folder = open_folder(source, directory);
  if (!folder.valid()) {
    const bool unsafe = errno == ELOOP || errno == EXDEV;
    if (unsafe)
      return refused("source.site_link", directory, "is, or lies behind, a symbolic link; name the folder itself.");
    return fail(ErrorKind::not_found, "source.site_missing",
                "There is no folder " + directory +
                    " in what was fetched; correct the static directory in the app's "
                    "settings, or commit the folder.");
  }
  const fs::path from = directory == "." ? source : source / directory;
  Walk walk;
  TRY_CHECK(walk.folder(folder.get(), "", 0));
  if (walk.files.empty())
    return fail(ErrorKind::invalid, "source.site_empty", "There is no file to serve in the folder " + directory + ".");
  SiteFolder site = std::move(walk.found);
  site.files = walk.files.size();
  const std::string manifest = site_manifest(std::move(walk.files));
  site.content_hash = content_hash(manifest);

  const fs::path home = stage / "site";
  fs::create_directories(home);
  fs::rename(from, home / site.content_hash);
  fs::create_directory_symlink(site.content_hash, home / "current");
  base::blocking_write_file(home / "manifest", manifest, 0644);
  for (const auto& made : {stage, home, home / "current", home / "manifest"}) give(made, owner);
  for (const auto& path : {stage, home, home / "manifest"}) {
    const UniqueFd made(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    settle(made.get(), path == home / "manifest" ? 0644 : 0755, kFolderTime);
  }
  return site;
}

}  // namespace builds

#include "worker-agent/builds/deep_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"
#include "common/log/log.hpp"

namespace builds {
namespace {

using base::UniqueFd;

constexpr int kLevels = 16;  // each holds a descriptor
constexpr std::size_t kWaiting = std::size_t{64} << 20U;

UniqueFd open_member(int folder, const char* name) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder, name, &how, sizeof how)));
}

/// The names in an open folder.
class Listing {
 public:
  explicit Listing(UniqueFd folder) : stream_(::fdopendir(folder.get())) {
    if (!stream_) base::throw_errno("read a folder");
    static_cast<void>(folder.release());
  }
  int folder() const { return ::dirfd(stream_.get()); }
  void from_the_beginning() { ::rewinddir(stream_.get()); }
  /// Null at the end.
  const dirent* next() {
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(stream_.get());
      if (entry == nullptr && errno != 0) base::throw_errno("read a folder");
      if (entry == nullptr) return nullptr;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return entry;
    }
  }

 private:
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  std::unique_ptr<DIR, Close> stream_;
};

bool is_gone(int result) {
  return result == 0 || errno == ENOENT;
}

/// Empties one folder. What lies deep in it is moved up to it, and emptied from there.
class Removal {
 public:
  void empty_and_remove(int above, const char* name, UniqueFd folder) {
    top_ = folder.get();
    empty(above, name, std::move(folder), 1);
  }

 private:
  /// Names that were moved up, or that a file system skips while others go, are found by another pass.
  void empty(int above, const char* name, UniqueFd opened, int level) {
    Listing listing(std::move(opened));
    for (bool found = true; found; listing.from_the_beginning()) {
      found = false;
      while (const dirent* const entry = listing.next()) {
        found = true;
        remove(listing.folder(), entry->d_name, entry->d_type == DT_DIR, level);
      }
      if (is_gone(::unlinkat(above, name, AT_REMOVEDIR))) return;
      if (errno != ENOTEMPTY && errno != EEXIST) base::throw_errno("remove a folder");
    }
    base::throw_errno("remove a folder", ENOTEMPTY);
  }

  void remove(int folder, const char* name, bool is_folder, int level) {
    if (!is_folder && is_gone(::unlinkat(folder, name, 0))) return;
    if (!is_folder && errno != EISDIR) base::throw_errno("remove a file");
    if (is_gone(::unlinkat(folder, name, AT_REMOVEDIR))) return;
    if (errno != ENOTEMPTY && errno != EEXIST) base::throw_errno("remove a folder");
    if (level == kLevels) return move_up(folder, name);
    UniqueFd opened = open_member(folder, name);
    if (opened.valid()) return empty(folder, name, std::move(opened), level + 1);
    if (errno != ENOENT) base::throw_errno("open a folder");
  }

  void move_up(int folder, const char* name) {
    for (;;) {
      const std::string free = ".wh-deep-" + std::to_string(moved_++);
      if (is_gone(::renameat2(folder, name, top_, free.c_str(), RENAME_NOREPLACE))) return;
      if (errno != EEXIST) base::throw_errno("move a folder");
    }
  }

  int top_{-1};
  std::uint64_t moved_{0};
};

struct Identity {
  dev_t device{0};
  ino_t inode{0};
  bool operator==(const Identity&) const = default;
};

Identity identity_of(int folder) {
  struct stat info{};
  if (::fstat(folder, &info) != 0) base::throw_errno("stat a folder");
  return {info.st_dev, info.st_ino};
}

/// Goes down by names and back by `..`, which must be the folder that it came from.
class TreeWalk {
 public:
  TreeWalk(UniqueFd root, const std::function<bool(const TreeEntry&)>& visit) : at_(std::move(root)), visit_(visit) {}

  WalkEnd run() {
    for (WalkEnd end = enter(); !levels_.empty(); end = go_on()) {
      if (end != WalkEnd::whole) return end;
    }
    return WalkEnd::whole;
  }

 private:
  struct Level {
    Identity folder;
    std::vector<std::string> waiting;
  };

  /// Visits all members of the folder at `at_`.
  WalkEnd enter() {
    levels_.push_back({identity_of(at_.get()), {}});
    waiting_ += sizeof(Level);
    Listing listing(UniqueFd(::openat(at_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    while (const dirent* const entry = listing.next()) {
      struct stat info{};
      if (::fstatat(at_.get(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) continue;
        base::throw_errno("stat a file");
      }
      if (!visit_({.folder = at_.get(), .name = entry->d_name, .info = info, .level = levels_.size() - 1}))
        return WalkEnd::stopped;
      if (!S_ISDIR(info.st_mode)) continue;
      levels_.back().waiting.emplace_back(entry->d_name);
      waiting_ += cost(levels_.back().waiting.back());
      if (waiting_ > kWaiting) return WalkEnd::too_much;
    }
    return WalkEnd::whole;
  }

  WalkEnd go_on() {
    auto& waiting = levels_.back().waiting;
    if (waiting.empty()) {
      leave();
      return WalkEnd::whole;
    }
    const std::string name = std::move(waiting.back());
    waiting.pop_back();
    waiting_ -= cost(name);
    UniqueFd next = open_member(at_.get(), name.c_str());
    if (!next.valid()) {
      if (errno == ENOENT || errno == EXDEV) return WalkEnd::whole;
      base::throw_errno("open a folder");
    }
    at_ = std::move(next);
    return enter();
  }

  void leave() {
    levels_.pop_back();
    waiting_ -= sizeof(Level);
    if (levels_.empty()) return;
    at_ = UniqueFd(::openat(at_.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!at_.valid()) base::throw_errno("open the folder above");
    if (identity_of(at_.get()) != levels_.back().folder) throw base::Failure("a folder was moved while it was read");
  }

  static std::size_t cost(const std::string& name) { return sizeof name + name.size(); }

  UniqueFd at_;
  const std::function<bool(const TreeEntry&)>& visit_;
  std::vector<Level> levels_;
  std::size_t waiting_{0};
};

void remove_at(int above, const char* name, const std::string& shown) {
  if (is_gone(::unlinkat(above, name, 0))) return;
  if (errno != EISDIR) base::throw_errno("remove " + shown);
  UniqueFd folder(::openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) base::throw_errno("open " + shown);
  try {
    Removal().empty_and_remove(above, name, std::move(folder));
  } catch (const base::Failure& failure) {
    throw base::Failure("remove " + shown + ": " + failure.what());
  }
}

}  // namespace

void blocking_remove_tree(const std::filesystem::path& path) {
  remove_at(AT_FDCWD, path.c_str(), path.string());
}

void blocking_remove_tree_at(int folder, const std::string& name) {
  remove_at(folder, name.c_str(), name);
}

void blocking_discard_tree(const std::filesystem::path& path) noexcept {
  try {
    blocking_remove_tree(path);
  } catch (const std::exception& failure) {
    logging::warn("builds.left_behind", {{"folder", path.string()}, {"error", failure.what()}});
  }
}

WalkEnd blocking_walk_tree(const std::filesystem::path& root, const std::function<bool(const TreeEntry&)>& visit) {
  UniqueFd opened(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.valid()) base::throw_errno("open " + root.string());
  return TreeWalk(std::move(opened), visit).run();
}

}  // namespace builds

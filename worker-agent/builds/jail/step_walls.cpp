// What a RUN step finds when it leaves its root.
//
// With chroot isolation, buildah 1.28 (of Podman 4.3) gives a step a root by chroot(2), and a step may call chroot as
// well, for package managers do: so it climbs out to the root of its mount namespace, which was the jail's own, as the
// root of the jail's ids. This module is loaded before the main of the jail's programs, not of an image's. In the
// process that becomes the step, and before it gives its capabilities away, it makes a mount namespace in which the
// variables are covered and the jail's root, with the settings and the loader's list of the tools of later steps,
// cannot be written. Who has no CAP_SYS_ADMIN cannot undo that. Remove when Debian's buildah moves into a root by
// pivot_root (chroot/run_linux.go of newer ones).
//
// It also ends what earlier steps left running, which would see the secrets of this one, and removes the copies that
// buildah made of secrets for earlier steps and leaves beside the working container until the stage ends.

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "worker-agent/builds/jail/variables.hpp"

namespace {

constexpr const char* kContainers = "/var/lib/containers/storage/overlay-containers";
/// Its time is that at which the newest step began.
constexpr const char* kBegan = "/run/wh-step";
constexpr unsigned long kQuiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/// A step without these walls does not run.
void must(int result, const char* what) {
  if (result == 0) return;
  ::dprintf(2, "wh-jail: %s: %s\n", what, std::strerror(errno));
  ::_exit(125);
}

bool is_older(const timespec& one, const timespec& other) {
  return one.tv_sec != other.tv_sec ? one.tv_sec < other.tv_sec : one.tv_nsec <= other.tv_nsec;
}

/// The members of a folder, one after the other.
class Members {
 public:
  explicit Members(int folder) : stream_(folder < 0 ? nullptr : ::fdopendir(folder)) {}
  ~Members() {
    if (stream_ != nullptr) ::closedir(stream_);
  }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  /// Null at the end.
  const char* next() {
    while (const dirent* const entry = stream_ == nullptr ? nullptr : ::readdir(stream_)) {
      if (entry->d_name[0] != '.') return entry->d_name;
    }
    return nullptr;
  }
  int folder() const { return ::dirfd(stream_); }

 private:
  DIR* stream_;
};

int open_folder(int above, const char* name) {
  return ::openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/// -1: it is gone, or has ended.
int parent_of(int process) {
  char path[32];
  char text[512] = {};
  std::snprintf(path, sizeof path, "/proc/%d/stat", process);
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  const bool read = file >= 0 && ::read(file, text, sizeof text - 1) > 0;
  ::close(file);
  // The name in parentheses may hold anything.
  const char* const name_end = read ? std::strrchr(text, ')') : nullptr;
  char state = 0;
  int parent = -1;
  if (name_end == nullptr || std::sscanf(name_end + 1, " %c %d", &state, &parent) != 2) return -1;
  return state == 'Z' || state == 'X' ? -1 : parent;
}

/// The tools that run this step.
struct Ancestors {
  int ids[16]{};
  Ancestors() {
    int process = ::getpid();
    for (int& id : ids) {
      id = process;
      if (process > 0) process = parent_of(process);
    }
  }
  bool hold(int process) const {
    for (const int id : ids) {
      if (id == process) return true;
    }
    return false;
  }
};

/// What a step leaves running sees the files of the steps after it, through /proc.
void end_earlier_steps() {
  constexpr int kPasses = 1000;
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
  const Ancestors tools;
  for (int pass = 0; pass < kPasses; ++pass) {
    bool found = false;
    Members processes(open_folder(AT_FDCWD, "/proc"));
    while (const char* const name = processes.next()) {
      const int process = std::atoi(name);
      if (process <= 0 || tools.hold(process) || parent_of(process) < 0) continue;
      found = true;
      ::kill(process, SIGKILL);
    }
    if (!found) return;
    ::nanosleep(&kPause, nullptr);
  }
  errno = EBUSY;
  must(-1, "end what an earlier step left running");
}

/// Those of this step were written after the step before began.
void forget_secrets_of_earlier_steps() {
  struct stat before{};
  const bool is_first = ::stat(kBegan, &before) != 0;
  ::unlink(kBegan);
  must(::mknod(kBegan, S_IFREG | 0600, 0), "remember when a step began");
  if (is_first) return;
  Members containers(open_folder(AT_FDCWD, kContainers));
  while (const char* const container = containers.next()) {
    const int above = open_folder(containers.folder(), container);
    const int data = open_folder(above, "userdata");
    Members secrets(open_folder(data, "secrets"));
    ::close(data);
    ::close(above);
    while (const char* const secret = secrets.next()) {
      struct stat info{};
      if (::fstatat(secrets.folder(), secret, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
          !is_older(info.st_ctim, before.st_ctim))
        continue;
      must(::unlinkat(secrets.folder(), secret, 0), "remove a secret");
    }
  }
}

// The dynamic linker gives constructors the program's own vector of arguments.
__attribute__((constructor)) void wall_in(int count, char** arguments, char** /*environment*/) {
  if (count < 1 || std::strcmp(arguments[0], "buildah-chroot-exec") != 0) return;
  end_earlier_steps();
  forget_secrets_of_earlier_steps();
  must(::unshare(CLONE_NEWNS), "a mount namespace for a step");
  must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "keep a step's mounts to it");
  if (::access(jail::kVariables, F_OK) == 0) {
    must(::mount("tmpfs", jail::kVariables, "tmpfs", MS_RDONLY | kQuiet, "size=4k,mode=500"), "cover the variables");
  }
  must(::mount(nullptr, "/", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, nullptr),
       "close the jail's root");
}

}  // namespace

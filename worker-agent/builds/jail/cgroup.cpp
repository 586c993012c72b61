#include "worker-agent/builds/jail/cgroup.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <utility>

#include "common/base/failure.hpp"
#include "common/base/unique_fd.hpp"

namespace jail {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = "/sys/fs/cgroup";
constexpr const char* kChild = "jail";
constexpr std::uint64_t kPeriodUs = 100'000;
/// Half of what apps, and everything else, weigh: all builds together get what the others leave, and that much
/// when the others want everything.
constexpr const char* kShares = "512";
constexpr const char* kWeight = "50";
constexpr int kRemoveTries = 300;
constexpr long kRemovePauseNs = 10'000'000;

bool is_unified() {
  struct statfs info{};
  return ::statfs(kRoot.c_str(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

/// Returns errno, or 0.
int try_put(const fs::path& file, const std::string& value) {
  const base::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return errno;
  return ::write(fd.get(), value.data(), value.size()) < 0 ? errno : 0;
}

void put(const fs::path& file, const std::string& value) {
  if (const int error = try_put(file, value); error != 0) base::throw_errno("write " + file.string(), error);
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) base::throw_errno("mkdir " + folder.string());
}

/// Each level on the way down to `name`, made when absent.
void make_levels(const fs::path& root, const std::string& name, bool delegate) {
  fs::path at = root;
  for (const auto& part : fs::path(name)) {
    // A controller that this host does not have is met again, with a clear error, when its limit is set.
    if (delegate) {
      for (const char* controller : {"+memory", "+pids", "+cpu", "+io"})
        try_put(at / "cgroup.subtree_control", controller);
    }
    at /= part;
    make_folder(at);
  }
}

std::vector<pid_t> processes(const fs::path& group) {
  std::vector<pid_t> out;
  std::ifstream file(group / "cgroup.procs");
  for (pid_t pid = 0; file >> pid;) out.push_back(pid);
  return out;
}

void remove_group(const fs::path& group) noexcept {
  for (int i = 0; i < kRemoveTries; ++i) {
    if (::rmdir(group.c_str()) == 0 || errno == ENOENT) return;
    if (errno != EBUSY) return;
    if (try_put(group / "cgroup.kill", "1") != 0) {
      for (const pid_t pid : processes(group)) ::kill(pid, SIGKILL);
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = kRemovePauseNs};
    ::nanosleep(&pause, nullptr);
  }
}

/// The jail may have made groups below its own.
void remove_tree(const fs::path& group) noexcept {
  std::error_code ignored;
  for (fs::directory_iterator it(group, ignored), end; !ignored && it != end; it.increment(ignored)) {
    if (it->is_directory(ignored)) remove_tree(it->path());
  }
  remove_group(group);
}

}  // namespace

Cgroup::Cgroup(std::string name) : name_(std::move(name)), unified_(is_unified()) {
  if (!unified_) controllers_ = {"memory", "pids", "cpu"};
}

Cgroup::Cgroup(std::string name, const Limits& limits) : Cgroup(std::move(name)) {
  remove();
  create(limits);
}

fs::path Cgroup::parent(const std::string& controller) const {
  return unified_ ? kRoot / name_ : kRoot / controller / name_;
}

void Cgroup::create(const Limits& limits) const {
  if (unified_) {
    make_levels(kRoot, name_ + "/" + kChild, true);
  } else {
    for (const auto& controller : controllers_) make_levels(kRoot / controller, name_ + "/" + kChild, false);
  }
  if (limits.memory_bytes != 0) {
    const std::string bytes = std::to_string(limits.memory_bytes);
    put(parent("memory") / (unified_ ? "memory.max" : "memory.limit_in_bytes"), bytes);
    // Absent where the kernel keeps no account of swap.
    try_put(parent("memory") / (unified_ ? "memory.swap.max" : "memory.memsw.limit_in_bytes"), unified_ ? "0" : bytes);
  }
  const fs::path top = *fs::path(name_).begin();
  try_put(unified_ ? kRoot / top / "cpu.weight" : kRoot / "cpu" / top / "cpu.shares", unified_ ? kWeight : kShares);
  // Where the kernel divides the disk at all.
  if (unified_) try_put(kRoot / top / "io.weight", kWeight);
  if (limits.pids != 0) put(parent("pids") / "pids.max", std::to_string(limits.pids));
  if (limits.cpu_millis != 0) {
    const std::string quota = std::to_string(std::max<std::uint64_t>(limits.cpu_millis * kPeriodUs / 1000, 1000));
    if (unified_) {
      put(parent("cpu") / "cpu.max", quota + " " + std::to_string(kPeriodUs));
    } else {
      put(parent("cpu") / "cpu.cfs_period_us", std::to_string(kPeriodUs));
      put(parent("cpu") / "cpu.cfs_quota_us", quota);
    }
  }
}

void Cgroup::add(pid_t pid) const {
  if (unified_) {
    put(kRoot / name_ / kChild / "cgroup.procs", std::to_string(pid));
    return;
  }
  for (const auto& controller : controllers_) put(parent(controller) / kChild / "cgroup.procs", std::to_string(pid));
}

std::uint64_t Cgroup::counter(const fs::path& file, const std::string& key) const {
  std::ifstream in(file);
  std::string name;
  std::uint64_t value = 0;
  while (in >> name >> value) {
    if (name == key) return value;
  }
  return 0;
}

CgroupEvents Cgroup::events() const {
  CgroupEvents out;
  // Version 1 counts where the task was, version 2 in each level above as well.
  if (unified_) {
    out.oom_kills = counter(parent("memory") / "memory.events", "oom_kill");
    out.pids_refused = counter(parent("pids") / "pids.events", "max");
  } else {
    out.oom_kills = counter(parent("memory") / kChild / "memory.oom_control", "oom_kill") +
                    counter(parent("memory") / "memory.oom_control", "oom_kill");
    out.pids_refused =
        counter(parent("pids") / "pids.events", "max") + counter(parent("pids") / kChild / "pids.events", "max");
  }
  return out;
}

void Cgroup::remove() const noexcept {
  if (name_.empty()) return;
  if (unified_) {
    remove_tree(kRoot / name_);
  } else {
    for (const auto& controller : controllers_) remove_tree(parent(controller));
  }
}

void Cgroup::remove_left_over(const std::string& name) noexcept {
  if (!name.empty()) Cgroup(name).remove();
}

}  // namespace jail

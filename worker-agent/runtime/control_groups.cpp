#include "worker-agent/runtime/control_groups.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "common/base/kernel_file.hpp"
#include "common/base/unique_fd.hpp"

namespace runtime {
namespace {

constexpr std::string_view kPrefix = "libpod-";
constexpr std::size_t kIdLength = 64;

const std::filesystem::path kControlRoot = "/sys/fs/cgroup";

/// Where processes are looked up: every container is in the pids tree of version 1 hosts.
std::filesystem::path tree_of(const std::string& path) {
  const auto one = std::filesystem::path(kControlRoot.string() + "/pids" + path);
  return std::filesystem::exists(one) ? one : std::filesystem::path(kControlRoot.string() + path);
}

bool is_in_group(pid_t pid, const std::string& group) {
  return base::read_kernel_file("/proc/" + std::to_string(pid) + "/cgroup").find(group) != std::string::npos;
}

/// Folders first, then their folder.
void remove_group(const std::filesystem::path& group) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(group, ignored)) {
    if (entry.is_directory(ignored)) remove_group(entry.path());
  }
  std::filesystem::remove(group, ignored);
}

}  // namespace

std::set<std::string> containers_with_groups(const std::string& parent) {
  std::set<std::string> ids;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(tree_of(parent), ignored)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kIdLength) continue;
    ids.insert(name.substr(kPrefix.size()));
  }
  return ids;
}

int kill_group(const std::string& parent, const std::string& container) {
  const auto group = parent + "/" + std::string(kPrefix) + container;
  std::ifstream in(tree_of(group) / "cgroup.procs");
  int killed = 0;
  for (pid_t pid = 0; in >> pid;) {
    const base::UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // Asked after opening: the descriptor can then belong to no other process.
    if (!process.valid() || !is_in_group(pid, group)) continue;
    if (::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) == 0) ++killed;
  }
  return killed;
}

void remove_groups(const std::string& path) {
  std::error_code ignored;
  remove_group(kControlRoot.string() + path);
  for (const auto& tree : std::filesystem::directory_iterator(kControlRoot, ignored)) {
    if (tree.is_directory(ignored)) remove_group(tree.path().string() + path);
  }
}

}  // namespace runtime

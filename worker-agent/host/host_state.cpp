#include "worker-agent/host/host_state.hpp"

#include <arpa/inet.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "common/base/failure.hpp"

namespace host {
namespace {

const std::filesystem::path kCgroupRoot = "/sys/fs/cgroup";
constexpr std::array kNeededControllers = {"cpu", "memory", "pids"};

bool is_cgroup2(const std::filesystem::path& path) {
  struct statfs info{};
  return ::statfs(path.c_str(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

std::string first_line(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

CgroupMode detect_mode() {
  if (is_cgroup2(kCgroupRoot)) return CgroupMode::v2;
  if (!std::filesystem::exists(kCgroupRoot / "memory") && !std::filesystem::exists(kCgroupRoot / "pids")) {
    return CgroupMode::none;
  }
  return is_cgroup2(kCgroupRoot / "unified") ? CgroupMode::hybrid : CgroupMode::v1;
}

std::vector<std::string> find_missing(CgroupMode mode) {
  std::vector<std::string> missing;
  std::istringstream line(mode == CgroupMode::v2 ? first_line(kCgroupRoot / "cgroup.controllers") : "");
  const std::vector<std::string> available(std::istream_iterator<std::string>(line), {});
  for (const std::string needed : kNeededControllers) {
    const bool there = mode == CgroupMode::v2 ? std::ranges::find(available, needed) != available.end()
                                              : std::filesystem::exists(kCgroupRoot / needed / "cgroup.procs");
    if (!there) missing.push_back(needed);
  }
  return missing;
}

std::uint64_t hard_limit(int which, std::uint64_t at_most) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(which), &limit) != 0) return at_most;
  return limit.rlim_max == RLIM_INFINITY ? at_most : std::min<std::uint64_t>(limit.rlim_max, at_most);
}

/// IPv4 name servers of a resolv.conf that are not loopback: a container cannot reach those.
std::vector<std::string> name_servers(const std::filesystem::path& file) {
  std::vector<std::string> found;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string key;
    std::string address;
    in_addr parsed{};
    if (!(words >> key >> address) || key != "nameserver") continue;
    if (::inet_pton(AF_INET, address.c_str(), &parsed) != 1 || address.starts_with("127.")) continue;
    found.push_back(address);
  }
  return found;
}

}  // namespace

const char* to_string(CgroupMode mode) {
  switch (mode) {
    case CgroupMode::none: return "none";
    case CgroupMode::v1: return "v1";
    case CgroupMode::hybrid: return "hybrid";
    case CgroupMode::v2: return "v2";
  }
  return "none";
}

HostState blocking_detect(const std::filesystem::path& state_dir) {
  HostState state;
  state.cgroup_mode = detect_mode();
  state.missing_controllers = find_missing(state.cgroup_mode);
  state.open_files_limit = hard_limit(RLIMIT_NOFILE, 65536);
  // Debian's Podman lowers its own hard limit to 32768 before it starts a container.
  state.processes_limit = hard_limit(RLIMIT_NPROC, 30000);
  state.root = ::geteuid() == 0;
  utsname names{};
  if (::uname(&names) != 0) base::throw_errno("uname");
  state.kernel = names.release;
  state.architecture = names.machine;
  state.cpus = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  struct sysinfo memory{};
  if (::sysinfo(&memory) == 0) state.memory_bytes = std::uint64_t{memory.totalram} * memory.mem_unit;
  struct statvfs disk{};
  if (::statvfs(state_dir.c_str(), &disk) != 0) base::throw_errno("statvfs " + state_dir.string());
  state.disk_bytes = std::uint64_t{disk.f_blocks} * disk.f_frsize;
  state.disk_free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  state.resolvers = name_servers("/etc/resolv.conf");
  // systemd-resolved listens on loopback; the servers behind it stand here.
  if (state.resolvers.empty()) state.resolvers = name_servers("/run/systemd/resolve/resolv.conf");
  return state;
}

}  // namespace host

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// What the agent finds out about its machine, by looking at it.
namespace host {

/// hybrid: version 1 controllers with an extra version 2 tree at `unified` (crun refuses to work there, HOSTS.md).
enum class CgroupMode { none, v1, hybrid, v2 };

const char* to_string(CgroupMode mode);

struct HostState {
  CgroupMode cgroup_mode{CgroupMode::none};
  std::vector<std::string> missing_controllers;  ///< of cpu, memory and pids
  std::uint64_t open_files_limit{0};             ///< what a container can be given: our own hard limits, since
  std::uint64_t processes_limit{0};              ///< CAP_SYS_RESOURCE may be missing
  bool root{false};
  std::string kernel;        ///< release, e.g. "6.1.0-18-amd64"
  std::string architecture;  ///< e.g. "x86_64"
  int cpus{1};
  std::uint64_t memory_bytes{0};
  std::uint64_t disk_bytes{0};  ///< of the file system that holds the state directory
  std::uint64_t disk_free_bytes{0};
  std::vector<std::string> resolvers;  ///< IPv4 name servers that a container can ask; no loopback ones
};

/// Reads /proc, /sys and /etc/resolv.conf; about 1 ms. `state_dir` exists.
HostState blocking_detect(const std::filesystem::path& state_dir);

}  // namespace host

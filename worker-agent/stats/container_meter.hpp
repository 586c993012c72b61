#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/id.hpp"
#include "common/protocol/stats.hpp"

namespace stats {

/// A container that runs here.
struct RunningContainer {
  base::ReplicaId replica;
  std::string container_id;
  pid_t pid{0};  ///< its first process
};

/// Received and sent bytes of all interfaces but loopback, from /proc/<pid>/net/dev.
struct NetworkBytes {
  std::uint64_t received{0};
  std::uint64_t sent{0};
};
NetworkBytes parse_network(std::string_view net_dev);

/// Reads what containers use from their control groups, of version 1 or 2, and their network namespaces. Six small
/// files a container, about 0.1 ms. One that is gone is left out.
class ContainerMeter {
 public:
  /// `cgroup_parent`: the group beneath which Podman makes one a container, as "/libpod_parent"; `root`: where control
  /// groups are mounted.
  explicit ContainerMeter(std::string cgroup_parent, std::filesystem::path root = "/sys/fs/cgroup",
                          std::filesystem::path proc = "/proc")
      : parent_(std::move(cgroup_parent)), root_(std::move(root)), proc_(std::move(proc)) {}

  std::vector<protocol::ContainerStats> blocking_read(const std::vector<RunningContainer>& containers) const;

 private:
  std::optional<protocol::ContainerStats> blocking_read_one(const RunningContainer& container) const;

  std::string parent_;
  std::filesystem::path root_;
  std::filesystem::path proc_;
};

}  // namespace stats

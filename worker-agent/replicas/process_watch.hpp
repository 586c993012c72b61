#pragma once

#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/daemon.hpp"
#include "worker-agent/runtime/types.hpp"

namespace replicas {

/// Proof that a container runs and can be watched (HOSTS.md, adoption): its process lives, and so does its conmon,
/// whose command line holds the container's id. Podman itself says "running" for ever when conmon was killed.
bool proves_alive(const runtime::ContainerInfo& container);
/// The same, for marks that were taken while it was proven; cheap enough for every tick.
struct LifeMarks {
  host::ProcessMark process;
  host::ProcessMark conmon;
};
std::optional<LifeMarks> take_marks(const runtime::ContainerInfo& container);
bool still_alive(const LifeMarks& marks);

/// How many processes of the container the kernel killed because its memory was used up. Asked right when it ended: its
/// control group lives some 40 ms longer. Podman's own OOMKilled stays false on cgroup version 1 hosts.
int blocking_memory_kills(const std::string& cgroup_parent, const std::string& container_id);

/// Waits for the end of a process that is not a child, by pidfd.
class ProcessWatch {
 public:
  /// Nothing when the process is gone or is another one by now.
  static std::unique_ptr<ProcessWatch> open(boost::asio::any_io_executor executor, host::ProcessMark mark);
  ~ProcessWatch();

  /// Returns when the process has ended; at once when it ended before. One waiter at a time.
  async::Task<void> ended();

 private:
  struct Impl;
  explicit ProcessWatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace replicas

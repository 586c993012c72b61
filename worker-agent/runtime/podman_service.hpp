#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/host/daemon.hpp"
#include "worker-agent/runtime/podman.hpp"

namespace runtime {

/// `podman system service`, which outlives the agent. Killing it harms no container.
class PodmanService {
 public:
  PodmanService(async::BlockingPool& pool, Podman& podman, const host::ContainerSetup& setup, const base::Clock& clock);

  /// Adopts or starts it, and returns when it answers (60 ms after a start). Error `podman.unavailable`.
  async::Task<base::Result<void>> ensure(base::Deadline deadline);
  /// Cheap: one read in /proc.
  bool alive() const { return daemon_.alive(); }
  pid_t pid() const { return daemon_.pid(); }
  async::Task<void> stop();

 private:
  async::BlockingPool& pool_;
  Podman& podman_;
  const base::Clock& clock_;
  host::Daemon daemon_;
};

/// Removes everything of the installation from this host: containers, networks, packet rules, the Podman service.
/// Images and volumes stay. Idempotent; what does not work is reported after the rest was tried.
async::Task<base::Result<void>> stop_host(async::BlockingPool& pool, const host::ContainerSetup& setup,
                                          const base::Clock& clock, base::Deadline deadline);

}  // namespace runtime

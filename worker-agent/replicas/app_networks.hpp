#pragma once

#include <set>
#include <string>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/host/id_ranges.hpp"
#include "worker-agent/runtime/call_gate.hpp"
#include "worker-agent/runtime/podman.hpp"

namespace replicas {

/// The networks of the app environments that have replicas here, and the packet rules around them. No container is
/// started on a network before the rules hold.
class AppNetworks {
 public:
  AppNetworks(boost::asio::any_io_executor executor, async::BlockingPool& pool, runtime::Podman& podman,
              const host::ContainerSetup& setup, const base::Clock& clock);

  /// Makes the network and its rules, unless they are known to be there, and answers the first of the environment's own
  /// host ids (0: containers have no user namespace here). 10 ms the first time.
  async::Task<base::Result<std::uint32_t>> ensure(base::AppEnvironmentId app_environment, base::Deadline deadline);
  /// To be called when a container of that environment has started, for Podman may have made the bridge with it. What
  /// goes wrong is logged: the container runs.
  async::Task<void> hold_hardware_address(base::AppEnvironmentId app_environment);
  /// Removes networks of ours that are not `needed`; those that a container still uses stay until the next time. Sets
  /// the rules again once a minute, for other programs may flush them.
  async::Task<base::Result<void>> tidy(std::set<base::AppEnvironmentId> needed, base::Deadline deadline);

 private:
  async::Task<base::Result<void>> ensure_network(base::AppEnvironmentId app_environment, base::Deadline deadline);
  async::Task<base::Result<void>> learn(base::Deadline deadline);
  async::Task<base::Result<void>> apply_rules(base::Deadline deadline);

  async::BlockingPool& pool_;
  runtime::Podman& podman_;
  const host::ContainerSetup& setup_;
  const base::Clock& clock_;
  runtime::CallGate one_at_a_time_;
  host::IdRanges ids_;
  bool learned_{false};
  std::set<std::string> names_;
  std::set<std::string> bridges_;
  base::SteadyTime rules_applied_{};
};

}  // namespace replicas

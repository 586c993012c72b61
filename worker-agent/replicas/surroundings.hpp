#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <string>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/deadline.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/runtime/images.hpp"
#include "worker-agent/runtime/leftovers.hpp"
#include "worker-agent/runtime/podman.hpp"
#include "worker-agent/runtime/podman_service.hpp"

namespace replicas {

/// Opens the sealed box of a replica's secret variables. The values go into the container's environment and nowhere
/// else.
using OpenSecrets = std::function<base::Result<std::map<std::string, std::string>>(const std::string& sealed)>;

/// What replicas need from the rest of the agent. The references outlive the manager; all on one executor.
struct Surroundings {
  boost::asio::any_io_executor executor;
  async::BlockingPool& pool;
  const base::Clock& clock;
  const host::ContainerSetup& setup;
  runtime::Podman& podman;
  runtime::PodmanService& service;
  runtime::Images& images;
  base::WorkerId worker;
  text::PortRange ports;  ///< where replicas are published
  OpenSecrets open_secrets;
  agent::ReplicaStatusSink on_status;
  base::Duration patience{std::chrono::seconds(30)};  ///< with a Podman that is asked what runs
};

/// Podman that was killed while it made or removed a container can leave the container's forwarding rules in the
/// kernel, where they come before those of the next one at that port, its process and its end of the network. To be
/// called when a container was removed, before another is started, and when Podman is back. A failure is told and
/// otherwise nothing: the next call does it.
async::Task<void> drop_left_behind(const Surroundings& around, base::Deadline deadline);

}  // namespace replicas

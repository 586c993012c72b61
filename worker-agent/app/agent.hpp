#pragma once

#include "worker-agent/app/config.hpp"

namespace agent {

/// Runs the agent until SIGTERM or SIGINT; containers, HAProxy and the registry go on. Returns the exit code.
int run_agent(const Config& config);

/// Stops and removes everything that an agent with this state folder started on this host: containers, networks, packet
/// rules, HAProxy, the registry, Podman's service. Images, logs and keys stay. Idempotent.
int stop_host(const Config& config);

/// Looks whether this host can do the work, and says in sentences what is missing. 0 when it can.
int preflight(const Config& config);

}  // namespace agent

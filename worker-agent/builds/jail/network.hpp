#pragma once

#include <sys/types.h>

#include "worker-agent/builds/jail/options.hpp"

namespace jail {

/// Outside: makes the veth pair with one end on the build bridge and the other, `eth0`, in the namespace of `pid`.
/// The bridge port is isolated: jails cannot reach each other. One run of `ip`, about 3 ms. Throws `base::Failure`.
void connect_to_bridge(const Network& network, pid_t pid);

/// Outside: removes the host's end (the other goes with it). Absent is fine.
void disconnect(const std::string& veth) noexcept;

/// Inside, as the namespace's root: loopback up; in mode `build` also address and default route on `eth0`, no IPv6.
void configure_inside(const Network& network);

}  // namespace jail

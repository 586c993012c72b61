#pragma once

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/runtime/stale_ports.hpp"

namespace runtime {

/// Removes what Podman, killed in the middle of its work, left of containers that it no longer knows:
///
/// - forwarding rules for `ports` (see stale_ports.hpp);
/// - processes and control groups. Podman that dies between its OCI runtime's `create` and its own record of that takes
///   the container for one that was never made: removing it drops the record, and the process that waits to be
///   started, its monitor and its group stay for good.
///
/// To be called when the agent starts, and when a container was removed. Without containers it costs one
/// `iptables-save` (a few ms), with some a `podman ps` more. Error `host.tool`; the next call does what this one could
/// not.
async::Task<base::Result<void>> drop_leftovers(host::ContainerSetup setup, text::PortRange ports,
                                               base::Deadline deadline);

}  // namespace runtime

#pragma once

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/runtime/podman.hpp"

namespace runtime {

/// Removes the ports of this installation's bridges that Podman, disturbed in the middle of its work, left of
/// containers that are gone. Their addresses are given to other containers of the network, and one address that two
/// answer to leads requests astray.
///
/// A port goes only when no process lives behind it and no container has it: it is looked for before Podman is asked,
/// and Podman tells of a container that is just being started or removed when that is done. Nothing to remove: one
/// question to the kernel and a look at the processes, a few ms on `pool`; else the containers of the networks
/// concerned are asked for. Errors as Podman's; the next call does what this one could not. Throws `base::Failure`.
async::Task<base::Result<void>> drop_left_sandboxes(async::BlockingPool& pool, Podman& podman,
                                                    const host::ContainerSetup& setup, base::Deadline deadline);

}  // namespace runtime

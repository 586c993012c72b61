#pragma once

#include "worker-agent/builds/jail/options.hpp"

namespace jail {

/// Makes the jail, runs the command in it, and takes everything down again: namespaces, veth, control groups. Blocks
/// until the command ended, or SIGTERM/SIGINT/SIGHUP arrived, upon which everything inside is killed at once. When this
/// process itself is killed, the kernel kills the jail; only empty control groups stay (`Cgroup::remove_left_over`).
/// Single-threaded callers only.
Report run(const Options& options);

}  // namespace jail

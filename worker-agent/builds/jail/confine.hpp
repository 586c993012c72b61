#pragma once

#include <cstdint>

namespace jail {

/// Resource limits that hold for everything in the jail: no core files, files of at most `file_bytes` (0: unlimited).
void set_resource_limits(std::uint64_t file_bytes);

/// Gives up every capability for good, also those inside the user namespace.
void drop_capabilities();

/// Builds are in no hurry: what is woken or forked in here takes the processor from nobody who runs, takes long turns,
/// and comes last at the disk. How much of the processor builds get is said by `Cgroup`.
void let_others_go_first();

/// No new privileges, an empty session keyring, and a filter on system calls that a build never needs but kernel
/// exploits do (io_uring, bpf, keyrings, kernel modules, userfaultfd, performance counters). Throws `base::Failure`.
void confine_system_calls();

}  // namespace jail

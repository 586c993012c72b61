#pragma once

#include <filesystem>

#include "common/protocol/registration.hpp"

namespace agent {

/// Fills what is empty in `known` from the host: os, arch, kernel, cpus, memory, the disk beneath `state_dir`, cgroup
/// mode. What only others can tell (Podman's version, runtime, capabilities, labels) stays as given. Blocks.
protocol::WorkerFacts blocking_gather_facts(protocol::WorkerFacts known, const std::filesystem::path& state_dir);
/// Of the running kernel. Blocks.
base::Uuid blocking_boot_id();

}  // namespace agent

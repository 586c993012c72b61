#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/protocol/objects.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/runtime/types.hpp"

namespace runtime {

/// `wh-<replica id>`: starting twice starts once (PROTOCOL 7).
std::string container_name(base::ReplicaId replica);
/// The other way round; nothing for a name that is not ours.
std::optional<base::ReplicaId> replica_of_container(std::string_view name);
/// conmon begins a new file when this one grows beyond so many bytes.
inline constexpr std::int64_t kLogBytes = std::int64_t{16} << 20U;
/// Where a replica's output goes; the same file over restarts.
std::filesystem::path container_log(const host::ContainerSetup& setup, base::ReplicaId replica);

/// SHA-256 of what makes the container: image, command, environment, ports, limits, volumes. Health, grace and the
/// sealed secrets are left out: the first two do not need a new container, and sealing the same secrets twice gives
/// other bytes (a release's variables never change).
std::string spec_sha256(const protocol::ReplicaObject& object);

/// The one place where a container is described (SECURITY CTR-05). Pure. `secrets` are the opened variables, which
/// overrule `env`; PORT is always the object's port. `first_id`: first of the environment's own host ids, or 0 for no
/// user namespace. Error kind invalid, in words for the app's owner.
base::Result<ContainerSpec> build_container_spec(const protocol::ReplicaObject& object,
                                                 std::map<std::string, std::string> secrets, base::WorkerId worker,
                                                 const host::ContainerSetup& setup, std::uint32_t first_id = 0);

}  // namespace runtime

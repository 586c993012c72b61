#pragma once

#include <filesystem>

namespace host {

/// Makes `folder`, where Podman mounts the network namespaces of containers, a shared mount of its own. The first
/// `ip netns add` on a host does that otherwise, whoever calls it: what is mounted there by then is hidden beneath, and
/// Podman can take the network of no container away that ran at that moment. False, and nothing done, when something is
/// in the folder already or the mount is not permitted. To be called before Podman; a few µs. Idempotent.
bool blocking_share_netns_folder(const std::filesystem::path& folder = "/run/netns");

}  // namespace host

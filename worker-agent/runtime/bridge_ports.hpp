#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace runtime {

/// A port of a bridge on this host whose other end is in another network namespace: a container's way out.
struct BridgePort {
  int index{0};  ///< of the interface; the kernel gives no index twice, as it does names
  std::string name;
  std::string bridge;
  int namespace_id{0};  ///< where its other end is, by the number that the kernel has for that namespace here
};

/// The ports of the bridges whose names begin with `prefix`. One question to the kernel, some 2 µs an interface of the
/// host. Throws `base::Failure`.
std::vector<BridgePort> blocking_bridge_ports(const std::string& prefix);

/// The number of the network namespace that `file` is (in /proc/PID/ns, or a mount of one); nothing when there is no
/// such file, or the namespace has no number here. It may be another's as soon as the namespace has gone. Throws
/// `base::Failure`.
std::optional<int> blocking_namespace_id(const std::filesystem::path& file);

/// The numbers of the network namespaces in which some process of this host lives. Reads /proc: some 5 µs a process.
/// Throws `base::Failure`.
std::set<int> blocking_inhabited_namespaces();

/// Removes the port, and with it its other end; then takes away Podman's mount of the namespace behind it, which the
/// kernel removes when nobody holds it any more. False, and nothing done, when the port had gone already. Throws
/// `base::Failure`.
bool blocking_remove_port(const BridgePort& port, const std::filesystem::path& mounts = "/run/netns");

}  // namespace runtime

#pragma once

#include <set>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "worker-agent/host/containers.hpp"

namespace runtime {

/// The host ports that replicas of this installation are published at, both ends included.
struct PortRange {
  int first{0};
  int last{0};
};

/// Reads "20000-20999". Error invalid.
base::Result<PortRange> parse_port_range(std::string_view text);

/// Podman forwards a published port by rules in the kernel and takes them away when the container goes. Where its
/// record went first (a store that was deleted, a machine restored from a copy), the rules stay, come before those of
/// the next container at that port, and lead its requests nowhere.
///
/// What `iptables-restore --noflush` has to be told so that the rules of `saved` (`iptables-save -t nat`) for `ports`
/// whose container is not in `containers` (full ids) are gone; empty when there are none. Pure.
std::string forget_stale_ports(std::string_view saved, PortRange ports, const std::set<std::string>& containers);

/// Removes such rules. To be called while no container of the installation is being started: when the agent starts, and
/// after it removed all containers. Without rules for `ports` it costs one `iptables-save` (a few ms).
async::Task<base::Result<void>> drop_stale_ports(host::ContainerSetup setup, PortRange ports, base::Deadline deadline);

}  // namespace runtime

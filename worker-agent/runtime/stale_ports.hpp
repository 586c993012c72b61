#pragma once

#include <set>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "common/text/port_range.hpp"

namespace runtime {

/// Podman forwards a published port by rules in the kernel and takes them away when the container goes. Where its
/// record went first (a store that was deleted, a machine restored from a copy), the rules stay, come before those of
/// the next container at that port, and lead its requests nowhere.
///
/// What `iptables-restore --noflush` has to be told so that the rules of `saved` (`iptables-save -t nat`) for `ports`
/// whose container is not in `containers` (full ids) are gone; empty when there are none. Pure.
std::string forget_stale_ports(std::string_view saved, text::PortRange ports, const std::set<std::string>& containers);

/// What `iptables-save -t nat` prints; a few ms. Error `host.tool`.
async::Task<base::Result<std::string>> forwarding_rules(base::Deadline deadline);

/// Removes such rules. `saved` is older than `containers`: a container that was made in between is then known.
async::Task<base::Result<void>> drop_stale_ports(std::string saved, text::PortRange ports,
                                                 std::set<std::string> containers, base::Deadline deadline);

}  // namespace runtime

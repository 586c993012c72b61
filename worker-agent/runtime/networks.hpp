#pragma once

#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "worker-agent/runtime/types.hpp"

namespace runtime {

/// One bridge network an app environment; names are made here only, never taken from outside (SECURITY INJ-09).
std::string network_name(base::AppEnvironmentId app_environment);
/// `whn` + 4 digits of the installation + 8 digits of the app environment: 15 characters, the most Linux takes.
std::string bridge_name(const std::string& installation, base::AppEnvironmentId app_environment);
/// `whn` + 4 digits: what all bridges of an installation begin with.
std::string bridge_prefix(const std::string& installation);
NetworkSpec network_spec(const std::string& installation, base::AppEnvironmentId app_environment);

/// The packet rules of an installation: table `inet wh_<installation>`.
struct FirewallRules {
  std::string installation;
  std::vector<std::string> bridges;    ///< of which each may talk to itself
  std::vector<std::string> resolvers;  ///< name servers that apps may ask, also in private ranges
};

/// The nftables script that replaces the table as a whole, in one transaction. Apps may: answer, reach the internet,
/// ask name servers, talk within their own network. They may not: reach the host's services, link-local and metadata
/// addresses, the mesh, private ranges, other apps. Into an app come only connections to its published port, and those
/// never from another app. Pure.
std::string render_firewall(const FirewallRules& rules);

/// Applies the script by `nft -f -`. Idempotent, about 5 ms. Error `firewall.failed`.
async::Task<base::Result<void>> apply_firewall(FirewallRules rules, base::Deadline deadline);
/// Removes the table; it may be gone already.
async::Task<base::Result<void>> remove_firewall(std::string installation, base::Deadline deadline);

/// Takes away the bridge of a network that Podman does not know (any more), with what hangs on it. Podman sometimes
/// forgets a container's end of it; the next network of that name would get another range of addresses, its bridge keep
/// the old one, and nothing in it be reached. No such bridge: success, without a process. Error `host.tool`.
async::Task<base::Result<void>> drop_left_bridge(async::BlockingPool& pool, std::string bridge,
                                                 base::Deadline deadline);

/// From now on the bridge has the hardware address that it has at this moment. Podman leaves it without one of its own:
/// then it is that of one of its ports, and when that container goes, the connections of the others into the internet
/// stand still until they ask for their gateway anew, which takes up to a minute. No such bridge: nothing. Waits for
/// the kernel's lock of interfaces. Throws `base::Failure`.
void blocking_hold_hardware_address(const std::string& bridge);

}  // namespace runtime

#include "worker-agent/runtime/sandboxes.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/log/log.hpp"
#include "worker-agent/runtime/bridge_ports.hpp"
#include "worker-agent/runtime/networks.hpp"

namespace runtime {
namespace {

std::vector<BridgePort> blocking_uninhabited(const std::string& prefix) {
  auto ports = blocking_bridge_ports(prefix);
  if (ports.empty()) return ports;
  const auto inhabited = blocking_inhabited_namespaces();
  std::erase_if(ports, [&](const BridgePort& port) { return inhabited.contains(port.namespace_id); });
  return ports;
}

/// Where the containers of that network are, whatever they do at the moment.
async::Task<base::Result<void>> gather_sandboxes(Podman& podman, std::string app_environment,
                                                 std::set<std::string>& sandboxes, base::Deadline deadline) {
  CO_TRY_ASSIGN(const auto containers,
                co_await podman.list(kLabelAppEnvironment, std::move(app_environment), deadline));
  for (const auto& container : containers) {
    const auto info = co_await podman.inspect(container.id, deadline);
    if (!info && info.error().code == "podman.not_found") continue;
    if (!info) co_return base::fail(info.error());
    if (!info->sandbox.empty()) sandboxes.insert(info->sandbox);
  }
  co_return base::Result<void>{};
}

void blocking_remove(const std::vector<BridgePort>& ports, const std::set<std::string>& sandboxes) {
  std::set<int> had;
  for (const auto& sandbox : sandboxes) {
    if (const auto id = blocking_namespace_id(sandbox)) had.insert(*id);
  }
  for (const auto& port : ports) {
    if (had.contains(port.namespace_id)) continue;
    const bool removed = blocking_remove_port(port);
    if (removed) logging::warn("host.left_sandbox", {{"bridge", port.bridge}, {"port", port.name}});
  }
}

}  // namespace

async::Task<base::Result<void>> drop_left_sandboxes(async::BlockingPool& pool, Podman& podman,
                                                    const host::ContainerSetup& setup, base::Deadline deadline) {
  auto ports = co_await pool.run([prefix = bridge_prefix(setup.installation)] { return blocking_uninhabited(prefix); });
  if (ports.empty()) co_return base::Result<void>{};
  CO_TRY_ASSIGN(const auto networks, co_await podman.networks(deadline));
  std::vector<BridgePort> ours;
  std::set<std::string> sandboxes;
  for (const auto& network : networks) {
    const auto owner = network.labels.find(kLabelAppEnvironment);
    if (owner == network.labels.end()) continue;
    const auto before = ours.size();
    std::ranges::copy_if(ports, std::back_inserter(ours),
                         [&](const BridgePort& port) { return port.bridge == network.bridge; });
    if (ours.size() > before) CO_TRY_CHECK(co_await gather_sandboxes(podman, owner->second, sandboxes, deadline));
  }
  co_await pool.run([ours = std::move(ours), sandboxes = std::move(sandboxes)] { blocking_remove(ours, sandboxes); });
  co_return base::Result<void>{};
}

}  // namespace runtime

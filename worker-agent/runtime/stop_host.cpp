#include <sys/mount.h>

#include <boost/asio/this_coro.hpp>
#include <filesystem>

#include "common/log/log.hpp"
#include "worker-agent/runtime/control_groups.hpp"
#include "worker-agent/runtime/networks.hpp"
#include "worker-agent/runtime/podman_service.hpp"

namespace runtime {
namespace {

/// Keeps the first thing that went wrong.
void note(base::Result<void>& outcome, const base::Result<void>& step) {
  if (outcome && !step) outcome = step;
}

async::Task<base::Result<void>> remove_containers(Podman& podman, base::Deadline deadline) {
  CO_TRY_ASSIGN(const auto containers, co_await podman.list(kLabelReplica, "", deadline));
  base::Result<void> outcome;
  for (const auto& container : containers) {
    logging::info("replica.removed", {{"container", container.name}});
    note(outcome, co_await podman.remove(container.id, deadline));
  }
  co_return outcome;
}

async::Task<base::Result<void>> remove_networks(async::BlockingPool& pool, Podman& podman, base::Deadline deadline) {
  CO_TRY_ASSIGN(const auto networks, co_await podman.networks(deadline));
  base::Result<void> outcome;
  for (const auto& network : networks) {
    if (!network.labels.contains(kLabelAppEnvironment)) continue;
    const auto removed = co_await podman.remove_network(network.name, deadline);
    note(outcome, removed);
    if (removed) note(outcome, co_await drop_left_bridge(pool, network.bridge, deadline));
  }
  co_return outcome;
}

}  // namespace

async::Task<base::Result<void>> stop_host(async::BlockingPool& pool, const host::ContainerSetup& setup,
                                          const base::Clock& clock, base::Deadline deadline) {
  if (!std::filesystem::exists(setup.env.at("CONTAINERS_CONF"))) co_return base::Result<void>{};
  const auto executor = co_await boost::asio::this_coro::executor;
  Podman podman(executor, setup.socket, clock);
  PodmanService service(pool, podman, setup, clock);
  base::Result<void> outcome = co_await service.ensure(deadline);
  if (outcome) {
    note(outcome, co_await remove_containers(podman, deadline));
    note(outcome, co_await remove_networks(pool, podman, deadline));
  }
  note(outcome, co_await remove_firewall(setup.installation, deadline));
  co_await service.stop();
  remove_groups(setup.cgroup_parent);
  // The store keeps itself mounted (containers/storage does so for its private mounts): it could not be deleted else.
  ::umount2((setup.graph_root / "overlay").c_str(), MNT_DETACH);
  co_return outcome;
}

}  // namespace runtime

#include "worker-agent/runtime/leftovers.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "common/async/timer.hpp"
#include "common/log/log.hpp"
#include "worker-agent/runtime/control_groups.hpp"
#include "worker-agent/runtime/host_tool.hpp"

namespace runtime {
namespace {

async::Task<base::Result<std::set<std::string>>> known_containers(const host::ContainerSetup& setup,
                                                                  base::Deadline deadline) {
  async::ProcessSpec ask{.argv = {"/usr/bin/podman", "ps", "--all", "--quiet", "--no-trunc"}, .env = setup.env};
  CO_TRY_ASSIGN(const auto listed, co_await output_of(std::move(ask), deadline));
  std::set<std::string> containers;
  for (std::size_t at = 0; at < listed.size();) {
    const auto end = std::min(listed.find('\n', at), listed.size());
    containers.insert(listed.substr(at, end - at));
    at = end + 1;
  }
  co_return containers;
}

/// The monitor sees its container's process end and follows by itself.
async::Task<void> end_stray(const std::string& parent, const std::string& container) {
  const int killed = kill_group(parent, container);
  for (int tries = 0; tries < 100 && containers_with_groups(parent).contains(container); ++tries) {
    remove_groups(parent + "/libpod-" + container);
    if (tries > 0) co_await async::sleep(std::chrono::milliseconds(20));
  }
  std::error_code ignored;
  for (const auto* const runtime : {"/run/crun/", "/run/runc/"}) {
    std::filesystem::remove_all(runtime + container, ignored);
  }
  logging::warn("host.stray_container", {{"container", container}, {"processes", killed}});
}

/// Links to variables that an agent which was killed handed over.
void drop_dead_links(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (!std::filesystem::exists(entry.path(), ignored)) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

async::Task<base::Result<void>> drop_leftovers(host::ContainerSetup setup, text::PortRange ports,
                                               base::Deadline deadline) {
  drop_dead_links(setup.variables_dir);
  // Both are asked for before Podman is: what was made in between is then known to it.
  const auto groups = containers_with_groups(setup.cgroup_parent);
  CO_TRY_ASSIGN(auto rules, co_await forwarding_rules(deadline));
  if (groups.empty() && forget_stale_ports(rules, ports, {}).empty()) co_return base::Result<void>{};
  CO_TRY_ASSIGN(auto known, co_await known_containers(setup, deadline));
  const auto still = containers_with_groups(setup.cgroup_parent);  // without those whose removal ended meanwhile
  for (const auto& container : groups) {
    if (still.contains(container) && !known.contains(container)) co_await end_stray(setup.cgroup_parent, container);
  }
  co_return co_await drop_stale_ports(std::move(rules), ports, std::move(known), deadline);
}

}  // namespace runtime

#include "worker-agent/replicas/surroundings.hpp"

#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "worker-agent/runtime/sandboxes.hpp"

namespace replicas {

async::Task<void> drop_left_behind(const Surroundings& around, base::Deadline deadline) {
  const auto dropped = co_await runtime::drop_leftovers(around.setup, around.ports, deadline);
  if (!dropped) logging::warn("replica.leftovers_stay", {{"reason", dropped.error().message}});
  try {
    const auto cut = co_await runtime::drop_left_sandboxes(around.pool, around.podman, around.setup, deadline);
    if (!cut) logging::warn("replica.sandboxes_stay", {{"reason", cut.error().message}});
  } catch (const base::Failure& failure) {
    logging::warn("replica.sandboxes_stay", {{"reason", failure.what()}});
  }
}

}  // namespace replicas

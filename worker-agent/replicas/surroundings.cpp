#include "worker-agent/replicas/surroundings.hpp"

#include "common/log/log.hpp"

namespace replicas {

async::Task<void> drop_left_behind(const Surroundings& around, base::Deadline deadline) {
  const auto dropped = co_await runtime::drop_leftovers(around.setup, around.ports, deadline);
  if (!dropped) logging::warn("replica.leftovers_stay", {{"reason", dropped.error().message}});
}

}  // namespace replicas

#include "worker-agent/replicas/surroundings.hpp"

#include "common/log/log.hpp"

namespace replicas {

async::Task<void> drop_left_rules(const Surroundings& around, base::Deadline deadline) {
  const auto dropped = co_await runtime::drop_stale_ports(around.setup, around.ports, deadline);
  if (!dropped) logging::warn("replica.rules_not_dropped", {{"reason", dropped.error().message}});
}

}  // namespace replicas

#include <gtest/gtest.h>

#include "tests/integration/runtime/replica_tests.hpp"

namespace replicas {
namespace {

protocol::ReplicaObject probed_by_connection(const std::string& script) {
  auto object = replica(script);
  object.health.kind = protocol::HealthKind::tcp;
  object.health.path.reset();
  object.health.grace_s = 1;
  return object;
}

TEST(Probe, DEP_08_an_app_that_speaks_no_http_is_healthy_once_it_accepts_connections) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = probed_by_connection("exec /busybox nc -ll -p 8080 -e /busybox true");
    co_await agent.apply({object});
    const auto status = co_await agent.eventually(object.replica_id, healthy);
    EXPECT_TRUE(healthy(status)) << status.phase << " " << status.health << " " << status.reason;
  });
}

TEST(Probe, DEP_08_one_that_listens_nowhere_is_not) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = probed_by_connection("exec /busybox sleep 600");
    co_await agent.apply({object});
    const auto status =
        co_await agent.eventually(object.replica_id, [](const auto& seen) { return seen.health != "unknown"; });
    EXPECT_EQ(status.health, "unhealthy") << status.phase;
    EXPECT_NE(status.reason.find("did not accept a connection"), std::string::npos) << status.reason;
  });
}

}  // namespace
}  // namespace replicas

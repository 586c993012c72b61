#include "control-plane/app/ops_routes.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "common/http_client/client.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The routes of whoever watches over the process, on a port of their own.
class Watched {
 public:
  /// `metrics` outlives the world, whose connections count in it as they end.
  Watched(World& world, postgres::Pool& pool, telemetry::Metrics& metrics) : world_(world) {
    app::watch(metrics, world.modules, pool);
    http::RouteTable routes;
    app::add_ops_routes(routes, pool, metrics, world.modules.rate_limits);
    port_ = world.server.listen(std::move(routes));
  }
  http_client::Response get(const std::string& path) {
    http_client::Client client(world_.server.executor(), http_client::Endpoint::tcp("127.0.0.1", port_),
                               world_.server.clock());
    auto answer = world_.server.run(
        client.send({.method = "GET", .target = path, .headers = {}, .body = {}}, world_.server.soon()));
    if (!answer) throw base::Failure("no answer: " + answer.error().message);
    return *std::move(answer);
  }
  /// The value of one gauge or counter; -1: it is not there.
  double metric(const std::string& name) {
    std::istringstream lines(get("/metrics").body);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name + " ")) return std::stod(line.substr(name.size() + 1));
    }
    return -1;
  }

 private:
  World& world_;
  std::uint16_t port_{0};
};

TEST(OpsTest, API_07_readyz_is_false_while_the_database_is_away_and_true_when_it_is_back) {
  telemetry::Metrics metrics;
  World world;
  const support::Database own;
  const auto name = own.value("SELECT current_database()");
  postgres::Pool pool({.dsn = own.dsn(), .size = 1});
  Watched watched(world, pool, metrics);
  EXPECT_EQ(watched.get("/readyz").status, 200);

  world.database.run("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
  world.database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");

  EXPECT_EQ(watched.get("/readyz").status, 503);
  EXPECT_EQ(watched.get("/healthz").status, 200) << "the process lives all the same";
  const auto told = watched.get("/metrics");
  EXPECT_EQ(told.status, 200);
  EXPECT_THAT(told.body, HasSubstr("wh_database_queue"));
  EXPECT_THAT(told.body, Not(HasSubstr("wh_jobs")));

  world.database.run("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
  EXPECT_EQ(watched.get("/readyz").status, 200);
  EXPECT_EQ(watched.metric("wh_jobs{state=\"pending\"}"), 0);
  world.server.shutdown(std::chrono::seconds(2));
  pool.stop();
}

TEST(OpsTest, LIM_01_who_asks_for_metrics_without_end_does_not_reach_the_database) {
  telemetry::Metrics metrics;
  World world;
  Watched watched(world, world.pool, metrics);
  world.clock.hold();
  ASSERT_EQ(watched.get("/metrics").status, 200);
  while (world.modules.rate_limits.admit_address("127.0.0.1", true)) continue;

  const auto refused = watched.get("/metrics");

  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, Not(HasSubstr("wh_jobs")));
  EXPECT_TRUE(refused.header("Retry-After"));
  EXPECT_EQ(watched.get("/healthz").status, 200);
  EXPECT_EQ(watched.get("/readyz").status, 200) << "who balances load is not mistaken for them";
}

TEST(OpsTest, OBS_06_depth_and_age_of_the_queue_and_the_connected_workers_are_what_they_are) {
  telemetry::Metrics metrics;
  World world;
  Watched watched(world, world.pool, metrics);
  world.create_app("first");
  world.create_app("second");
  world.deploy("first");
  world.deploy("second");
  world.settle();
  world.database.run(
      "UPDATE jobs SET created_at = now() - interval '2 hours' WHERE id = (SELECT id FROM jobs ORDER BY id LIMIT 1)");

  EXPECT_EQ(watched.metric("wh_workers_connected"), 0);
  EXPECT_EQ(watched.metric("wh_jobs{state=\"pending\"}"), 2);
  EXPECT_EQ(watched.metric("wh_jobs{state=\"assigned\"}"), 0);
  EXPECT_GE(watched.metric("wh_jobs_oldest_pending_seconds"), 7'200);
  EXPECT_LT(watched.metric("wh_jobs_oldest_pending_seconds"), 14'400);
  EXPECT_EQ(watched.metric("wh_jobs_oldest_active_seconds"), 0);

  const auto worker = world.enrol("host-1", {"build", "registry"});
  Agent agent(world, worker);
  agent.greet();
  agent.barrier();
  world.settle();
  const auto job = agent.expect_job();
  agent.send(protocol::JobAccepted{.job_id = job.job_id, .attempt = 1, .reason = {}});
  agent.barrier();

  EXPECT_EQ(watched.metric("wh_workers_connected"), 1);
  EXPECT_EQ(watched.metric("wh_jobs{state=\"running\"}"), 1);
  EXPECT_EQ(watched.metric("wh_jobs{state=\"pending\"}") + watched.metric("wh_jobs{state=\"assigned\"}"), 1);

  agent.send_raw("short");
  EXPECT_EQ(agent.closed(), 4004);
  world.until("the rejection is counted",
              [&] { return watched.metric("wh_envelope_rejected_total{reason=\"too_short\"}") == 1; });
}

}  // namespace
}  // namespace control_plane_test

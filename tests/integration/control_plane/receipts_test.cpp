#include <gmock/gmock.h>

#include "common/protocol/latency.hpp"
#include "common/protocol/stats.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;
using testing::HasSubstr;

/// An app that is live, and an edge that tells of its switch.
struct ReceiptsTest : testing::Test {
  ReceiptsTest() {
    world.create_app("hello");
    agent.emplace(world, worker, Agent::Behaviour{.converge = true, .build = true});
    agent->greet();
    deployment = world.deploy("hello").id;
    world.wait_for_state(deployment, State::live);
    record.app_environment_id = *base::AppEnvironmentId::parse(value("SELECT id FROM app_environments"));
    record.release_id = *base::ReleaseId::parse(value("SELECT id FROM releases"));
    record.opened_at = world.clock.utc_now();
    record.phase = "during";
    record.during.milliseconds = 1'500;
    record.during.counts = {.requests = 100, .app_errors = 1, .connect_errors = 2};
    protocol::LatencyHistogram histogram;
    histogram.add(2'000);
    record.during.latency = histogram.row();
    record.requests_old = 40;
    record.requests_new = 58;
    record.connections_drained = 3;
    record.longest_drain_ms = 900;
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }
  void report(Agent& from, std::vector<protocol::EdgeSwitchStats> switches,
              std::vector<protocol::EdgeAppStats> apps = {}) {
    protocol::StatsBody body;
    body.host.cpus = 2;
    body.edge = protocol::EdgeStats{.apps = std::move(apps), .switches = std::move(switches)};
    from.send(protocol::StatsReport{.at = world.clock.utc_now()}, json::encode(body));
    from.barrier();
  }
  std::string shown() {
    http_client::Request get;
    get.method = "GET";
    get.target = "/api/v1/orgs/default/deployments/" + deployment.to_string();
    return world.request(std::move(get)).body;
  }

  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  std::optional<Agent> agent;
  base::DeploymentId deployment;
  protocol::EdgeSwitchStats record;
};

TEST_F(ReceiptsTest, a_deployment_is_shown_with_what_its_edge_counted) {
  EXPECT_THAT(shown(), testing::Not(HasSubstr("receipt")));

  report(*agent, {record});

  EXPECT_THAT(shown(), HasSubstr(R"("receipt":{"state":"open","complete":true,"gaps":[],"edges":1)"));
  EXPECT_THAT(shown(), HasSubstr(R"("requests_old":40,"requests_new":58,"failed":2)"));
  EXPECT_THAT(shown(), HasSubstr(R"("errors":{"app":1,"connect":2,"response":0,"unserved":0,"cut":0})"));
  EXPECT_THAT(shown(), HasSubstr(R"("connections_drained":3,"longest_drain_ms":900)"));
  EXPECT_THAT(shown(), HasSubstr(R"("during":{"seconds":1.5,"requests":100,"failed":2,"app_errors":1,"p50_ms":2)"));
}

TEST_F(ReceiptsTest, a_record_grows_until_it_is_final_and_is_then_left_alone) {
  report(*agent, {record});
  record.requests_new = 80;
  report(*agent, {record});
  EXPECT_THAT(shown(), HasSubstr(R"("requests_new":80)"));

  record.phase = "final";
  report(*agent, {record});
  record.requests_new = 9'999;
  report(*agent, {record, record});

  EXPECT_THAT(shown(), HasSubstr(R"("state":"final")"));
  EXPECT_THAT(shown(), HasSubstr(R"("requests_new":80)"));
  EXPECT_EQ(value("SELECT count(*) FROM deployment_receipts"), "1");
}

TEST_F(ReceiptsTest, the_parts_of_two_edges_are_added) {
  const auto other = world.enrol("host-2", {"edge"});
  Agent second(world, other, {.converge = true});
  second.greet();
  record.phase = "final";
  report(*agent, {record});

  record.complete = false;
  record.gaps = {"haproxy_restarted"};
  report(second, {record});

  EXPECT_THAT(shown(), HasSubstr(R"("complete":false,"gaps":["haproxy_restarted"],"edges":2)"));
  EXPECT_THAT(shown(), HasSubstr(R"("requests_old":80)"));
}

TEST_F(ReceiptsTest, a_release_of_another_app_or_of_nobody_is_left_out) {
  auto foreign = record;
  foreign.app_environment_id = base::AppEnvironmentId::make(world.clock);
  auto unknown = record;
  unknown.release_id = base::ReleaseId::make(world.clock);

  report(*agent, {foreign, unknown});

  EXPECT_EQ(value("SELECT count(*) FROM deployment_receipts"), "0");
}

TEST_F(ReceiptsTest, a_report_that_is_no_report_is_malformed_and_the_connection_lives_on) {
  const auto report_at = protocol::StatsReport{.at = world.clock.utc_now()};

  EXPECT_EQ(agent->answer_code(agent->send(report_at, "{\"host\":[]}")), "malformed");
  EXPECT_EQ(agent->answer_code(agent->send(report_at, "")), "malformed");
  report(*agent, {record});

  EXPECT_THAT(shown(), HasSubstr("receipt"));
}

TEST_F(ReceiptsTest, a_session_that_was_replaced_writes_no_receipt) {
  Agent newer(world, worker, {.converge = true});
  newer.greet();
  newer.barrier();
  EXPECT_EQ(agent->closed(), 4001);

  EXPECT_EQ(value("SELECT count(*) FROM deployment_receipts"), "0");
  report(newer, {record});
  EXPECT_EQ(value("SELECT count(*) FROM deployment_receipts"), "1");
}

TEST_F(ReceiptsTest, the_traffic_of_an_app_is_what_its_edges_last_told) {
  protocol::EdgeAppStats app;
  app.app_environment_id = record.app_environment_id;
  app.counts = {.requests = 1'000, .app_errors = 7, .unserved = 3, .retries = 5};
  protocol::LatencyHistogram histogram;
  histogram.add(4'000);
  app.latency_60s = histogram.row();
  report(*agent, {}, {app});
  http_client::Request get;
  get.method = "GET";
  get.target = "/api/v1/orgs/default/apps/hello/traffic";

  const auto answer = world.request(std::move(get));

  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"("edges":1,"requests":1000)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("errors":{"app":7,"connect":0,"response":0,"unserved":3})"));
  EXPECT_THAT(answer.body, HasSubstr(R"("p50_ms":4)"));
}

TEST_F(ReceiptsTest, the_traffic_of_many_apps_is_one_answer) {
  protocol::EdgeAppStats app;
  app.app_environment_id = record.app_environment_id;
  app.counts = {.requests = 1'000, .app_errors = 7};
  report(*agent, {}, {app});
  const auto get = [&](const std::string& query) {
    http_client::Request request;
    request.method = "GET";
    request.target = "/api/v1/orgs/default/traffic" + query;
    return world.request(std::move(request));
  };

  const auto all = get("");

  EXPECT_EQ(all.status, 200);
  EXPECT_THAT(all.body, HasSubstr(R"({"app":"hello","edges":1,"requests":1000,)"));
  EXPECT_THAT(all.body, HasSubstr(R"("errors":{"app":7,"connect":0,"response":0,"unserved":0})"));
  EXPECT_EQ(get("?app=shop,hello").body, all.body) << "an app that there is not is not in the answer";
  EXPECT_THAT(get("?app=shop").body, HasSubstr(R"("items":[])"));
  EXPECT_THAT(get("?limit=1").body, HasSubstr(R"("next_cursor":"hello")"));
  EXPECT_THAT(get("?limit=1&cursor=hello").body, HasSubstr(R"("items":[])"));
  EXPECT_EQ(get("?app=" + std::string(100, ',')).status, 422);
}

TEST_F(ReceiptsTest, what_an_app_and_a_worker_used_is_told) {
  const auto replica = *base::ReplicaId::parse(value("SELECT id FROM replicas"));
  for (const std::uint64_t cpu_ms : {1'000U, 3'000U}) {
    world.clock.advance(std::chrono::seconds(5));
    protocol::StatsBody body;
    body.host = {.cpus = 2, .cpu_permille = 333, .memory_total_bytes = 8'000, .memory_used_bytes = 6'000};
    body.containers.push_back({.replica_id = replica, .cpu_ms = cpu_ms, .memory_bytes = 77});
    agent->send(protocol::StatsReport{.at = world.clock.utc_now()}, json::encode(body));
    agent->barrier();
  }
  const auto get = [&](const std::string& path) {
    http_client::Request request;
    request.method = "GET";
    request.target = "/api/v1/orgs/default" + path;
    return world.request(std::move(request));
  };

  const auto app = get("/apps/hello/metrics");
  EXPECT_EQ(app.status, 200);
  EXPECT_THAT(app.body, HasSubstr(R"("live":true,"points":[{)"));
  EXPECT_THAT(app.body,
              testing::ContainsRegex(R"("cpu_permille":[1-4][0-9][0-9],"memory_bytes":77,"received_per_s":0)"));
  const auto hosts = get("/workers/metrics");
  EXPECT_THAT(hosts.body, HasSubstr(R"("cpus":2,"memory_total_bytes":8000)"));
  EXPECT_THAT(hosts.body, HasSubstr(R"("cpu_permille":333,"memory_used_bytes":6000)"));
  EXPECT_EQ(get("/workers/metrics?since=15m").status, 422) << "of which worker?";
  EXPECT_EQ(get("/workers/metrics?worker=host-1&since=15m").status, 200);
  EXPECT_EQ(get("/workers/metrics?worker=nobody").status, 404);
  EXPECT_EQ(get("/apps/hello/metrics?since=never").status, 422);
}

TEST_F(ReceiptsTest, what_a_worker_uses_is_known_while_it_is_connected) {
  report(*agent, {});
  const auto stats = world.modules.hub.stats().of(worker.id);

  ASSERT_TRUE(stats.has_value());
  EXPECT_EQ(stats->host.cpus, 2U);
}

}  // namespace
}  // namespace control_plane_test

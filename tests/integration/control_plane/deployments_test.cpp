#include <gmock/gmock.h>

#include "common/json/parse.hpp"
#include "control-plane/modules/builds/api.hpp"
#include "control-plane/modules/deployments/store.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;

struct DeploymentsTest : testing::Test {
  std::string state_of(base::DeploymentId id) { return deployments::to_string(world.deployment(id).state); }
  std::string value(const std::string& sql) { return world.database.value(sql); }
  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
};

TEST_F(DeploymentsTest, goes_from_queued_to_live_with_one_release_and_one_replica) {
  world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  world.until("the worker is online", [&] { return value("SELECT state FROM workers") == "online"; });

  const auto deployment = world.deploy("hello");
  world.wait_for_state(deployment.id, State::live);

  EXPECT_EQ(value("SELECT count(*) FROM releases"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM replicas WHERE routing = 'ready' AND health = 'healthy'"), "1");
  EXPECT_EQ(value("SELECT state FROM rollouts"), "done");
  EXPECT_EQ(
      value("SELECT count(*) FROM app_environments WHERE current_release_id IS NOT NULL AND target_release_id IS NULL"),
      "1");
  EXPECT_EQ(value("SELECT count(*) FROM jobs"), "1");
  EXPECT_THAT(value("SELECT placement::text FROM replicas"), testing::HasSubstr("host-1"));
  const auto kinds = value(
      "SELECT string_agg(kind, ' ' ORDER BY transaction, id) FROM feed WHERE deployment_id IS NOT NULL "
      "AND kind <> 'deployment.progress'");
  EXPECT_EQ(kinds, "deployment.queued deployment.building deployment.built deployment.releasing deployment.live");
}

TEST_F(DeploymentsTest, is_not_live_before_the_edge_confirmed_the_routes) {
  world.create_app("hello");
  Agent agent(world, worker, {.converge = false, .build = true});
  agent.greet();
  const auto deployment = world.deploy("hello");
  world.wait_for_state(deployment.id, State::releasing);
  agent.expect_assignment("routes");
  agent.expect_assignment("replicas");
  world.until("a replica is placed", [&] { return value("SELECT count(*) FROM replicas") == "1"; });

  protocol::ReplicaStatus status;
  protocol::ReplicaReport report;
  report.replica_id = base::ReplicaId::parse(value("SELECT id FROM replicas")).value();
  report.phase = protocol::ReplicaPhase::running;
  report.health = protocol::ReplicaHealth::healthy;
  report.since = world.clock.utc_now();
  status.replicas.push_back(report);
  EXPECT_EQ(agent.answer_code(agent.send(status)), "ack");
  world.settle();
  EXPECT_EQ(state_of(deployment.id), "releasing");
  const auto routes = agent.expect_assignment("routes");
  ASSERT_EQ(routes.objects.size(), 1U);

  protocol::AssignmentApplied applied{.kind = routes.kind,
                                      .epoch = routes.head.epoch,
                                      .generation = routes.generation,
                                      .outcome = protocol::AssignmentOutcome::partial};
  applied.pending = std::vector{routes.objects[0].id};
  agent.send(applied);
  agent.barrier();
  world.settle();
  EXPECT_EQ(state_of(deployment.id), "releasing") << "its own route is still pending";

  applied.pending = std::vector{base::Uuid::v7(world.clock.utc_now()).to_string()};
  agent.send(applied);
  world.wait_for_state(deployment.id, State::live);
}

TEST_F(DeploymentsTest, a_pending_list_that_is_no_list_of_ids_is_malformed) {
  Agent agent(world, worker);
  agent.greet();
  protocol::AssignmentApplied applied{.outcome = protocol::AssignmentOutcome::partial};
  applied.pending = std::vector<std::string>{"not an id"};

  EXPECT_EQ(agent.answer_code(agent.send(applied)), "malformed");
}

TEST_F(DeploymentsTest, three_in_quick_succession_leave_one_live) {
  world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();

  const auto first = world.deploy("hello");
  const auto second = world.deploy("hello");
  const auto third = world.deploy("hello");
  world.wait_for_state(third.id, State::live);

  EXPECT_EQ(state_of(first.id), "superseded");
  EXPECT_EQ(state_of(second.id), "superseded");
  EXPECT_EQ(value("SELECT count(*) FROM deployments WHERE state = 'live'"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM releases"), "1");
}

TEST_F(DeploymentsTest, the_old_replica_is_drained_and_stopped_after_a_redeploy) {
  world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  const auto first = world.deploy("hello");
  world.wait_for_state(first.id, State::live);
  const auto second = world.deploy("hello");
  world.wait_for_state(second.id, State::live);
  EXPECT_EQ(state_of(first.id), "superseded");

  world.until("the old one is drained",
              [&] { return value("SELECT count(*) FROM replicas WHERE routing = 'drain'") == "1"; });
  world.clock.advance(deployments::kDrainTime + std::chrono::seconds(1));
  world.until("the old one is gone",
              [&] { return value("SELECT count(*) FROM replicas WHERE removed_at IS NULL") == "1"; });
  EXPECT_EQ(value("SELECT count(*) FROM released_ports"), "1");
}

TEST_F(DeploymentsTest, one_that_waits_for_a_build_slot_is_cancelled_at_once) {
  world.create_app("hello");
  const auto deployment = world.deploy("hello");
  world.settle();
  EXPECT_EQ(value("SELECT state FROM jobs"), "pending");
  const auto call = world.sign_in();

  ASSERT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.cancel(tx, call, deployment.id); }));
  world.settle();

  EXPECT_EQ(state_of(deployment.id), "cancelled");
  EXPECT_EQ(value("SELECT state FROM jobs"), "cancelled");
  const auto again = world.tx([&](Tx& tx) { return world.modules.deployments.cancel(tx, call, deployment.id); });
  EXPECT_TRUE(again) << "to cancel what is cancelled is no mistake";
}

TEST_F(DeploymentsTest, a_rollback_copies_digest_and_variables_of_its_release) {
  const auto env = world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  const auto put = [&](const std::string& text) {
    ASSERT_TRUE(world.tx(
        [&](Tx& tx) { return world.modules.projects.put_variable(tx, env, "COLOUR", base::SecretString(text)); }));
  };
  put("blue");
  world.wait_for_state(world.deploy("hello").id, State::live);
  put("green");
  world.wait_for_state(world.deploy("hello").id, State::live);
  put("red");
  const auto call = world.sign_in();

  const auto back =
      world.tx([&](Tx& tx) { return world.modules.deployments.roll_back(tx, call, "hello", std::nullopt); });
  ASSERT_TRUE(back);
  world.wait_for_state(back->id, State::live);

  EXPECT_EQ(value("SELECT count(*) FROM jobs"), "2") << "a rollback builds nothing";
  EXPECT_EQ(value("SELECT count(DISTINCT image_digest) FROM releases WHERE number IN (1, 3)"), "1");
  const auto opened = world.plain([&](Tx& tx) {
    const auto release = deployments::store::find_release_number(tx, env.id, 3);
    const auto frozen = deployments::store::variables(tx, release->id).at(0);
    const crypto::ColumnContext place{"release_variables", "value_sealed", release->id.to_string() + "/COLOUR",
                                      static_cast<std::uint64_t>(frozen.generation)};
    return std::string(world.vault.open(tx, env.organization, place, frozen.value_sealed)->reveal());
  });
  EXPECT_EQ(opened, "blue");
  EXPECT_EQ(value("SELECT automatic_deploys_paused FROM app_environments"), "t");
}

TEST_F(DeploymentsTest, an_app_of_another_organization_is_not_found) {
  world.create_app("hello");
  world.database.run("INSERT INTO organizations (id, slug, name) VALUES (gen_random_uuid(), 'other', 'Other')");

  EXPECT_EQ(
      world.request({.method = "GET", .target = "/api/v1/orgs/default/apps/hello", .headers = {}, .body = ""}).status,
      200);
  EXPECT_EQ(
      world.request({.method = "GET", .target = "/api/v1/orgs/other/apps/hello", .headers = {}, .body = ""}).status,
      404);
  world.database.run(
      "INSERT INTO memberships (organization_id, person_id, role) SELECT o.id, p.id, 'owner' FROM organizations o, "
      "people p "
      "WHERE o.slug = 'other'");
  const auto app = value("SELECT id FROM apps");
  EXPECT_EQ(
      world.request({.method = "GET", .target = "/api/v1/orgs/other/apps/" + app, .headers = {}, .body = ""}).status,
      404);
  EXPECT_EQ(
      world.request({.method = "DELETE", .target = "/api/v1/orgs/other/apps/" + app, .headers = {}, .body = ""}).status,
      404);
  EXPECT_EQ(world
                .request({.method = "POST",
                          .target = "/api/v1/orgs/other/apps/" + app + "/deployments",
                          .headers = {},
                          .body = "{}"})
                .status,
            404);
  const auto deployment = world.deploy("hello").id.to_string();
  EXPECT_EQ(
      world
          .request(
              {.method = "GET", .target = "/api/v1/orgs/other/deployments/" + deployment, .headers = {}, .body = ""})
          .status,
      404);
  EXPECT_EQ(world
                .request({.method = "GET",
                          .target = "/api/v1/orgs/other/deployments/" + deployment + "/log",
                          .headers = {},
                          .body = ""})
                .status,
            404);
}

TEST_F(DeploymentsTest, DEP_06_a_redeploy_builds_the_same_commit_with_the_variables_of_now) {
  const auto env = world.create_app("hello");
  Agent agent(world, worker, {.converge = true, .build = false});
  agent.greet();
  agent.barrier();
  const auto post = [&](const std::string& body) {
    const auto answer = world.request(
        {.method = "POST", .target = "/api/v1/orgs/default/apps/hello/deployments", .headers = {}, .body = body});
    EXPECT_EQ(answer.status, 202) << answer.body;
    return *json::parse_strict(answer.body);
  };
  const auto build = [&](const nlohmann::json& deployment) {
    world.settle();
    const auto job = agent.expect_job();
    EXPECT_EQ(agent.answer_code(agent.send(built(job))), "ack");
    const auto id = base::DeploymentId::parse(deployment["id"].get<std::string>()).value();
    world.wait_for_state(id, State::live);
    return std::pair(json::decode<builds::JobSpec>(job.spec.text, json::Unknown::ignore)->source, world.deployment(id));
  };
  const auto [wanted, first] = build(post("{}"));
  EXPECT_EQ(wanted.commit, std::nullopt) << "the newest of the branch";
  ASSERT_TRUE(first.commit);
  ASSERT_TRUE(world.tx(
      [&](Tx& tx) { return world.modules.projects.put_variable(tx, env, "COLOUR", base::SecretString("green")); }));

  const auto body = R"({"environment":"production","branch":")" + first.branch + R"(","commit":")" + *first.commit;
  const auto again = post(body + R"("})");
  const auto [job, second] = build(again);

  EXPECT_EQ(again["source"]["commit"], *first.commit);
  EXPECT_EQ(job.commit, first.commit);
  EXPECT_EQ(job.branch, first.branch);
  EXPECT_EQ(second.commit, first.commit);
  EXPECT_EQ(value("SELECT string_agg(v.name, ',') FROM release_variables v JOIN releases r ON r.id = v.release_id "
                  "WHERE r.number = 2"),
            "COLOUR");
}

TEST_F(DeploymentsTest, an_idempotency_key_makes_one_deployment) {
  world.create_app("hello");
  const auto post = [&](const std::string& body, const std::string& key) {
    return world.request({.method = "POST",
                          .target = "/api/v1/orgs/default/apps/hello/deployments",
                          .headers = {{"Idempotency-Key", key}},
                          .body = body});
  };

  const auto first = post("{}", "k1");
  const auto again = post("{}", "k1");
  const auto other = post(R"({"branch":"next"})", "k1");

  EXPECT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(other.status, 422) << other.body;
  EXPECT_EQ(value("SELECT count(*) FROM deployments"), "1");
  EXPECT_EQ(post("{}", "k2").status, 202);
  EXPECT_EQ(value("SELECT count(*) FROM deployments"), "2");
}

TEST_F(DeploymentsTest, a_refused_request_does_not_use_its_idempotency_key_up) {
  const auto post = [&] {
    return world.request({.method = "POST",
                          .target = "/api/v1/orgs/default/apps/hello/deployments",
                          .headers = {{"Idempotency-Key", "k1"}},
                          .body = "{}"});
  };
  EXPECT_EQ(post().status, 404);
  world.create_app("hello");
  EXPECT_EQ(post().status, 202);
}

}  // namespace
}  // namespace control_plane_test

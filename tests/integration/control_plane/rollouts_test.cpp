// Rollouts of several replicas against a real database: scale, return, pause and resume, staged changes, delete and
// undo, quarantine of ports, and that the reconciler writes no intent.

#include <gmock/gmock.h>

#include "common/json/parse.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

using deployments::State;
using testing::HasSubstr;

struct RolloutsTest : testing::Test {
  std::string value(const std::string& sql) { return world.database.value(sql); }
  http_client::Response ask(const std::string& method, const std::string& rest, const std::string& body = "") {
    return world.request(
        {.method = method, .target = "/api/v1/orgs/default/apps/" + rest, .headers = {}, .body = body});
  }
  nlohmann::json json_of(const http_client::Response& response) { return *json::parse_strict(response.body); }
  std::string state_of(base::DeploymentId id) { return deployments::to_string(world.deployment(id).state); }
  int serving() {
    return std::stoi(value("SELECT count(*) FROM replicas WHERE routing = 'ready' AND removed_at IS NULL"));
  }
  int present() { return std::stoi(value("SELECT count(*) FROM replicas WHERE removed_at IS NULL")); }
  /// Lets drains pass and stopped replicas go.
  void until_present(int count) {
    world.until("replicas are " + std::to_string(count), [&] {
      if (present() == count && serving() == count) return true;
      world.clock.advance(std::chrono::seconds(1));
      world.plain([&](Tx& tx) {
        world.modules.projects.wake_all(tx);
        return true;
      });
      return false;
    });
  }
  base::DeploymentId go_live() {
    const auto deployment = world.deploy("hello");
    world.wait_for_state(deployment.id, State::live);
    return deployment.id;
  }
  /// What an agent says of a replica.
  protocol::ReplicaReport report(const std::string& id, protocol::ReplicaPhase phase, protocol::ReplicaHealth health) {
    protocol::ReplicaReport told;
    told.replica_id = base::ReplicaId::parse(id).value();
    told.phase = phase;
    told.health = health;
    told.since = world.clock.utc_now();
    return told;
  }

  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  projects::AppEnvironment env = world.create_app("hello");
};

TEST_F(RolloutsTest, scales_from_one_to_three_and_back) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  const auto deployment = go_live();

  EXPECT_EQ(ask("PATCH", "hello", R"({"desired_replicas":3})").status, 200);
  until_present(3);
  EXPECT_EQ(value("SELECT string_agg(index::text, ' ' ORDER BY index) FROM replicas WHERE removed_at IS NULL"),
            "0 1 2");
  EXPECT_EQ(ask("PATCH", "hello", R"({"desired_replicas":1})").status, 200);
  until_present(1);

  EXPECT_EQ(value("SELECT index FROM replicas WHERE removed_at IS NULL"), "0");
  EXPECT_EQ(state_of(deployment), "live");
  EXPECT_EQ(value("SELECT count(*) FROM releases"), "1") << "scale is in no release";
}

TEST_F(RolloutsTest, a_rollout_of_three_never_has_fewer_than_three_serving_nor_more_than_four) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  go_live();
  ask("PATCH", "hello", R"({"desired_replicas":3})");
  until_present(3);

  const auto second = world.deploy("hello");
  int least = 99;
  int most = 0;
  world.until("the second is live", [&] {
    least = std::min(least, serving());
    most = std::max(most, serving());
    return state_of(second.id) == "live";
  });

  EXPECT_GE(least, 3);
  EXPECT_LE(most, 4);
  until_present(3);
  EXPECT_EQ(value("SELECT count(DISTINCT release_id) FROM replicas WHERE removed_at IS NULL"), "1");
}

TEST_F(RolloutsTest, limits_have_a_floor_and_wait_for_the_next_release) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  go_live();
  EXPECT_EQ(value("SELECT desired_replicas || ' ' || cpu_millis || ' ' || memory_bytes FROM app_environments"),
            "1 500 268435456");

  const auto little_cpu = ask("PATCH", "hello", R"({"limits":{"cpu_millis":49}})");
  const auto little_memory = ask("PATCH", "hello", R"({"limits":{"memory_bytes":33554431}})");
  EXPECT_EQ(little_cpu.status, 422) << little_cpu.body;
  EXPECT_THAT(little_cpu.body, HasSubstr("/limits/cpu_millis"));
  EXPECT_EQ(little_memory.status, 422) << little_memory.body;
  EXPECT_EQ(ask("PATCH", "hello", R"({"desired_replicas":-1})").status, 422);

  const auto app = json_of(ask("PATCH", "hello", R"({"limits":{"cpu_millis":50,"memory_bytes":33554432}})"));
  EXPECT_EQ(app["limits"]["cpu_millis"], 50);
  EXPECT_EQ(app["staged_settings"], nlohmann::json({"cpu_millis", "memory_bytes"}));
  const auto applied = json_of(ask("POST", "hello/apply-staged"));
  EXPECT_EQ(applied["trigger"], "variables");
  world.wait_for_state(base::DeploymentId::parse(applied["id"].get<std::string>()).value(), State::live);

  EXPECT_EQ(value("SELECT string_agg(cpu_millis::text, ' ' ORDER BY number) FROM releases"), "500 50");
  EXPECT_EQ(value("SELECT count(DISTINCT image_digest) FROM releases"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM jobs"), "1") << "applying builds nothing";
  EXPECT_EQ(ask("POST", "hello/apply-staged").status, 409);
}

TEST_F(RolloutsTest, DEP_08_without_a_health_path_a_connection_is_the_check) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  const auto app = json_of(ask("PATCH", "hello", R"({"health_path":""})"));
  EXPECT_EQ(app["health_path"], "");
  go_live();

  const auto object = *json::parse_strict(value("SELECT body FROM assignment_objects WHERE kind = 'replicas'"));
  EXPECT_EQ(object["health"]["kind"], "tcp") << object;
  EXPECT_FALSE(object["health"].contains("path")) << object;
}

TEST_F(RolloutsTest, a_rollback_pauses_automatic_deploys_until_somebody_resumes_them) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  go_live();
  go_live();
  const auto back = ask("POST", "hello/rollback", "{}");
  ASSERT_EQ(back.status, 202) << back.body;
  const auto push = [&] {
    return world.tx([&](Tx& tx) { return world.modules.deployments.deploy(tx, world.sign_in(), "hello", {}, "push"); });
  };

  const auto refused = push();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "app.automatic_deploys_paused");
  EXPECT_EQ(json_of(ask("GET", "hello"))["automatic_deploys_paused"], true);
  EXPECT_EQ(json_of(ask("POST", "hello/resume"))["automatic_deploys_paused"], false);

  EXPECT_TRUE(push());
}

TEST_F(RolloutsTest, a_crash_loop_is_visible_and_fails_the_deployment_with_its_cause) {
  Agent agent(world, worker, {.converge = false, .build = true});
  agent.greet();
  const auto deployment = world.deploy("hello");
  world.until("a replica is placed", [&] { return present() == 1; });
  const auto id = value("SELECT id FROM replicas");
  auto told = report(id, protocol::ReplicaPhase::failed, protocol::ReplicaHealth::unhealthy);
  told.exit_code = 137;
  told.cause = "out-of-memory";
  told.restart_in_s = 1;
  told.container_id = "4f0c";
  told.reason = "the app ran out of memory (its limit is 256 MB); it printed nothing";
  EXPECT_EQ(agent.answer_code(agent.send(protocol::ReplicaStatus{{told}})), "ack");

  auto replica = json_of(ask("GET", "hello/replicas"))["items"][0];
  EXPECT_EQ(replica["state"], "restarting");
  EXPECT_EQ(replica["cause"], "out-of-memory");
  EXPECT_THAT(replica["status_text"].get<std::string>(),
              HasSubstr("Failed: the app ran out of memory (its limit is 256 MB). Starts again at"));
  told.restarts = 2;
  told.restart_in_s = 4;
  told.since = world.clock.utc_now() + std::chrono::seconds(1);
  EXPECT_EQ(agent.answer_code(agent.send(protocol::ReplicaStatus{{told}})), "ack");
  EXPECT_EQ(json_of(ask("GET", "hello/replicas"))["items"][0]["state"], "crash-looping");
  world.wait_for_state(deployment.id, State::failed);

  EXPECT_EQ(value("SELECT failure_step || ' ' || failure_code || ' ' || failure_exit_code FROM deployments"),
            "start app_out_of_memory 137");
}

TEST_F(RolloutsTest, a_worker_whose_clock_is_wrong_is_believed) {
  Agent agent(world, worker, {.converge = false, .build = true});
  agent.greet();
  world.deploy("hello");
  world.until("a replica is placed", [&] { return present() == 1; });
  const auto id = value("SELECT id FROM replicas");
  const auto tell = [&](std::chrono::minutes off, protocol::ReplicaPhase phase) {
    auto told = report(id, phase, protocol::ReplicaHealth::unknown);
    told.since += off;
    return told;
  };
  const auto phase = [&] { return value("SELECT phase FROM replicas"); };

  agent.answer_code(
      agent.send(protocol::ReplicaStatus{{tell(std::chrono::minutes(5), protocol::ReplicaPhase::pulling)}}));
  EXPECT_EQ(phase(), "pulling");
  EXPECT_EQ(value("SELECT observed_at < observed_since - interval '4 minutes' FROM replicas"), "t")
      << "what counts is our clock";
  // Its clock is put right: news look old, but the inventory of its next connection is the truth.
  agent.answer_code(
      agent.send(protocol::ReplicaStatus{{tell(std::chrono::minutes(0), protocol::ReplicaPhase::starting)}}));
  EXPECT_EQ(phase(), "pulling");
  protocol::InventoryReport inventory;
  inventory.replicas.push_back(tell(std::chrono::minutes(0), protocol::ReplicaPhase::starting));
  agent.answer_code(agent.send(inventory));

  EXPECT_EQ(phase(), "starting");
}

TEST_F(RolloutsTest, a_port_is_free_again_after_ten_minutes_and_when_every_edge_confirmed) {
  const auto edge = world.enrol("edge-2", {"edge"});
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  auto second = std::make_unique<Agent>(world, edge, Agent::Behaviour{.converge = true, .build = false});
  second->greet();
  world.until("both are online", [&] { return value("SELECT count(*) FROM workers WHERE state = 'online'") == "2"; });
  go_live();
  const auto port = value("SELECT publish_port FROM replicas");
  const auto waiting = [&] { return value("SELECT count(*) FROM released_ports WHERE NOT edges_confirmed"); };
  const auto sweep = [&] {
    world.plain([&](Tx& tx) {
      world.modules.scheduling.forget_old(tx);
      return true;
    });
  };
  // The second edge goes away, and with it its word that the old port is in no route any more.
  second.reset();
  world.database.run("UPDATE workers SET state = 'unreachable' WHERE name = 'edge-2'");
  go_live();
  // Ten minutes pass, twice: for the old replica, which stays for edges that are away, and then for its port.
  const auto pass = [&](const std::string& sql) { world.database.run(sql); };
  world.until("the old replica is gone", [&] {
    world.clock.advance(std::chrono::seconds(1));
    pass("UPDATE replicas SET routing_since = routing_since - interval '11 minutes' WHERE routing = 'none'");
    world.plain([&](Tx& tx) {
      world.modules.projects.wake_all(tx);
      return true;
    });
    return present() == 1;
  });
  pass("UPDATE released_ports SET released_at = released_at - interval '11 minutes'");
  sweep();
  EXPECT_EQ(waiting(), "1");
  go_live();
  EXPECT_NE(value("SELECT publish_port FROM replicas WHERE routing = 'ready'"), port)
      << "ten minutes passed, but an edge may still send requests there";

  second = std::make_unique<Agent>(world, edge, Agent::Behaviour{.converge = true, .build = false});
  second->greet();
  world.until("the second edge confirmed", [&] {
    sweep();
    return waiting() == "0" || value("SELECT count(*) FROM released_ports WHERE port = " + port) == "0";
  });
  pass("UPDATE released_ports SET released_at = released_at - interval '11 minutes'");
  sweep();

  EXPECT_EQ(value("SELECT count(*) FROM released_ports WHERE port = " + port), "0");
}

TEST_F(RolloutsTest, each_verb_may_be_said_twice_and_the_state_follows) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  go_live();
  const auto state = [&] { return json_of(ask("GET", "hello"))["state"].get<std::string>(); };

  EXPECT_EQ(ask("POST", "hello/stop").status, 202);
  EXPECT_EQ(ask("POST", "hello/stop").status, 202);
  until_present(0);
  EXPECT_EQ(state(), "stopped");
  EXPECT_EQ(ask("POST", "hello/start").status, 202);
  EXPECT_EQ(ask("POST", "hello/start").status, 202);
  until_present(1);
  EXPECT_EQ(state(), "live");
  EXPECT_EQ(ask("POST", "hello/resume").status, 202) << "nothing was paused";
  EXPECT_EQ(ask("POST", "hello/undo").status, 202) << "nothing was deleted";
  const auto restarted = base::DeploymentId::parse(json_of(ask("POST", "hello/restart"))["id"].get<std::string>());
  world.wait_for_state(restarted.value(), State::live);
  until_present(1);
  const auto second = world.deploy("hello");
  EXPECT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.cancel(tx, world.sign_in(), second.id); }));
  EXPECT_TRUE(world.tx([&](Tx& tx) { return world.modules.deployments.cancel(tx, world.sign_in(), second.id); }));
  world.wait_for_state(second.id, State::cancelled);

  EXPECT_EQ(value("SELECT count(*) FROM deployments WHERE state = 'live'"), "1");
  EXPECT_EQ(state(), "live");
}

TEST_F(RolloutsTest, a_deleted_app_stops_at_once_and_comes_back_with_undo) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  go_live();
  const auto plan = json_of(ask("GET", "hello/deletion"));
  EXPECT_EQ(plan["replicas"], 1);
  EXPECT_EQ(plan["releases"], 1);
  EXPECT_EQ(plan["undo_hours"], 24);

  EXPECT_EQ(ask("DELETE", "hello").status, 202);
  EXPECT_EQ(ask("DELETE", "hello").status, 202) << "twice is no mistake";
  world.until("it is stopped", [&] { return present() == 0; });

  EXPECT_EQ(json_of(ask("GET", "hello"))["state"], "deleting");
  EXPECT_EQ(value("SELECT count(*) FROM releases"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM assignment_objects WHERE kind = 'routes' AND NOT removed"), "1")
      << "its host is answered by our page";
  EXPECT_EQ(ask("POST", "hello/restart").status, 409);
  const auto again =
      world.request({.method = "POST",
                     .target = "/api/v1/orgs/default/apps",
                     .headers = {},
                     .body = R"({"name":"hello","source":{"git_url":"https://git.example.com/x.git"}})"});
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.body, HasSubstr("wh undo hello"));

  EXPECT_EQ(ask("POST", "hello/undo").status, 202);
  until_present(1);
  EXPECT_EQ(json_of(ask("GET", "hello"))["state"], "live");
}

TEST_F(RolloutsTest, a_deleted_app_is_erased_after_24_hours_with_its_name) {
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  go_live();
  ASSERT_EQ(ask("DELETE", "hello").status, 202);
  world.until("it is stopped", [&] { return present() == 0; });
  EXPECT_EQ(value("SELECT count(*) FROM apps"), "1");

  world.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(ask("POST", "hello/undo").status, 409);
  world.until("it is erased", [&] { return value("SELECT count(*) FROM apps") == "0"; });

  EXPECT_EQ(value("SELECT count(*) FROM deployments"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM releases"), "0");
  EXPECT_EQ(ask("GET", "hello").status, 404);
  world.create_app("hello");
}

}  // namespace
}  // namespace control_plane_test

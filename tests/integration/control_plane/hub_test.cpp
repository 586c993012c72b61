#include <gmock/gmock.h>

#include "common/base/bytes.hpp"
#include "common/crypto/random.hpp"
#include "tests/integration/control_plane/agent.hpp"

namespace control_plane_test {
namespace {

struct HubTest : testing::Test {
  World world;
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
};

TEST_F(HubTest, greets_and_sends_each_kind_of_assignment_once_even_if_empty) {
  Agent agent(world, worker);
  const auto hello =
      json::decode<protocol::ControlPlaneHello>(agent.expect("hello").data, json::Unknown::reject).value();
  EXPECT_EQ(hello.instance, "cp-1");
  EXPECT_EQ(hello.session_epoch, 1U);

  agent.greet();

  const auto replicas = agent.expect_assignment("replicas");
  const auto routes = agent.expect_assignment("routes");
  EXPECT_TRUE(replicas.objects.empty());
  EXPECT_TRUE(routes.objects.empty());
  EXPECT_EQ(replicas.head.worker_id, worker.id);
  EXPECT_GT(replicas.head.not_after, world.clock.utc_now());
  EXPECT_EQ(world.database.value("SELECT state FROM workers"), "online");
}

TEST_F(HubTest, sends_only_the_kinds_that_the_capabilities_call_for) {
  const auto runner = world.enrol("host-2", {"run"});
  Agent agent(world, runner);
  agent.greet();
  agent.expect_assignment("replicas");
  EXPECT_EQ(world.database.value("SELECT string_agg(kind, ',') FROM assignments WHERE worker_id = '" +
                                 runner.id.to_string() + "'"),
            "replicas");
}

TEST_F(HubTest, assignments_are_signed_over_exactly_the_bytes_sent) {
  Agent agent(world, worker);
  agent.greet();
  const auto envelope = agent.expect("assignment.sync");
  const auto signature = json::decode<protocol::CommandSignature>(envelope.data, json::Unknown::reject).value();
  const auto& key = world.modules.keys.command;
  EXPECT_EQ(signature.key_id, key.id);
  EXPECT_TRUE(
      crypto::ed25519_verify(key.pair.public_key, signature.sig.bytes, "wisehosting/command/1\n", envelope.attachment));
}

TEST_F(HubTest, raises_its_generation_above_what_the_agent_reports) {
  Agent agent(world, worker);
  protocol::AgentHello hello;
  hello.boot_id = base::Uuid::v7(world.clock.utc_now());
  hello.applied["replicas"] = {.epoch = 1, .generation = 41};
  hello.applied["routes"] = {.epoch = 7, .generation = 3};
  agent.send(hello);
  agent.send(protocol::InventoryReport{});

  const auto replicas = agent.expect_assignment("replicas");
  EXPECT_GT(std::pair(replicas.head.epoch, replicas.generation), std::pair(std::uint64_t{1}, std::uint64_t{41}));
  const auto routes = agent.expect_assignment("routes");
  EXPECT_GT(std::pair(routes.head.epoch, routes.generation), std::pair(std::uint64_t{7}, std::uint64_t{3}));
}

TEST_F(HubTest, an_epoch_that_cannot_be_ours_ends_the_connection) {
  Agent agent(world, worker);
  protocol::AgentHello hello;
  hello.boot_id = base::Uuid::v7(world.clock.utc_now());
  hello.applied["replicas"] = {.epoch = 5000, .generation = 1};
  agent.send(hello);
  EXPECT_EQ(agent.closed(), 4000);
}

TEST_F(HubTest, refuses_upgrades_that_are_not_right) {
  const auto status = [&](const std::function<void(Attempt&)>& change) {
    auto attempt = attempt_of(worker);
    change(attempt);
    return upgrade(world, attempt).status;
  };
  EXPECT_EQ(status([](Attempt& a) { a.authorization.clear(); }), 401);
  EXPECT_EQ(status([](Attempt& a) { a.authorization = "Bearer x.y.z"; }), 401);
  EXPECT_EQ(status([](Attempt& a) { a.nonce.clear(); }), 400);
  EXPECT_EQ(status([](Attempt& a) { a.nonce.pop_back(); }), 400);
  EXPECT_EQ(status([](Attempt& a) { a.nonce = base::base64url_encode(crypto::random_bytes(33)); }), 400);
  EXPECT_EQ(status([](Attempt& a) { a.subprotocol.clear(); }), 400);
  EXPECT_EQ(status([](Attempt& a) { a.subprotocol = "wisehosting.v2"; }), 400);
  EXPECT_EQ(world.database.value("SELECT session_epoch FROM workers"), "0") << "no refusal may push a connection out";
}

TEST_F(HubTest, a_pending_worker_may_connect_and_gets_no_commands) {
  world.database.run("UPDATE workers SET state = 'pending'");
  Agent agent(world, worker);
  agent.greet();
  agent.expect("hello");
  agent.barrier();
  world.modules.hub.nudge(worker.id);
  agent.barrier();
  EXPECT_EQ(world.database.value("SELECT state FROM workers"), "pending");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM assignments WHERE NOT dirty"), "0");
}

TEST_F(HubTest, the_newest_connection_wins_and_the_older_one_stores_nothing) {
  Agent older(world, worker);
  const auto boot = base::Uuid::v7(world.clock.utc_now());
  older.greet(boot);
  older.expect_assignment("replicas");

  Agent newer(world, worker);
  newer.greet(boot);
  newer.expect_assignment("replicas");

  EXPECT_EQ(older.closed(), 4001);
  EXPECT_EQ(world.database.value("SELECT session_epoch FROM workers"), "2");
}

TEST_F(HubTest, what_an_overtaken_session_writes_is_not_stored) {
  Agent agent(world, worker);
  agent.greet();
  agent.expect_assignment("replicas");
  world.database.run("UPDATE workers SET session_epoch = session_epoch + 1");  // as another instance does

  agent.send(protocol::CredentialsRotate{.k = {crypto::random_bytes(32)}});

  EXPECT_EQ(agent.closed(), 4001);
  EXPECT_EQ(world.database.value("SELECT gen FROM workers"), "1");
}

TEST_F(HubTest, a_fourth_boot_within_a_minute_marks_a_duplicate) {
  for (int boot = 0; boot < 4; ++boot) {
    Agent agent(world, worker);
    agent.greet();
    agent.expect_assignment("replicas");
  }
  Agent fifth(world, worker);
  fifth.greet();
  EXPECT_EQ(fifth.closed(), 4009);
  EXPECT_EQ(world.database.value("SELECT state FROM workers"), "duplicate");

  Agent later(world, worker);
  later.greet();
  EXPECT_EQ(later.closed(), 4009) << "also each later one, until an admin clears it";
}

TEST_F(HubTest, boots_further_apart_are_no_duplicate) {
  for (int boot = 0; boot < 6; ++boot) {
    Agent agent(world, worker);
    agent.greet();
    agent.expect_assignment("replicas");
    world.clock.advance(std::chrono::seconds(25));
  }
  EXPECT_EQ(world.database.value("SELECT state FROM workers"), "online");
}

TEST_F(HubTest, serves_only_bodies_that_are_assigned_to_the_worker) {
  world.sign_in();
  const auto other = world.enrol("host-2", {"run"});
  const auto organization = world.sign_in().organization();
  world.plain([&](Tx& tx) {
    world.modules.assignments.put(tx, worker.id, fleet::kReplicas, base::Uuid::v7(world.clock.utc_now()), organization,
                                  "{\"mine\":1}");
    world.modules.assignments.put(tx, other.id, fleet::kReplicas, base::Uuid::v7(world.clock.utc_now()), organization,
                                  "{\"theirs\":1}");
    return true;
  });
  Agent agent(world, worker);
  agent.greet();
  const auto ask = [&](const std::string& body) {
    protocol::ObjectGet get;
    get.sha256.push_back(protocol::Digest::of(body));
    return agent.answer(agent.send(get));
  };

  EXPECT_EQ(ask("{\"mine\":1}").attachment, "{\"mine\":1}");
  const auto foreign = ask("{\"theirs\":1}");
  EXPECT_EQ(foreign.attachment, "");
  EXPECT_THAT(foreign.data, testing::HasSubstr("\"missing\":true"));
  EXPECT_THAT(ask("{\"nowhere\":1}").data, testing::HasSubstr("\"missing\":true"));
}

TEST_F(HubTest, too_many_objects_at_a_time_are_refused) {
  Agent agent(world, worker);
  agent.greet();
  protocol::ObjectGet get;
  for (int i = 0; i < 65; ++i) get.sha256.push_back(protocol::Digest::of(std::to_string(i)));
  EXPECT_EQ(agent.answer_code(agent.send(get)), "too_many");
}

TEST_F(HubTest, a_token_is_renewed_only_by_one_of_the_same_worker) {
  const auto other = world.enrol("host-2", {"run"});
  Agent agent(world, worker);
  agent.greet();

  EXPECT_EQ(agent.answer_code(agent.send(protocol::TokenRenew{other.token})), "invalid_token");
  EXPECT_EQ(agent.answer_code(agent.send(protocol::TokenRenew{"x"})), "invalid_token");
  EXPECT_EQ(agent.answer_code(agent.send(protocol::TokenRenew{worker.token})), "ack");
}

TEST_F(HubTest, a_connection_ends_with_4002_half_a_minute_after_its_token_unless_that_was_renewed) {
  const auto other = world.enrol("host-2", {"run"});
  Agent renewed(world, other);
  renewed.greet();
  Agent agent(world, worker);
  agent.greet();
  world.clock.advance(std::chrono::seconds(920));  // the token lived 900
  agent.barrier();
  const auto fresh = world.plain([&](Tx& tx) {
    protocol::RefreshRequest request;
    request.worker_id = other.id;
    request.ts = world.clock.utc_now();
    request.nonce.bytes = crypto::random_bytes(16);
    const auto body = json::encode(request);
    return world.modules.registration.refresh(tx, body, protocol::sign_refresh(other.mac_root, body))->token;
  });
  EXPECT_EQ(renewed.answer_code(renewed.send(protocol::TokenRenew{fresh})), "ack");

  world.clock.advance(std::chrono::seconds(11));

  EXPECT_EQ(agent.closed(), 4002);
  renewed.barrier();
}

TEST_F(HubTest, an_instance_that_is_full_says_when_to_come_again) {
  fleet::Hub full(world.pool, world.clock, {.instance = "cp-1", .most_connections = 0}, world.modules.registration,
                  world.modules.workers, world.modules.assignments);
  http::RouteTable routes;
  routes.upgrade("/v1/workers/connect", full.connect_handler());
  const auto port = world.server.listen(std::move(routes));

  const auto answer = world.server.run(http_client::websocket_connect(
      world.server.executor(), http_client::Endpoint::tcp("127.0.0.1", port), "/v1/workers/connect",
      {{"Authorization", attempt_of(worker).authorization}, {"X-WH-Nonce", attempt_of(worker).nonce}}, "wisehosting.v1",
      world.server.soon()));

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("Retry-After"), "5");
  world.server.shutdown(std::chrono::seconds(2));
}

TEST_F(HubTest, rotated_credentials_are_acknowledged_with_their_generation) {
  Agent agent(world, worker);
  agent.greet();
  const protocol::CredentialsRotate rotate{.k = {crypto::random_bytes(32)}};
  EXPECT_THAT(agent.answer(agent.send(rotate)).data, testing::HasSubstr("\"gen\":2"));
  EXPECT_THAT(agent.answer(agent.send(rotate)).data, testing::HasSubstr("\"gen\":2"));
}

TEST_F(HubTest, a_rotation_that_is_no_key_is_malformed) {
  Agent agent(world, worker);
  agent.greet();
  EXPECT_EQ(agent.answer_code(agent.send(protocol::CredentialsRotate{.k = {"short"}})), "malformed");
  EXPECT_EQ(world.database.value("SELECT gen FROM workers"), "1");
}

}  // namespace
}  // namespace control_plane_test

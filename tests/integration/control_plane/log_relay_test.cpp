#include "tests/integration/control_plane/runtime_logs.hpp"

// Logs of workers that are connected to another control plane than the one that is asked.
namespace control_plane_test {
namespace {

using testing::HasSubstr;

/// Another control plane on the same database, with an API and no worker of its own.
struct SecondInstance {
  explicit SecondInstance(World& world)
      : pool({.dsn = world.database.dsn(), .size = 2}),
        modules(config(), world.clock, pool, world.vault, keys(world)),
        api({.routes = &table,
             .pool = &pool,
             .doors = modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit = [](Tx&, const auth::Call&, const std::string&, const api::Effect&) {}}) {
    modules.scheduling_routes.worker_patience = kShort;
    modules.add_api_routes(api);
    port = world.server.listen(std::move(table));
  }
  ~SecondInstance() { pool.stop(); }
  SecondInstance(const SecondInstance&) = delete;
  SecondInstance& operator=(const SecondInstance&) = delete;

  static app::Config config() {
    app::Config config;
    config.public_url = "http://localhost:7070";
    config.hub_url = "https://localhost:7071";
    config.instance = "cp-2";
    return config;
  }
  static fleet::Keys keys(World& world) {
    return world.plain([&](Tx& tx) { return fleet::load_keys(tx, world.vault, world.clock); });
  }

  postgres::Pool pool;
  app::Modules modules;
  http::RouteTable table;
  api::Api api;
  std::uint16_t port{0};
};

/// The worker is connected to the first instance; the second is asked.
struct LogRelayTest : RuntimeLogsTest {
  LogRelayTest() {
    crypto::CertificateRequest request;
    request.common_name = "hub";
    request.dns_names = {"localhost"};
    const auto leaf = crypto::issue_certificate(world.modules.keys.authority, request, world.clock.utc_now());
    http::RouteTable hub;
    hub.upgrade(fleet::LogRelay::kPath, world.modules.log_relay.handler());
    relay_port = world.server.listen(std::move(hub), http::TlsIdentity{leaf->chain_pem, leaf->key_pem});
    world.modules.hub.set_reached_at("https://127.0.0.1:" + std::to_string(relay_port));
    connect_again();
    port = second.port;
  }
  ~LogRelayTest() override { world.server.shutdown(std::chrono::seconds(2)); }

  void connect_again() {
    agent.reset();
    agent.emplace(world, worker, Agent::Behaviour{.converge = true, .build = true});
    agent->greet();
    agent->barrier();
  }
  int relay_status(const std::string& target, const std::string& authorization) {
    auto endpoint = http_client::Endpoint::tls("localhost", relay_port,
                                               {.ca_pem = {}, .pins = {world.modules.keys.authority_pin()}});
    endpoint.address = "127.0.0.1";
    Headers headers;
    if (!authorization.empty()) headers.emplace_back("Authorization", authorization);
    return world.server
        .run(http_client::websocket_connect(world.server.executor(), endpoint, target, std::move(headers), "",
                                            world.server.soon()))
        ->status;
  }

  SecondInstance second{world};
  std::uint16_t relay_port{0};
};

TEST_F(LogRelayTest, a_log_is_read_through_the_instance_that_has_the_worker) {
  auto answer = asking(kLogs + "?tail=3&since=10m");
  const auto open = opened();
  EXPECT_EQ(open.replica_id->to_string(), replica);
  EXPECT_EQ(open.since, 3);
  EXPECT_TRUE(open.since_time.has_value());
  EXPECT_FALSE(open.follow.value_or(false));

  say(open, place(0) + out("one") + line('G', "rate 3 99"));
  end(open);

  EXPECT_EQ(answer.get().body, "one\n[3 lines (99 bytes) left out: the app prints more than is kept]\n");
}

TEST_F(LogRelayTest, following_goes_on_behind_a_place_and_when_the_worker_comes_back) {
  const auto stream = follow("", {{"Last-Event-ID", replica + ":500"}});
  const auto open = opened();
  EXPECT_TRUE(open.follow.value_or(false));
  EXPECT_EQ(open.from, 500U);
  say(open, place(500) + out("one"));
  EXPECT_THAT(stream->next("log").data, HasSubstr("one"));

  connect_again();
  const auto again = opened();
  EXPECT_EQ(again.from, 500 + out("one").size());
  say(again, place(500 + out("one").size()) + out("two"));

  EXPECT_THAT(stream->next("log").data, HasSubstr("two"));
}

TEST_F(LogRelayTest, the_workers_credit_is_what_the_reader_took) {
  const auto stream = follow();
  const auto open = opened();

  const auto bytes = place(0) + out("one");
  say(open, bytes);
  stream->next("log");

  const auto credit = json::decode<protocol::StreamCredit>(agent->expect("stream.credit").data, json::Unknown::reject);
  EXPECT_EQ(credit->stream, open.stream);
  EXPECT_EQ(credit->bytes, bytes.size());
}

TEST_F(LogRelayTest, a_reader_that_goes_is_told_to_the_worker) {
  auto stream = follow();
  const auto open = opened();
  say(open, place(0) + out("one"));
  stream->next("log");

  stream.reset();
  // Until its going is noticed there is somebody to write to.
  for (int i = 0; i < 50; ++i) say(open, out("more"));

  EXPECT_THAT(agent->expect("stream.close").data, HasSubstr(open.stream.to_string()));
}

TEST_F(LogRelayTest, what_the_other_instance_cannot_read_is_said) {
  const std::string note = "[the log of 0@host-1 cannot be read now]\n";
  auto refused = asking(kLogs);
  opened();
  agent->reply(last_open, protocol::ErrorMessage{.code = protocol::ErrorCode::unknown_job, .message = "not here"});
  EXPECT_EQ(refused.get().body, note);

  agent.reset();
  EXPECT_EQ(ask(kLogs).body, note);  // it is connected nowhere

  world.database.run("UPDATE workers SET held_at = 'https://127.0.0.1:1'");
  EXPECT_EQ(ask(kLogs).body, note);  // nobody is there
}

TEST_F(LogRelayTest, only_instances_may_ask) {
  const auto until = std::chrono::duration_cast<std::chrono::seconds>(world.clock.utc_now().time_since_epoch()).count();
  const std::string target = std::string(fleet::LogRelay::kPath) + "?worker=" + worker.id.to_string() +
                             "&replica=" + replica + "&until=" + std::to_string(until + 30) + "&follow=0";

  EXPECT_EQ(relay_status(target, ""), 401);
  EXPECT_EQ(relay_status(target, "Instance " + std::string(43, 'A')), 401);
  EXPECT_EQ(relay_status(target, "Bearer " + worker.token), 401);
  EXPECT_EQ(relay_status(target, "Instance " + world.modules.log_relay.signature(target + "&tail=1")), 401);
  EXPECT_EQ(relay_status(target, "Instance " + world.modules.log_relay.signature(target)), 101);
  world.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(relay_status(target, "Instance " + world.modules.log_relay.signature(target)), 401);
}

}  // namespace
}  // namespace control_plane_test

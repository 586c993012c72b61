#include "tests/unit/link/fake_control_plane.hpp"

namespace agent::testing {
namespace {

ReplicaObservation observed(base::ReplicaId id, const std::string& phase, base::UtcTime since) {
  ReplicaObservation observation;
  observation.replica_id = id;
  observation.phase = phase;
  observation.health = "healthy";
  observation.since = since;
  return observation;
}

TEST_F(LinkTest, the_newest_status_of_each_replica_is_sent_until_acknowledged) {
  const auto replica = base::ReplicaId::make(clock_);
  const auto script = [](FakeControlPlane& plane, std::unique_ptr<Link>& link, base::ReplicaId id,
                         base::UtcTime now) -> async::Task<void> {
    support::ScriptedPeer* first = co_await plane.accept_and_greet();
    co_await first->send("ping", "{}");
    const auto sink = link->status_sink();
    sink(observed(id, "pulling", now));
    const auto pulling = co_await first->expect_as<protocol::ReplicaStatus>();
    EXPECT_EQ(pulling.replicas.at(0).phase, protocol::ReplicaPhase::pulling);
    const auto under_way = first->last_received;
    // While one is under way, changes are put together.
    sink(observed(id, "starting", now));
    sink(observed(id, "running", now));
    co_await first->send("ack", "{}", {}, under_way);
    const auto running = co_await first->expect_as<protocol::ReplicaStatus>();
    EXPECT_EQ(running.replicas.at(0).phase, protocol::ReplicaPhase::running);
    co_await first->transport().close(4008, "moved");
    co_await plane.accept_and_greet();
    EXPECT_EQ(plane.inventory.replicas.at(0).phase, protocol::ReplicaPhase::running);
  };
  play(script(plane_, link_, replica, clock_.utc_now()));
}

TEST_F(LinkTest, trust_is_replaced_by_a_signed_command_only) {
  const protocol::CommandSigningKey next{.id = "ck2", .pair = crypto::ed25519_generate()};
  const auto script = [](FakeControlPlane& plane, protocol::CommandSigningKey fresh) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    const protocol::TrustCommand trust{.head = plane.head(protocol::CommandType::trust),
                                       .generation = 1,
                                       .command_keys = {{.id = fresh.id, .key = {fresh.pair.public_key}}},
                                       .ca_pins = {"sha256/next"},
                                       .control_planes = {{.id = "cp-2", .connect_url = "wss://cp2"}}};
    // Signed by the key that is to come: not pinned yet.
    auto early = protocol::sign_command(fresh, trust);
    co_await FakeControlPlane::signed_command(*peer, std::move(early), "trust.update");
    EXPECT_NE((co_await peer->expect("error")).data.find("command_refused"), std::string::npos);
    const auto id = co_await plane.command(*peer, trust);
    EXPECT_EQ((co_await peer->expect("ack")).re, id);
    // The old key is not pinned any more.
    co_await plane.command(*peer, plane.assignment(1, {}));
    EXPECT_NE((co_await peer->expect("error")).data.find("command_refused"), std::string::npos);
    co_await peer->transport().close(4008, "moved");
    co_await plane.accept_and_greet();
  };
  play(script(plane_, next));

  EXPECT_EQ(plane_.pins, std::vector<std::string>{"sha256/next"});
  EXPECT_EQ(plane_.connect_urls.back(), "wss://cp2");
  EXPECT_EQ(LinkStore(folder_).blocking_load_identity()->command_keys.at(0).id, "ck2");
}

TEST_F(LinkTest, credentials_rotate_on_request_and_serve_the_next_connection) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* first = co_await plane.accept_and_greet();
    const protocol::CredentialsRequest request{.reason = "due"};
    co_await first->send(request);
    const auto rotate = co_await first->expect_as<protocol::CredentialsRotate>();
    EXPECT_EQ(rotate.k.bytes.size(), 32U);
    // The ack is lost with the connection: the same key is offered again.
    co_await first->transport().close(4008, "moved");
    support::ScriptedPeer* second = co_await plane.accept_and_greet();
    const auto again = co_await second->expect_as<protocol::CredentialsRotate>();
    EXPECT_EQ(again.k, rotate.k);
    plane.k = rotate.k.bytes;
    plane.gen = 2;
    const protocol::CredentialsRotated rotated{.gen = 2};
    co_await second->send("ack", json::encode(rotated), {}, second->last_received);
    const auto id = co_await second->send("no.such.type", "{}");
    while ((co_await second->expect("error")).re != id) {
    }
    co_await second->transport().close(4008, "moved");
    co_await plane.accept_and_greet();
  };
  play(script(plane_));

  ASSERT_FALSE(plane_.refreshes.empty());
  EXPECT_EQ(plane_.refreshes.back().gen, 2U);
  const auto keys = LinkStore(folder_).blocking_load_keys();
  EXPECT_EQ(keys.gen, 2U);
  EXPECT_EQ(protocol::mac_root(keys.api_key.reveal()), plane_.k);
}

TEST_F(LinkTest, drain_moves_the_connection) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* first = co_await plane.accept_and_greet();
    const protocol::Drain drain{.reason = "upgrade"};
    co_await first->send(drain);
    EXPECT_EQ(co_await first->closed(), 4008);
    co_await plane.accept_and_greet();
  };
  play(script(plane_));
  EXPECT_EQ(plane_.connect_urls.size(), 2U);
}

TEST_F(LinkTest, sealed_secrets_open_with_the_agents_key) {
  const auto script = [](FakeControlPlane& plane, std::unique_ptr<Link>& link) -> async::Task<void> {
    co_await plane.accept_and_greet();
    const auto box = crypto::seal_box(plane.registrations[0].sealing_public_key.bytes, "secret").value();
    EXPECT_EQ(link->open_sealed(box).value().reveal(), "secret");
    EXPECT_FALSE(link->open_sealed("x").has_value());
    EXPECT_EQ(link->worker_id(), plane.worker);
    EXPECT_TRUE(link->connected());
  };
  play(script(plane_, link_));
}

}  // namespace
}  // namespace agent::testing

// What the agent must refuse of what comes from the other end (part 6 of the issue, the agent's side).

#include "common/protocol/limits.hpp"
#include "tests/unit/link/fake_control_plane.hpp"

namespace agent::testing {
namespace {

using protocol::CommandType;

async::Task<void> expect_close(FakeControlPlane& plane,
                               std::vector<std::string> (*make)(FakeControlPlane&, support::ScriptedPeer&), int code) {
  support::ScriptedPeer* peer = co_await plane.accept_and_greet();
  const std::vector<std::string> messages = make(plane, *peer);
  for (const std::string& message : messages) co_await peer->send_raw(message);
  const int seen = co_await peer->closed();
  EXPECT_EQ(seen, code);
}

TEST_F(LinkTest, refuses_a_wrong_mac) {
  play(expect_close(
      plane_,
      [](FakeControlPlane&, support::ScriptedPeer& peer) {
        std::string message = peer.make("drain", R"({"reason":"x"})");
        message[5] = static_cast<char>(message[5] ^ 1);
        return std::vector{message};
      },
      4004));
}

TEST_F(LinkTest, refuses_a_replay) {
  play(expect_close(
      plane_,
      [](FakeControlPlane&, support::ScriptedPeer& peer) {
        const std::string message = peer.make("ack", "{}");
        return std::vector{message, message};
      },
      4005));
}

TEST_F(LinkTest, refuses_what_is_out_of_order) {
  play(expect_close(
      plane_,
      [](FakeControlPlane&, support::ScriptedPeer& peer) {
        const std::string first = peer.make("ack", "{}");
        const std::string second = peer.make("ack", "{}");
        return std::vector{second, first};
      },
      4005));
}

TEST_F(LinkTest, refuses_its_own_envelope_sent_back) {
  play(expect_close(
      plane_, [](FakeControlPlane&, support::ScriptedPeer& peer) { return std::vector{peer.raw_received.at(0)}; },
      4004));
}

TEST_F(LinkTest, refuses_another_connections_envelope) {
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* first = co_await plane.accept_and_greet();
    const std::string recorded = first->make("ack", "{}");
    co_await first->transport().close(4008, "moved");
    support::ScriptedPeer* second = co_await plane.accept_and_greet();
    co_await second->send_raw(recorded);
    EXPECT_EQ(co_await second->closed(), 4004);
  };
  play(script(plane_));
}

TEST_F(LinkTest, refuses_oversize_and_short_messages) {
  play(expect_close(
      plane_,
      [](FakeControlPlane&, support::ScriptedPeer&) {
        return std::vector{std::string(protocol::kMaxMessageBytes + 1, 'x')};
      },
      4006));
  play(expect_close(
      plane_, [](FakeControlPlane&, support::ScriptedPeer&) { return std::vector<std::string>{"short"}; }, 4004));
}

TEST_F(LinkTest, refuses_text_frames) {
  play(expect_close(
      plane_,
      [](FakeControlPlane& plane, support::ScriptedPeer& peer) {
        plane.wire_to_agent->push({.text = true, .bytes = peer.make("ack", "{}")});
        return std::vector<std::string>{};
      },
      4000));
}

/// Each command is answered with `command_refused` and has no effect.
async::Task<void> expect_refused(FakeControlPlane& plane, std::string type, protocol::SignedCommand command) {
  support::ScriptedPeer* peer = co_await plane.accept_and_greet();
  const auto id = co_await FakeControlPlane::signed_command(*peer, std::move(command), std::move(type));
  const auto answer = co_await peer->expect("error");
  EXPECT_EQ(answer.re, id);
  EXPECT_NE(answer.data.find("command_refused"), std::string::npos) << answer.data;
}

class RefusedCommands : public LinkTest {
 protected:
  void refuse(const std::string& type, const protocol::SignedCommand& command) {
    play(expect_refused(plane_, type, command));
    EXPECT_TRUE(runner_.runs.empty());
    EXPECT_TRUE(replicas_.applied.empty());
    const auto state = LinkStore(folder_).blocking_load_commands();
    EXPECT_TRUE(state.marks.empty());
    EXPECT_TRUE(state.jobs.empty());
  }
};

TEST_F(RefusedCommands, unsigned_ones) {
  auto command = protocol::sign_command(plane_.key, plane_.assignment(1, {}));
  command.signature.sig.bytes.clear();
  refuse("assignment.sync", command);
  const auto script = [](FakeControlPlane& plane) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await peer->send("job.dispatch", "{}", json::encode(plane.job(base::JobId(base::Uuid::v7({})))));
    EXPECT_NE((co_await peer->expect("error")).data.find("command_refused"), std::string::npos);
  };
  play(script(plane_));
}

TEST_F(RefusedCommands, wrongly_signed_ones) {
  const protocol::CommandSigningKey other{.id = plane_.key.id, .pair = crypto::ed25519_generate()};
  refuse("assignment.sync", protocol::sign_command(other, plane_.assignment(1, {})));
  refuse("job.dispatch", protocol::sign_command(other, plane_.job(base::JobId::make(clock_))));
}

TEST_F(RefusedCommands, expired_ones) {
  auto command = plane_.job(base::JobId::make(clock_));
  command.head.issued_at = clock_.utc_now() - std::chrono::seconds(200);
  command.head.not_after = clock_.utc_now() - std::chrono::seconds(80);
  refuse("job.dispatch", protocol::sign_command(plane_.key, command));
}

TEST_F(RefusedCommands, other_workers_ones) {
  auto command = plane_.assignment(1, {});
  command.head.worker_id = base::WorkerId::make(clock_);
  refuse("assignment.sync", protocol::sign_command(plane_.key, command));
}

TEST_F(RefusedCommands, those_in_another_types_message) {
  refuse("job.dispatch", protocol::sign_command(plane_.key, plane_.assignment(1, {})));
  refuse("trust.update", protocol::sign_command(plane_.key, plane_.job(base::JobId::make(clock_))));
}

}  // namespace
}  // namespace agent::testing

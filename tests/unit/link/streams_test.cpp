#include "tests/unit/link/fake_control_plane.hpp"

#include "common/protocol/limits.hpp"

namespace agent::testing {
namespace {

using protocol::StreamAck;
using protocol::StreamClose;
using protocol::StreamCredit;
using protocol::StreamData;
using protocol::StreamOpen;
using protocol::StreamOpened;

/// The receiving end: stores bytes and insists that each piece begins where the last one ended.
struct Receiver {
  std::string stored{};
  std::optional<std::uint64_t> final_offset{};

  async::Task<StreamOpen> accept(support::ScriptedPeer& peer, std::uint64_t credit) {
    const auto open = co_await peer.expect_as<StreamOpen>();
    const StreamOpened opened{.stream = open.stream,
                              .receive = protocol::StreamReceive{.resume_from = stored.size(), .credit = credit}};
    co_await peer.send(opened, {}, peer.last_received);
    co_return open;
  }
  /// One piece, or the end.
  async::Task<void> take(support::ScriptedPeer& peer) {
    while (true) {
      auto envelope = co_await peer.receive();
      if (!envelope) throw std::runtime_error("ended");
      if (envelope->type == "stream.close") {
        final_offset = json::decode<StreamClose>(envelope->data, json::Unknown::reject)->final_offset;
        co_return;
      }
      if (envelope->type != "stream.data") continue;
      const auto data = json::decode<StreamData>(envelope->data, json::Unknown::reject).value();
      EXPECT_EQ(data.offset, stored.size());
      EXPECT_LE(envelope->attachment.size(), protocol::kMaxStreamAttachment);
      stored += envelope->attachment;
      co_return;
    }
  }
};

class StreamTest : public LinkTest {
 protected:
  static std::string bytes(std::size_t count) {
    std::string text(count, '\0');
    for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>(i * 31 + i / 251);
    return text;
  }
  base::JobId job_{base::JobId::make(clock_)};
  Receiver receiver_;
};

async::Task<void> send_ack(support::ScriptedPeer& peer, base::StreamId stream, std::uint64_t offset) {
  const StreamAck ack{.stream = stream, .durable_offset = offset};
  co_await peer.send(ack);
}

async::Task<void> settled(support::ScriptedPeer& peer) {
  const auto id = co_await peer.send("no.such.type", "{}");
  while ((co_await peer.expect("error")).re != id) {
  }
}

TEST_F(StreamTest, a_build_log_arrives_whole_and_is_freed_after_the_last_ack) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), bytes(200'000), true);
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, Receiver& receiver,
                         base::JobId job) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(job));
    const auto open = co_await receiver.accept(*peer, protocol::kFirstStreamCredit);
    EXPECT_EQ(open.kind, protocol::StreamKind::build_log);
    EXPECT_EQ(open.job_id, job);
    EXPECT_FALSE(open.receive.has_value());
    while (!receiver.final_offset) co_await receiver.take(*peer);
    EXPECT_EQ(runner.forgotten, 0);
    co_await send_ack(*peer, open.stream, receiver.stored.size());
    // A receiver grants credit for what it took, also for the last piece: no reason to complain.
    const StreamCredit late{.stream = open.stream, .bytes = 1'000};
    co_await peer->send(late);
    const auto id = co_await peer->send("no.such.type", "{}");
    EXPECT_EQ((co_await peer->expect("error")).re, id);
  };
  play(script(plane_, runner_, receiver_, job_));

  EXPECT_EQ(receiver_.stored, bytes(200'000));
  EXPECT_EQ(receiver_.final_offset, 200'000U);
  EXPECT_EQ(runner_.forgotten, 1);
}

// A fork bomb prints 2,000 lines a second, and each piece is a transaction.
TEST_F(StreamTest, lines_that_follow_each_other_go_together) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), "first\n", false);
  int pieces = 0;
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, Receiver& receiver, base::JobId job,
                         int& count) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(job));
    co_await receiver.accept(*peer, protocol::kFirstStreamCredit);
    co_await receiver.take(*peer);
    EXPECT_EQ(receiver.stored, "first\n");
    for (int line = 0; line < 100; ++line) {
      runner.log->append("line\n", line == 99);
      for (int turn = 0; turn < 8; ++turn) co_await boost::asio::post(boost::asio::use_awaitable);
    }
    for (; !receiver.final_offset; ++count) co_await receiver.take(*peer);
  };
  play(script(plane_, runner_, receiver_, job_, pieces));

  EXPECT_EQ(receiver_.stored.size(), 6U + 100U * 5U);
  EXPECT_LE(pieces, 50);
}

TEST_F(StreamTest, resumes_on_the_next_connection_without_loss_or_duplicate) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), bytes(100'000), false);
  const auto script = [](FakeControlPlane& plane, FakeRunner& runner, Receiver& receiver, base::JobId job,
                         std::string rest) -> async::Task<void> {
    support::ScriptedPeer* first = co_await plane.accept_and_greet();
    co_await plane.command(*first, plane.job(job));
    const auto open = co_await receiver.accept(*first, protocol::kFirstStreamCredit);
    co_await receiver.take(*first);
    co_await send_ack(*first, open.stream, receiver.stored.size());
    // What was sent and not stored is lost with the connection.
    co_await first->transport().close(4008, "moved");
    support::ScriptedPeer* second = co_await plane.accept_and_greet();
    EXPECT_EQ(plane.inventory.streams.at(0).stream, open.stream);
    const auto again = co_await receiver.accept(*second, protocol::kFirstStreamCredit);
    EXPECT_EQ(again.stream, open.stream);
    runner.log->append(rest, true);
    while (!receiver.final_offset) co_await receiver.take(*second);
  };
  play(script(plane_, runner_, receiver_, job_, bytes(150'000).substr(100'000)));

  EXPECT_EQ(receiver_.stored, bytes(150'000));
}

TEST_F(StreamTest, never_sends_beyond_the_credit) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), bytes(100), true);
  const auto script = [](FakeControlPlane& plane, Receiver& receiver, base::JobId job) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(job));
    const auto open = co_await receiver.accept(*peer, 10);
    co_await receiver.take(*peer);
    EXPECT_EQ(receiver.stored.size(), 10U);
    co_await settled(*peer);
    const StreamCredit credit{.stream = open.stream, .bytes = 30};
    co_await peer->send(credit);
    co_await receiver.take(*peer);
    EXPECT_EQ(receiver.stored.size(), 40U);
  };
  play(script(plane_, receiver_, job_));
}

TEST_F(StreamTest, a_bad_offset_opens_the_stream_anew) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), bytes(50), true);
  const auto script = [](FakeControlPlane& plane, Receiver& receiver, base::JobId job) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(job));
    co_await receiver.accept(*peer, 20);
    const auto data = co_await peer->expect("stream.data");
    const protocol::ErrorMessage bad{.code = protocol::ErrorCode::bad_offset, .message = "not stored"};
    co_await peer->send(bad, {}, data.id);
    co_await receiver.accept(*peer, 1'000);
    while (!receiver.final_offset) co_await receiver.take(*peer);
  };
  play(script(plane_, receiver_, job_));
  EXPECT_EQ(receiver_.stored, bytes(50));
}

TEST_F(StreamTest, what_the_other_side_could_not_store_is_said_again) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), bytes(50), true);
  const auto script = [](FakeControlPlane& plane, Receiver& receiver, base::JobId job) -> async::Task<void> {
    const protocol::ErrorMessage later{.code = protocol::ErrorCode::internal, .message = "no database"};
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(job));
    co_await peer->expect_as<StreamOpen>();
    co_await peer->send(later, {}, peer->last_received);
    co_await receiver.accept(*peer, 1'000);
    const auto data = co_await peer->expect("stream.data");
    co_await peer->send(later, {}, data.id);
    const auto open = co_await receiver.accept(*peer, 1'000);
    co_await receiver.take(*peer);
    co_await send_ack(*peer, open.stream, receiver.stored.size());
    const auto close = co_await peer->expect("stream.close");
    co_await peer->send(later, {}, close.id);
    while (!receiver.final_offset) co_await receiver.take(*peer);
  };
  play(script(plane_, receiver_, job_));
  EXPECT_EQ(receiver_.stored, bytes(50));
  EXPECT_EQ(receiver_.final_offset, 50U);
}

TEST_F(StreamTest, an_interrupted_jobs_log_is_sent_to_its_end_after_a_restart) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), bytes(70'000), false);
  const auto first = [](FakeControlPlane& plane, Receiver& receiver, base::JobId job) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(job));
    co_await receiver.accept(*peer, protocol::kFirstStreamCredit);
    co_await receiver.take(*peer);
  };
  play(first(plane_, receiver_, job_));
  ASSERT_LT(receiver_.stored.size(), 70'000U);
  runner_.kept_log = std::make_shared<FakeSource>(io_.get_executor(), bytes(70'000), true);

  const auto second = [](FakeControlPlane& plane, Receiver& receiver) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await receiver.accept(*peer, protocol::kFirstStreamCredit);
    while (!receiver.final_offset) co_await receiver.take(*peer);
  };
  play(second(plane_, receiver_));
  EXPECT_EQ(receiver_.stored, bytes(70'000));
}

TEST_F(StreamTest, an_unknown_job_drops_the_log) {
  runner_.log = std::make_shared<FakeSource>(io_.get_executor(), bytes(50), true);
  const auto refuse = [](FakeControlPlane& plane, FakeRunner& runner, base::JobId job) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    co_await plane.command(*peer, plane.job(job));
    const auto open = co_await peer->expect("stream.open");
    const protocol::ErrorMessage unknown{.code = protocol::ErrorCode::unknown_job, .message = "not leased"};
    co_await peer->send(unknown, {}, open.id);
    co_await settled(*peer);
    EXPECT_EQ(runner.forgotten, 1);
  };
  play(refuse(plane_, runner_, job_));
}

TEST_F(StreamTest, a_container_log_that_cannot_be_read_on_is_closed_without_an_end) {
  logs_.here = base::ReplicaId::make(clock_);
  const auto source = std::make_shared<FakeSource>(io_.get_executor(), "line one\n", false);
  source->unreadable = true;
  logs_.source = source;
  const auto script = [](FakeControlPlane& plane, base::ReplicaId here, const base::Clock& clock) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    const StreamOpen open{.stream = base::StreamId::make(clock),
                          .kind = protocol::StreamKind::container_log,
                          .replica_id = here,
                          .receive = protocol::StreamReceive{.resume_from = 0, .credit = 1'000}};
    co_await peer->send(open);
    EXPECT_EQ((co_await peer->expect("stream.data")).attachment, "line one\n");
    const auto close = co_await peer->expect_as<StreamClose>();
    EXPECT_EQ(close.stream, open.stream);
    EXPECT_FALSE(close.final_offset.has_value());
  };
  play(script(plane_, logs_.here, clock_));
}

TEST_F(StreamTest, container_logs_are_opened_on_request) {
  logs_.here = base::ReplicaId::make(clock_);
  logs_.source = std::make_shared<FakeSource>(io_.get_executor(), "line one\nline two\n", true);
  const auto script = [](FakeControlPlane& plane, base::ReplicaId here, const base::Clock& clock) -> async::Task<void> {
    support::ScriptedPeer* peer = co_await plane.accept_and_greet();
    StreamOpen open{.stream = base::StreamId::make(clock),
                    .kind = protocol::StreamKind::container_log,
                    .replica_id = here,
                    .since = 20,
                    .follow = true,
                    .receive = protocol::StreamReceive{.resume_from = 0, .credit = 1'000}};
    const auto id = co_await peer->send(open);
    EXPECT_EQ((co_await peer->expect("stream.opened")).re, id);
    EXPECT_EQ((co_await peer->expect("stream.data")).attachment, "line one\nline two\n");
    EXPECT_EQ((co_await peer->expect_as<StreamClose>()).final_offset, 18U);
    open.stream = base::StreamId::make(clock);
    open.replica_id = base::ReplicaId::make(clock);
    co_await peer->send(open);
    EXPECT_NE((co_await peer->expect("error")).data.find("unknown_job"), std::string::npos);
    open.kind = protocol::StreamKind::exec;
    co_await peer->send(open);
    EXPECT_NE((co_await peer->expect("error")).data.find("malformed"), std::string::npos);
    const StreamData data{.stream = open.stream};
    co_await peer->send(data, "input");
    EXPECT_NE((co_await peer->expect("error")).data.find("unknown_stream"), std::string::npos);
  };
  play(script(plane_, logs_.here, clock_));
  EXPECT_EQ(logs_.lines, 20);
  EXPECT_TRUE(logs_.following);
}

}  // namespace
}  // namespace agent::testing

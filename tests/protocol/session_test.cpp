#include "common/protocol/session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "common/protocol/messages/all.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/scripted_peer.hpp"

namespace protocol {
namespace {

using boost::asio::experimental::awaitable_operators::operator&&;
using boost::asio::experimental::awaitable_operators::operator||;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kNonceA(32, 'a');
const std::string kNonceB(32, 'b');

/// A session of the control plane's side against an agent played by hand.
class SessionTest : public testing::Test {
 protected:
  explicit SessionTest(SessionOptions options = {}) { restart(options); }

  void restart(SessionOptions options) {
    support::TransportPair pair(io_.get_executor(), clock_);
    to_session_ = pair.b_to_a;
    from_session_ = pair.a_to_b;
    session_ =
        std::make_unique<Session>(std::move(pair.a), derive_session_keys(k_, kNonceA, kNonceB, Side::control_plane),
                                  Side::control_plane, clock_, options);
    session_->on_message([this](ReceivedEnvelope envelope) { return handle(std::move(envelope)); });
    peer_ = std::make_unique<support::ScriptedPeer>(std::move(pair.b),
                                                    derive_session_keys(k_, kNonceA, kNonceB, Side::agent), clock_);
  }
  async::Task<base::Result<void>> handle(ReceivedEnvelope envelope) {
    const std::string type = envelope.type;
    received_.push_back(std::move(envelope));
    if (type == failing_type_) co_return failure_;
    if (type == "stats.report") throw std::runtime_error("secret detail");
    co_return base::Result<void>{};
  }
  async::Task<void> run_session() { reason_ = co_await session_->run(); }
  void play(async::Task<void> script) { support::run_task(io_, run_both(run_session(), std::move(script))); }
  static async::Task<void> run_both(async::Task<void> one, async::Task<void> two) {
    co_await (std::move(one) && std::move(two));
  }
  async::Task<void> hello() { return hello_on(*peer_); }
  static async::Task<void> hello_on(support::ScriptedPeer& peer) { co_await peer.send("hello", "{}"); }

  /// What the session does with one raw message after the hello.
  void expect_close(async::Task<void> script, CloseCode code, const std::string& reason) {
    play(expect_closed(std::move(script), *peer_, code));
    EXPECT_EQ(reason_->code, static_cast<int>(code));
    EXPECT_EQ(reason_->rejected, reason);
    EXPECT_EQ(reason_->by, CloseReason::By::us);
  }
  static async::Task<void> expect_closed(async::Task<void> script, support::ScriptedPeer& peer, CloseCode code) {
    co_await std::move(script);
    const int seen = co_await peer.closed();
    EXPECT_EQ(seen, static_cast<int>(code));
  }

  const std::string k_ = std::string(32, 'k');
  boost::asio::io_context io_{1};
  base::SystemClock clock_;
  std::shared_ptr<support::Wire> to_session_;
  std::shared_ptr<support::Wire> from_session_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<support::ScriptedPeer> peer_;
  std::vector<ReceivedEnvelope> received_;
  std::optional<CloseReason> reason_;
  std::string failing_type_;
  base::Result<void> failure_;
};

async::Task<void> send_all(support::ScriptedPeer& peer, std::vector<std::string> messages) {
  for (std::string& message : messages) co_await peer.send_raw(std::move(message));
}

TEST_F(SessionTest, hands_messages_on_in_order) {
  std::vector<std::string> messages{peer_->make("hello", "{}"),
                                    peer_->make("replica.status", R"({"replicas":[]})", "", peer_->last_id),
                                    peer_->make("stream.data", R"({"stream":"x"})", "bytes")};
  const auto script = [](support::ScriptedPeer& peer, std::vector<std::string> all) -> async::Task<void> {
    co_await send_all(peer, std::move(all));
    co_await peer.send("ping", "{}");
    co_await peer.transport().receive();
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_, messages));

  ASSERT_EQ(received_.size(), 3U);
  EXPECT_EQ(received_[1].type, "replica.status");
  EXPECT_EQ(received_[1].re, received_[0].id);
  EXPECT_EQ(received_[2].attachment, "bytes");
  EXPECT_EQ(reason_->by, CloseReason::By::peer);
  EXPECT_EQ(reason_->code, 1000);
}

TEST_F(SessionTest, refuses_a_wrong_mac) {
  std::string message = peer_->make("hello", "{}");
  message[0] = static_cast<char>(message[0] ^ 1);
  expect_close(send_all(*peer_, {message}), CloseCode::bad_mac, "bad_mac");
  EXPECT_TRUE(received_.empty());
}

TEST_F(SessionTest, refuses_a_replayed_envelope) {
  const std::string hello = peer_->make("hello", "{}");
  const std::string status = peer_->make("replica.status", "{}");
  expect_close(send_all(*peer_, {hello, status, status}), CloseCode::bad_sequence, "bad_sequence");
}

TEST_F(SessionTest, refuses_reordered_and_dropped_envelopes) {
  const std::string hello = peer_->make("hello", "{}");
  const std::string dropped = peer_->make("replica.status", "{}");
  const std::string status = peer_->make("replica.status", "{}");
  expect_close(send_all(*peer_, {hello, status, dropped}), CloseCode::bad_sequence, "bad_sequence");
}

TEST_F(SessionTest, refuses_its_own_envelope_sent_back) {
  session_->send("hello", "{}");
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    const auto own = co_await peer.transport().receive();
    co_await peer.send_raw(own->bytes);
  };
  play(expect_closed(script(*peer_), *peer_, CloseCode::bad_mac));
  EXPECT_EQ(reason_->rejected, "bad_mac");
}

TEST_F(SessionTest, refuses_another_connections_envelope) {
  support::TransportPair elsewhere(io_.get_executor(), clock_);
  support::ScriptedPeer recorded(std::move(elsewhere.b),
                                 derive_session_keys(k_, kNonceA, std::string(32, 'c'), Side::agent), clock_);
  expect_close(send_all(*peer_, {recorded.make("hello", "{}")}), CloseCode::bad_mac, "bad_mac");
}

TEST_F(SessionTest, refuses_text_frames_and_oversize_and_short_messages) {
  to_session_->push({.text = true, .bytes = peer_->make("hello", "{}")});
  expect_close(send_all(*peer_, {}), CloseCode::protocol_error, "text_frame");

  restart({});
  expect_close(send_all(*peer_, {std::string(kMaxMessageBytes + 1, 'x')}), CloseCode::too_large, "too_large");

  restart({});
  to_session_->end(0, "ws.too_large");
  play(send_all(*peer_, {}));
  EXPECT_EQ(reason_->rejected, "too_large");

  restart({});
  expect_close(send_all(*peer_, {"short"}), CloseCode::bad_mac, "too_short");
}

TEST_F(SessionTest, refuses_a_malformed_header) {
  expect_close(send_all(*peer_, {peer_->seal("{\"v\":1,\"v\":1}\n")}), CloseCode::protocol_error, "malformed");
}

TEST_F(SessionTest, the_first_message_is_the_hello_and_the_only_one) {
  expect_close(send_all(*peer_, {peer_->make("replica.status", "{}")}), CloseCode::protocol_error, "bad_hello");

  restart({});
  expect_close(send_all(*peer_, {peer_->make("hello", "{}"), peer_->make("hello", "{}")}), CloseCode::protocol_error,
               "bad_hello");
}

TEST_F(SessionTest, a_hello_that_the_handler_refuses_closes) {
  failing_type_ = "hello";
  failure_ = base::fail(base::ErrorKind::malformed, "malformed", "no version");
  expect_close(send_all(*peer_, {peer_->make("hello", "{}")}), CloseCode::protocol_error, "bad_hello");
}

TEST_F(SessionTest, unknown_types_are_answered_and_the_connection_lives_on) {
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    co_await peer.send("hello", "{}");
    const auto unknown = co_await peer.send("no.such.type", "{}");
    const auto answer = co_await peer.expect("error");
    EXPECT_EQ(answer.re, unknown);
    EXPECT_NE(answer.data.find("unsupported_type"), std::string::npos);
    // A type of the other direction is as unknown.
    co_await peer.send("job.dispatch", "{}");
    EXPECT_NE((co_await peer.expect("error")).data.find("unsupported_type"), std::string::npos);
    const auto stream = co_await peer.send("stream.data", "{}", std::string(kMaxStreamAttachment + 1, 'x'));
    const auto malformed = co_await peer.expect("error");
    EXPECT_EQ(malformed.re, stream);
    EXPECT_NE(malformed.data.find("malformed"), std::string::npos);
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_));
  EXPECT_EQ(received_.size(), 1U);
}

TEST_F(SessionTest, handler_errors_are_answered_by_code_and_never_leak) {
  failing_type_ = "replica.status";
  failure_ = base::fail(base::ErrorKind::malformed, "malformed", "replicas: is required");
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    co_await peer.send("hello", "{}");
    co_await peer.send("replica.status", "{}");
    const auto malformed = co_await peer.expect_as<ErrorMessage>();
    EXPECT_EQ(malformed.code, ErrorCode::malformed);
    EXPECT_EQ(malformed.message, "replicas: is required");
    co_await peer.send("stats.report", "{}");
    const auto internal = co_await peer.expect_as<ErrorMessage>();
    EXPECT_EQ(internal.code, ErrorCode::internal);
    EXPECT_EQ(internal.message.find("secret"), std::string::npos);
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_));
}

TEST_F(SessionTest, ack_and_error_are_never_answered) {
  failing_type_ = "ack";
  failure_ = base::fail(base::ErrorKind::malformed, "malformed", "");
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    co_await peer.send("hello", "{}");
    co_await peer.send("ack", "{}");
    co_await peer.send("error", R"({"code":"from the future"})");
    const auto unknown = co_await peer.send("no.such.type", "{}");
    EXPECT_EQ((co_await peer.receive())->re, unknown);
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_));
  EXPECT_EQ(received_.size(), 3U);
}

TEST_F(SessionTest, control_overtakes_stream_data_and_seq_has_no_gap) {
  from_session_->held = true;
  session_->send("hello", "{}");
  const std::string data = R"({"stream":"01936f2a-7c00-7000-8000-00000000001f","offset":0})";
  for (int i = 0; i < 3; ++i) session_->send("stream.data", data, "x");
  session_->send("stream.close", R"({"stream":"01936f2a-7c00-7000-8000-00000000001f"})");
  session_->send("drain", R"({"reason":"x"})");
  const auto script = [](support::ScriptedPeer& peer, support::Wire& wire) -> async::Task<void> {
    wire.held = false;
    wire.changed.cancel();
    std::vector<std::string> types;
    for (int i = 0; i < 6; ++i) types.push_back((co_await peer.receive())->type);
    EXPECT_EQ(types, (std::vector<std::string>{"hello", "drain", "stream.data", "stream.data", "stream.data",
                                               "stream.close"}));
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_, *from_session_));
}

TEST_F(SessionTest, a_full_bulk_queue_says_so_and_a_full_control_queue_closes) {
  restart({.control_count = 4, .bulk_count = 2});
  from_session_->held = true;
  const std::string data = "{}";
  EXPECT_TRUE(session_->send("stream.data", data, "x").has_value());
  EXPECT_TRUE(session_->send("stream.data", data, "x").has_value());
  EXPECT_EQ(session_->send("stream.data", data, "x").error().code, "session.full");
  EXPECT_FALSE(session_->has_room());
  EXPECT_EQ(session_->send("stats.report", data).error().code, "session.full");
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(session_->send("drain", R"({"reason":"x"})").has_value());
  EXPECT_EQ(session_->send("drain", R"({"reason":"x"})").error().code, "session.closed");
  EXPECT_TRUE(session_->closing());
}

TEST_F(SessionTest, refuses_to_send_what_does_not_fit) {
  EXPECT_EQ(session_->send("stream.data", "{}", std::string(kMaxStreamAttachment + 1, 'x')).error().code,
            "session.too_large");
  EXPECT_EQ(session_->send("replica.status", std::string(kMaxHeaderBytes, ' ')).error().code, "session.too_large");
}

TEST_F(SessionTest, sends_data_that_was_written_over_several_lines) {
  session_->send("hello", "{\n \"version\": 1\n}");
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    EXPECT_EQ((co_await peer.receive())->data, R"({  "version": 1 })");
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_));
}

TEST_F(SessionTest, answers_stay_short_whatever_was_sent) {
  failing_type_ = "replica.status";
  failure_ = base::fail(base::ErrorKind::malformed, "malformed", std::string(100'000, 'x'));
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    co_await peer.send("hello", "{}");
    co_await peer.send("replica.status", "{}");
    EXPECT_EQ((co_await peer.expect_as<ErrorMessage>()).message.size(), 1'024U);
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_));
}

TEST_F(SessionTest, writable_wakes_when_there_is_room) {
  restart({.bulk_count = 1});
  session_->send("hello", "{}");
  session_->send("stream.data", "{}", "1");
  const auto script = [](Session& session, support::ScriptedPeer& peer) -> async::Task<void> {
    co_await session.writable();
    EXPECT_TRUE(session.send("stream.data", "{}", "2").has_value());
    EXPECT_EQ((co_await peer.expect("stream.data")).attachment, "1");
    EXPECT_EQ((co_await peer.expect("stream.data")).attachment, "2");
    co_await peer.transport().close(1000, "done");
  };
  play(script(*session_, *peer_));
}

TEST_F(SessionTest, close_lets_queued_messages_out_first) {
  session_->send("hello", "{}");
  session_->send("drain", R"({"reason":"upgrade"})");
  session_->close(CloseCode::going_away, "upgrade");
  session_->close(CloseCode::revoked, "second");
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    EXPECT_EQ((co_await peer.receive())->type, "hello");
    EXPECT_EQ((co_await peer.receive())->type, "drain");
    EXPECT_EQ(co_await peer.closed(), 4008);
  };
  play(script(*peer_));
  EXPECT_EQ(reason_->code, 4008);
  EXPECT_EQ(reason_->reason, "upgrade");
  EXPECT_EQ(session_->send("drain", "{}").error().code, "session.closed");
}

TEST_F(SessionTest, being_cancelled_closes_with_going_away) {
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> { co_await peer.send("hello", "{}"); };
  const auto both = [](async::Task<void> session, async::Task<void> other) -> async::Task<void> {
    co_await (std::move(session) || std::move(other));
  };
  support::run_task(io_, both(run_session(), script(*peer_)));
  EXPECT_EQ(from_session_->close_code, 4008);
  EXPECT_TRUE(reason_->cancelled);
}

TEST_F(SessionTest, answers_pings) {
  const auto script = [](support::ScriptedPeer& peer) -> async::Task<void> {
    co_await peer.send("hello", "{}");
    const auto ping = co_await peer.send("ping", "{}");
    const auto frame = co_await peer.transport().receive();
    EXPECT_NE(frame->bytes.find(R"("type":"pong")"), std::string::npos);
    EXPECT_NE(frame->bytes.find(R"("re":")" + ping.to_string()), std::string::npos);
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_));
}

TEST_F(SessionTest, remembers_when_the_answered_ping_was_sent) {
  restart({.ping_every = milliseconds(5)});
  const base::SteadyTime before = clock_.steady_now();
  EXPECT_FALSE(session_->last_answered_ping().has_value());
  const auto script = [](support::ScriptedPeer& peer, Session& session) -> async::Task<void> {
    co_await peer.send("hello", "{}");
    while (!session.last_answered_ping()) {
      const auto frame = co_await peer.transport().receive();
      const auto id = frame->bytes.substr(frame->bytes.find(R"("id":")") + 6, 36);
      co_await peer.send("pong", "{}", {}, EnvelopeId::parse(id).value());
    }
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_, *session_));
  EXPECT_GE(*session_->last_answered_ping(), before + milliseconds(5));
}

TEST_F(SessionTest, silence_ends_the_connection) {
  restart({.dead_after = milliseconds(50)});
  const auto script = []() -> async::Task<void> { co_return; };
  play(script());
  EXPECT_EQ(reason_->reason, "silent");
  EXPECT_EQ(reason_->code, 0);
}

TEST_F(SessionTest, a_slow_handler_holds_the_reader_and_not_the_connection) {
  restart({.inbound_count = 2});
  std::vector<std::string> messages{peer_->make("hello", "{}")};
  for (int i = 0; i < 20; ++i) messages.push_back(peer_->make("replica.status", "{}"));
  const auto script = [](support::ScriptedPeer& peer, std::vector<std::string> all) -> async::Task<void> {
    co_await send_all(peer, std::move(all));
    const auto last = co_await peer.send("no.such.type", "{}");
    EXPECT_EQ((co_await peer.receive())->re, last);
    co_await peer.transport().close(1000, "done");
  };
  play(script(*peer_, messages));
  EXPECT_EQ(received_.size(), 21U);
}

}  // namespace
}  // namespace protocol

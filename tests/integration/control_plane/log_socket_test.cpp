#include "tests/integration/control_plane/runtime_logs.hpp"

// Logs over a WebSocket.
namespace control_plane_test {
namespace {

using testing::HasSubstr;

/// The same events over a WebSocket.
struct LogSocketTest : RuntimeLogsTest {
  http_client::WebSocketUpgrade connect(const std::string& query, Headers with) {
    return *world.server.run(
        http_client::websocket_connect(world.server.executor(), http_client::Endpoint::tcp("127.0.0.1", port),
                                       kLogs + "/socket" + query, std::move(with), "", world.server.soon()));
  }
  async::Frame next(async::MessageTransport& socket) {
    auto frame = world.server.run(socket.receive());
    if (!frame) throw base::Failure("the socket ended: " + frame.error().message);
    return *std::move(frame);
  }
};

TEST_F(LogSocketTest, each_event_is_a_text_message_with_the_place_behind_it) {
  const auto socket = connect("?tail=3", headers({{"Origin", "http://localhost:7070"}}));
  ASSERT_EQ(socket.status, 101);
  const auto open = opened();
  EXPECT_EQ(open.since, 3);

  say(open, place(10) + out("one") + line('G', "rate 3 99"));
  const auto lines = next(*socket.transport);
  const auto gap = next(*socket.transport);

  EXPECT_TRUE(lines.text);
  EXPECT_THAT(lines.bytes, HasSubstr(R"({"event":"log","id":")" + replica + ":" +
                                     std::to_string(10 + out("one").size()) + R"(","data":{"replica":"0@host-1")"));
  EXPECT_THAT(gap.bytes, HasSubstr(R"("event":"gap")"));
  world.server.run(socket.transport->close(1000, ""));
}

TEST_F(LogSocketTest, goes_on_at_a_place_and_tells_the_worker_when_the_reader_goes) {
  const auto socket = connect("?cursor=" + replica + ":77", headers());
  ASSERT_EQ(socket.status, 101);
  const auto open = opened();
  EXPECT_EQ(open.from, 77U);

  world.server.run(socket.transport->close(1000, "enough"));

  EXPECT_THAT(agent->expect("stream.close").data, HasSubstr(open.stream.to_string()));
}

TEST_F(LogSocketTest, is_refused_to_other_sites_strangers_and_mistakes) {
  EXPECT_EQ(connect("", headers({{"Origin", "http://evil.example"}})).status, 403);
  EXPECT_EQ(connect("", headers({{"Origin", "null"}})).status, 403);
  EXPECT_EQ(connect("", {}).status, 401);
  EXPECT_EQ(connect("?tail=x", headers()).status, 422);
  EXPECT_EQ(connect("?replica=01900000-0000-7000-8000-00000000000a", headers()).status, 404);
}

}  // namespace
}  // namespace control_plane_test

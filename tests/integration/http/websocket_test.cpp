#include "common/http_client/websocket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "common/base/guarded.hpp"
#include "common/http_client/websocket_frames.hpp"
#include "common/http_client/websocket_transport.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

namespace {

using http_client::Endpoint;
using http_client::ws::FrameHeader;
using http_client::ws::Opcode;
using http_test::RawClient;
using http_test::TestServer;
using Transport = std::unique_ptr<async::MessageTransport>;

const std::string kProtocol = "wisehosting.v1";

/// What the server's side saw.
struct Seen {
  base::Guarded<std::vector<std::string>> events;
  std::promise<void> ended;
  std::atomic<bool> told{false};
  /// The first connection is the one that tests wait for.
  void end() {
    if (!told.exchange(true)) ended.set_value();
  }
  void add(std::string event) {
    events.with([&](auto& all) { all.push_back(std::move(event)); });
  }
  std::vector<std::string> all() {
    ended.get_future().wait();
    return events.with([](auto& list) { return list; });
  }
};

int close_code_for(const std::string& error) {
  return error == "ws.too_large" ? 4006 : 4000;
}

/// Echoes messages; closes as a worker's session does.
async::Task<void> echo(std::shared_ptr<Seen> seen, http::Request request, http::Upgrade& upgrade) {
  if (!request.header("X-WH-Nonce")) {
    upgrade.refuse(http::problem(base::Error(base::ErrorKind::malformed, "nonce", "No nonce."), request.request_id));
    co_return;
  }
  upgrade.going_away_with(4008, "going away");
  http::Headers headers{{"X-WH-Nonce", "server"}};
  if (http::offers_subprotocol(request, kProtocol)) headers.emplace_back("Sec-WebSocket-Protocol", kProtocol);
  auto accepted = co_await upgrade.accept(std::move(headers));
  if (!accepted) co_return;
  const auto transport = *std::move(accepted);
  for (;;) {
    auto frame = co_await transport->receive();
    if (!frame) {
      seen->add(frame.error().code + " " + std::to_string(transport->peer_close_code()));
      if (frame.error().code != "ws.closed") co_await transport->close(close_code_for(frame.error().code), "");
      break;
    }
    seen->add((frame->text ? "text " : "binary ") + std::to_string(frame->bytes.size()));
    const bool text = frame->text;
    auto bytes = std::move(frame->bytes);
    co_await (text ? transport->send_text(std::move(bytes)) : transport->send(std::move(bytes)));
  }
  seen->end();
}

struct WebSocketTest : testing::Test {
  WebSocketTest() {
    http::RouteTable routes;
    routes.upgrade("/connect", [seen = seen](http::Request request, http::Upgrade& upgrade) {
      return echo(seen, std::move(request), upgrade);
    });
    port = server.listen(std::move(routes));
  }

  base::Result<http_client::WebSocketUpgrade> connect(http_client::Headers headers, std::string subprotocol) {
    return server.run(http_client::websocket_connect(server.executor(), Endpoint::tcp("127.0.0.1", port), "/connect",
                                                     std::move(headers), std::move(subprotocol), server.soon()));
  }
  http_client::WebSocketUpgrade connect() { return *connect({{"X-WH-Nonce", "client"}}, kProtocol); }

  /// A connection after its handshake, for hand-made frames.
  RawClient raw() {
    RawClient client(port);
    client.send(
        "GET /connect HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-WH-Nonce: n\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    const auto head = client.read_response(true);
    EXPECT_EQ(head.status, 101);
    EXPECT_EQ(head.headers.at("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_FALSE(head.headers.contains("sec-websocket-extensions"));
    return client;
  }

  static std::string frame(Opcode opcode, std::string payload, bool final = true) {
    FrameHeader header{opcode, final, payload.size(), std::array<char, 4>{'m', 'a', 's', 'k'}, 0};
    std::string bytes;
    http_client::ws::append_frame_header(bytes, header);
    http_client::ws::apply_mask(payload.data(), payload.size(), *header.mask);
    return bytes + payload;
  }

  /// The close code that the server sends next.
  static int close_code(RawClient& client) {
    const auto head = client.read(2);
    EXPECT_EQ(head.substr(0, 1), "\x88");
    if (head.size() != 2) return 0;
    return http_client::ws::parse_close(client.read(static_cast<std::size_t>(head.back())))->code;
  }

  TestServer server;
  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
  std::uint16_t port{0};
};

TEST_F(WebSocketTest, carries_messages_both_ways_up_to_1_mib) {
  auto upgrade = connect();
  ASSERT_EQ(upgrade.status, 101);
  EXPECT_EQ(upgrade.header("X-WH-Nonce"), "server");

  for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 1024U * 1024U}) {
    const std::string message(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(server.run(upgrade.transport->send(message)));
    const auto answer = server.run(upgrade.transport->receive());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->bytes, message);
    EXPECT_FALSE(answer->text);
  }
  server.run(upgrade.transport->close(1000, "done"));

  EXPECT_EQ(seen->all().back(), "ws.closed 1000");
}

TEST_F(WebSocketTest, refusals_come_with_status_and_body) {
  const auto refused = connect({}, kProtocol);

  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 400);
  EXPECT_NE(refused->body.find("No nonce."), std::string::npos);
  EXPECT_EQ(refused->transport, nullptr);
}

TEST_F(WebSocketTest, an_answer_with_another_subprotocol_is_no_connection) {
  EXPECT_EQ(connect({{"X-WH-Nonce", "n"}}, "other.v1").error().code, "http.malformed");
}

TEST_F(WebSocketTest, broken_handshakes_are_answered_in_http) {
  const std::string get = "GET /connect HTTP/1.1\r\nHost: localhost\r\n";
  const std::string upgrade = get + "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  const auto old = http_test::ask(port, upgrade + key + "Sec-WebSocket-Version: 8\r\n\r\n");
  EXPECT_EQ(old.status, 426);
  EXPECT_EQ(old.headers.at("sec-websocket-version"), "13");
  EXPECT_EQ(http_test::ask(port, get + "\r\n").status, 426);
  EXPECT_EQ(http_test::ask(port, upgrade + "Sec-WebSocket-Version: 13\r\n\r\n").status, 400);
  EXPECT_EQ(http_test::ask(port, upgrade + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2hvcnQ=\r\n\r\n").status,
            400);
}

TEST_F(WebSocketTest, a_message_over_1_mib_is_too_large_before_its_payload_came) {
  auto client = raw();
  FrameHeader header{Opcode::binary, true, 1024 * 1024 + 1, std::array<char, 4>{}, 0};
  std::string bytes;
  http_client::ws::append_frame_header(bytes, header);

  client.send(bytes + std::string(300'000, 'x'));

  EXPECT_EQ(close_code(client), 4006);
  client.close();
  EXPECT_EQ(seen->all(), std::vector<std::string>{"ws.too_large 0"});
}

TEST_F(WebSocketTest, fragments_count_for_size_and_number) {
  auto many = raw();
  std::string allowed = frame(Opcode::binary, "", false);
  for (int i = 0; i < 1022; ++i) allowed += frame(Opcode::continuation, i % 2 == 0 ? "" : "x", false);
  many.send(allowed + frame(Opcode::continuation, "x", true));
  EXPECT_EQ(many.read(4 + 512).size(), 516U) << "1,024 fragments are a message";

  many.send(allowed + frame(Opcode::continuation, "x", false) + frame(Opcode::continuation, "x", true));

  EXPECT_EQ(close_code(many), 4000) << "1,025 are not";
  many.close();
  EXPECT_EQ(seen->all(), (std::vector<std::string>{"binary 512", "ws.protocol 0"}));
}

TEST_F(WebSocketTest, fragments_cannot_add_up_to_more_than_1_mib) {
  auto client = raw();

  client.send(frame(Opcode::binary, std::string(1024 * 1024, 'x'), false));
  client.send(frame(Opcode::continuation, "y", true));

  EXPECT_EQ(close_code(client), 4006);
}

TEST_F(WebSocketTest, text_is_reported_and_sent_as_text) {
  auto client = raw();

  client.send(frame(Opcode::text, "hello"));
  EXPECT_EQ(client.read(7), "\x81\x05hello");
  client.send(frame(Opcode::close, http_client::ws::close_payload(4999, "bye")));

  EXPECT_EQ(close_code(client), 4999);
  EXPECT_EQ(seen->all(), (std::vector<std::string>{"text 5", "ws.closed 4999"}));
}

TEST_F(WebSocketTest, pings_between_fragments_are_answered) {
  auto client = raw();

  client.send(frame(Opcode::binary, "a", false) + frame(Opcode::ping, "still there?") +
              frame(Opcode::continuation, "b", true));

  EXPECT_EQ(client.read(14), "\x8a\x0cstill there?");
  EXPECT_EQ(client.read(4),
            "\x82\x02"
            "ab");
}

TEST_F(WebSocketTest, frames_that_the_rfc_forbids_end_the_connection) {
  const std::map<std::string, std::string> shapes{
      {"no mask", std::string("\x82\x01x")},
      {"text that is not UTF-8", frame(Opcode::text, "\xff")},
      {"continuation of nothing", frame(Opcode::continuation, "x")},
      {"message inside a message", frame(Opcode::binary, "x", false) + frame(Opcode::binary, "x")},
      {"close frame of one byte", frame(Opcode::close, "x")}};
  for (const auto& [name, bytes] : shapes) {
    auto client = raw();
    client.send(bytes);
    EXPECT_EQ(close_code(client), 4000) << name;
  }
}

TEST_F(WebSocketTest, is_closed_with_its_own_code_when_the_server_goes_away) {
  auto client = raw();
  client.send(frame(Opcode::binary, "x"));
  client.read(3);

  auto stopping = std::async(std::launch::async, [&] { server.shutdown(); });
  EXPECT_EQ(close_code(client), 4008);
  client.send(frame(Opcode::close, http_client::ws::close_payload(4008, "")));

  stopping.get();
  EXPECT_TRUE(client.peer_closed());
  EXPECT_EQ(seen->all().back(), "ws.closed 4008");
}

TEST_F(WebSocketTest, a_peer_that_ignores_the_close_is_dropped_after_two_seconds) {
  auto client = raw();
  client.send(frame(Opcode::binary, "x"));
  client.read(3);

  server.shutdown();

  EXPECT_EQ(close_code(client), 4008);
  EXPECT_TRUE(client.peer_closed());
}

TEST_F(WebSocketTest, a_message_must_be_whole_in_its_time) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  http_client::StreamSocket socket(server.executor());
  socket.assign({AF_UNIX, 0}, ends[0]);
  using http_client::ws::WebSocketTransport;
  WebSocketTransport transport(http_client::plain_stream(std::move(socket)), {}, WebSocketTransport::Side::server,
                               std::chrono::milliseconds(100));
  RawClient client{base::UniqueFd(ends[1])};

  client.send(frame(Opcode::binary, "whole") + frame(Opcode::binary, "first", false).substr(0, 3));

  EXPECT_EQ(server.run(transport.receive())->bytes, "whole");
  EXPECT_EQ(server.run(transport.receive()).error().code, "ws.protocol");
  client.close();
  server.run(transport.close(4000, ""));
}

TEST_F(WebSocketTest, sends_from_several_coroutines_do_not_mix) {
  auto upgrade = connect();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::string message(200'000, static_cast<char>('a' + i));
      EXPECT_TRUE(server.run(upgrade.transport->send(std::move(message))));
    });
  }

  for (int i = 0; i < 4; ++i) {
    const auto answer = server.run(upgrade.transport->receive());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->bytes, std::string(200'000, answer->bytes.front()));
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace

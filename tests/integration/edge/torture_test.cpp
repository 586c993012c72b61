// Requests that no honest client sends: each is answered or ended within its bound, none gets to the app as two, and
// the edge serves on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"
#include "tests/support/patience.hpp"

namespace edge_test {
namespace {

using std::chrono::milliseconds;
using ::testing::AnyOf;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};
constexpr std::chrono::seconds kRequestTime{1};  // 10 s outside of this test

class TortureTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new EdgeFolder();
    clock = new base::ManualClock(kNow);
    server = new SmallServer("one");
    edge = new RunningEdge(*folder, *clock, 20, [](edge::EdgeSettings& s) { s.request_time = kRequestTime; });
    edge->apply({route(1, "a.localhost", {"1:" + std::to_string(server->port())})});
  }
  static void TearDownTestSuite() {
    delete edge;
    delete server;
    delete clock;
    delete folder;
  }
  void TearDown() override { EXPECT_EQ(fetch(folder->port(), "a.localhost").body, "one") << "the edge must serve on"; }
  /// What the client got for these bytes until the connection ended, or nothing came for 500 ms.
  static std::vector<int> statuses_of(const std::string& raw) {
    Connection connection(folder->port(), milliseconds(500));
    connection.send(raw);
    std::vector<int> statuses;
    for (int status = 0; (status = connection.receive().status) != 0;) statuses.push_back(status);
    return statuses;
  }
  static int status_of(const std::string& raw) {
    const auto statuses = statuses_of(raw);
    return statuses.empty() ? 0 : statuses.front();
  }
  /// Every request that came to the app is one that the client got an answer for: nothing was read as two.
  static void expect_as_many_requests_as_answers(const std::string& raw) {
    const int before = server->requests();
    const auto statuses = statuses_of(raw);
    const auto by_app = std::ranges::count(statuses, 200);
    EXPECT_EQ(server->requests() - before, by_app) << raw;
    for (const int status : statuses) EXPECT_THAT(status, AnyOf(200, 400, 403, 408, 413, 422, 501)) << raw;
  }

  static inline EdgeFolder* folder;
  static inline base::ManualClock* clock;
  static inline SmallServer* server;
  static inline RunningEdge* edge;
};

const std::string kHost = "Host: a.localhost\r\n";
const std::string kSecond = "GET /second HTTP/1.1\r\nHost: a.localhost\r\n\r\n";

TEST_F(TortureTest, pipelined_requests_are_answered_in_their_order) {
  Connection connection(folder->port());
  std::string many;
  for (int i = 0; i < 20; ++i) {
    many += i % 2 == 0 ? "GET / HTTP/1.1\r\n" + kHost + "\r\n"
                       : "POST /length HTTP/1.1\r\n" + kHost + "Content-Length: 3\r\n\r\nabc";
  }
  ASSERT_TRUE(connection.send(many));

  for (int i = 0; i < 20; ++i) EXPECT_EQ(connection.receive().body, i % 2 == 0 ? "one" : "3") << i;
}

TEST_F(TortureTest, chunked_bodies_pass_whatever_their_pieces_are) {
  const std::string head = "POST /length HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n";
  Connection connection(folder->port());

  connection.send(head + "5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(connection.receive().body, "5");
  connection.send(head + "5;name=\"value\"\r\nhello\r\n000A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(connection.receive().body, "15");
  connection.send(head);
  for (const char c : std::string("3\r\nabc\r\n0\r\n\r\n")) connection.send(std::string(1, c));
  EXPECT_EQ(connection.receive().body, "3");
}

TEST_F(TortureTest, malformed_chunks_are_refused_or_ended) {
  const std::string head = "POST /length HTTP/1.1\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& body : {"x\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nhello",
                                  "5\r\nhelloXX0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n"}) {
    EXPECT_THAT(status_of(head + body + kSecond), AnyOf(0, 400, 502)) << body;
  }
}

TEST_F(TortureTest, what_two_parsers_could_read_differently_is_read_once) {
  const std::string post = "POST /length HTTP/1.1\r\n" + kHost;
  const std::string length = "Content-Length: " + std::to_string(kSecond.size()) + "\r\n";
  const std::vector<std::string> shapes{
      // Both lengths, in both orders, and spelled so that one side might not see the second.
      post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: xchunked\r\n" + length + "\r\n",
      post + "Transfer-Encoding : chunked\r\n" + length + "\r\n",
      post + "Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      post + "Transfer-Encoding: chunked\r\n\r\n5 \nhello\r\n0\r\n\r\n",
      post + "X: y\nTransfer-Encoding: chunked\r\n" + length + "\r\n",
      post + "X: y\rTransfer-Encoding: chunked\r\n" + length + "\r\n",
      post + "Content-Length: 0\r\n" + length + "\r\n",
      post + "Content-Length: 0, " + std::to_string(kSecond.size()) + "\r\n\r\n",
      post + "Content-Length: 0x10\r\n\r\n",
      post + "Content-Length: 18446744073709551616\r\n\r\n",
      post + "Content-Length: -1\r\n\r\n",
      post + "Content_Length: 0\r\n" + length + "\r\n",
      "GET / HTTP/1.1\r\n" + kHost + length + "\r\n",
      "GET / HTTP/1.1\r\n" + kHost + "Connection: close, Content-Length\r\n" + length + "\r\n",
      "GET / HTTP/1.1\r\n" + kHost +
          "X: a\x01"
          "b\r\n\r\n",
      "GET / HTTP/1.1\r\n" + kHost + std::string("X: a\0b\r\n\r\n", 10),
  };
  for (const auto& shape : shapes) expect_as_many_requests_as_answers(shape + kSecond);
}

TEST_F(TortureTest, a_body_of_absurd_length_gets_413) {
  EXPECT_EQ(status_of("POST /length HTTP/1.1\r\n" + kHost + "Content-Length: 9999999999999999\r\n\r\n"), 413);
}

TEST_F(TortureTest, malformed_request_lines_and_headers_get_400) {
  const std::vector<std::string> heads{
      "GET\r\n\r\n",
      "\r\n\r\nGET  / HTTP/1.1 x\r\n" + kHost + "\r\n",
      "G ET / HTTP/1.1\r\n" + kHost + "\r\n",
      "GET / HTTP/1.1\r\n" + kHost + "Bad Name: x\r\n\r\n",
      "GET / HTTP/1.1\r\n" + kHost + ": x\r\n\r\n",
      "GET / HTTP/1.1\r\n" + kHost + "X: a\rb\r\n\r\n",
      "GET / HTTP/9.9\r\n" + kHost + "\r\n",
      "GET / HTTP/1.1\r\nHost: a.localhost, b.localhost\r\n\r\n",
      "GET /\x7f\x80 HTTP/1.1\r\n" + kHost + "\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello on a plain port\r\n\r\n",
  };
  for (const auto& head : heads) EXPECT_THAT(status_of(head), AnyOf(400, 404)) << head;
}

TEST_F(TortureTest, headers_that_are_too_large_or_too_many_get_400) {
  const std::string get = "GET / HTTP/1.1\r\n" + kHost;
  std::string many;
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": y\r\n";

  EXPECT_EQ(status_of(get + "X: " + std::string(200'000, 'x') + "\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /" + std::string(200'000, 'x') + " HTTP/1.1\r\n" + kHost + "\r\n"), 400);
  EXPECT_EQ(status_of(get + many + "\r\n"), 400);
}

TEST_F(TortureTest, a_head_that_comes_too_slowly_gets_408) {
  const auto began = std::chrono::steady_clock::now();
  std::vector<Connection> slow;
  for (int i = 0; i < 50; ++i) {
    slow.emplace_back(folder->port());
    slow.back().send(i % 2 == 0 ? "GET / HTTP/1.1\r\nHost: a.loc" : "G");
  }

  for (auto& connection : slow) EXPECT_EQ(connection.receive().status, 408);

  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, kRequestTime - milliseconds(100));
  EXPECT_LT(took, kRequestTime + testing_support::patient(std::chrono::seconds(3)));
}

TEST_F(TortureTest, a_byte_now_and_then_does_not_prolong_the_time_for_a_head) {
  Connection slow(folder->port());
  const auto began = std::chrono::steady_clock::now();
  const std::string head = "GET / HTTP/1.1\r\nHost: a.localhost\r\nX: " + std::string(500, 'x');
  std::size_t sent = 0;

  // A byte each 20 ms would take 10 s.
  eventually(
      [&] {
        return sent == head.size() || !slow.send(head.substr(sent++, 1)) ||
               std::chrono::steady_clock::now() - began > 2 * kRequestTime;
      },
      std::chrono::seconds(4));

  EXPECT_THAT(slow.receive().status, AnyOf(0, 408));
  EXPECT_LT(std::chrono::steady_clock::now() - began, kRequestTime + testing_support::patient(std::chrono::seconds(3)));
}

TEST_F(TortureTest, clients_that_hang_up_in_mid_request_leave_nothing_behind) {
  const int before = server->requests();
  for (int i = 0; i < 50; ++i) {
    Connection connection(folder->port());
    connection.send("POST /length HTTP/1.1\r\n" + kHost + "Content-Length: 1000\r\n\r\nonly the beg");
  }
  for (int i = 0; i < 50; ++i) {
    Connection connection(folder->port());
    connection.send("GET / HT");
  }

  EXPECT_TRUE(eventually([&] {
    const auto counters = edge->counters(id_of(1));
    return !counters.empty() && counters.front().counters.in_flight == 0;
  }));
  EXPECT_LE(server->requests(), before + 50);
}

TEST_F(TortureTest, two_thousand_idle_connections_do_not_keep_others_out) {
  std::vector<Connection> idle;
  for (int i = 0; i < 2'000; ++i) idle.emplace_back(folder->port());

  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(fetch(folder->port(), "a.localhost").body, "one");
  EXPECT_LT(std::chrono::steady_clock::now() - began, testing_support::patient(std::chrono::seconds(1)));
}

}  // namespace
}  // namespace edge_test

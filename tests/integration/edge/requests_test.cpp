#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"

namespace edge_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

/// One edge for all: what it does to a single request.
class RequestsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new EdgeFolder();
    clock = new base::ManualClock(kNow);
    server = new SmallServer("one");
    edge = new RunningEdge(*folder, *clock);
    edge->apply({route(1, "a.localhost", {"1:" + std::to_string(server->port())})});
  }
  static void TearDownTestSuite() {
    delete edge;
    delete server;
    delete clock;
    delete folder;
  }
  static int status_of(const std::string& raw) {
    Connection connection(folder->port());
    connection.send(raw);
    return connection.receive().status;
  }

  static inline EdgeFolder* folder;
  static inline base::ManualClock* clock;
  static inline SmallServer* server;
  static inline RunningEdge* edge;
};

TEST_F(RequestsTest, forwarded_headers_are_ours_alone) {
  const auto answer =
      fetch(folder->port(), "a.localhost", "/headers",
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n"
            "X-Forwarded-Prefix: /evil\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nProxy: evil\r\n");

  EXPECT_THAT(answer.body, HasSubstr("x-forwarded-for: 127.0.0.1\r\n"));
  EXPECT_THAT(answer.body, HasSubstr("x-forwarded-proto: http\r\n"));
  EXPECT_THAT(answer.body, HasSubstr("x-forwarded-host: a.localhost\r\n"));
  EXPECT_THAT(answer.body, Not(HasSubstr("6.6.6.6")));
  EXPECT_THAT(answer.body, Not(HasSubstr("evil")));
}

TEST_F(RequestsTest, forwarded_headers_are_those_of_each_request_of_a_connection) {
  Connection connection(folder->port());

  for (const std::string method : {"GET", "POST", "GET"}) {
    const auto answer = connection.request("a.localhost", "/headers", method, "X-Forwarded-For: 6.6.6.6\r\n",
                                           method == "POST" ? "x" : "");

    EXPECT_THAT(answer.body, HasSubstr("x-forwarded-for: 127.0.0.1\r\n")) << method;
    EXPECT_THAT(answer.body, HasSubstr("x-forwarded-host: a.localhost\r\n")) << method;
    EXPECT_THAT(answer.body, Not(HasSubstr("6.6.6.6"))) << method;
  }
}

TEST_F(RequestsTest, what_is_ambiguous_is_refused) {
  const std::string post = "POST /length HTTP/1.1\r\nHost: a.localhost\r\n";
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a.localhost\r\nHost: b.localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: b.localhost, a.localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: b.localhost\r\nX: 1\r\nHost: a.localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.7\r\nHost: a.localhost\r\n\r\n"), 400);
  EXPECT_EQ(status_of(post + "Content-Length: +5\r\n\r\nhello"), 400);
  EXPECT_EQ(status_of(post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), 400);
  EXPECT_EQ(status_of(post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status_of("CONNECT a.localhost:80 HTTP/1.1\r\nHost: a.localhost:80\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a.localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), 400);
  EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a.localhost\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"), 400);
}

TEST_F(RequestsTest, an_absolute_target_does_not_reach_another_host) {
  const int status = status_of("GET http://other.localhost/ HTTP/1.1\r\nHost: a.localhost\r\n\r\n");

  EXPECT_TRUE(status == 400 || status == 404) << status;
}

TEST_F(RequestsTest, a_websocket_becomes_a_tunnel) {
  Connection connection(folder->port());
  const auto upgraded =
      connection.request("a.localhost", "/upgrade", "GET",
                         "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                         "Sec-WebSocket-Version: 13\r\n");
  ASSERT_EQ(upgraded.status, 101);

  ASSERT_TRUE(connection.send("ping"));

  EXPECT_EQ(connection.receive_some(), "ping");
}

TEST_F(RequestsTest, events_arrive_as_they_are_sent) {
  Connection connection(folder->port());
  ASSERT_TRUE(connection.send("GET /events HTTP/1.1\r\nHost: a.localhost\r\n\r\n"));

  std::string bytes;
  while (bytes.find("data: first") == std::string::npos) {
    const auto more = connection.receive_some();
    ASSERT_FALSE(more.empty());
    bytes += more;
  }
  EXPECT_EQ(bytes.find("data: second"), std::string::npos);
  server->release();
  while (bytes.find("data: second") == std::string::npos) {
    const auto more = connection.receive_some();
    ASSERT_FALSE(more.empty());
    bytes += more;
  }
}

TEST_F(RequestsTest, long_bodies_pass_both_ways) {
  Connection connection(folder->port());

  const auto sent = connection.request("a.localhost", "/length", "POST", "", std::string(std::size_t{8} << 20U, 'x'));
  const auto received = connection.request("a.localhost", "/big");

  EXPECT_EQ(sent.body, std::to_string(std::size_t{8} << 20U));
  EXPECT_EQ(received.body.size(), std::size_t{32} << 20U);
}

TEST_F(RequestsTest, a_replica_that_hangs_up_gives_our_page_and_post_is_not_repeated) {
  const int before = server->requests();
  Connection connection(folder->port());

  const auto answer = connection.request("a.localhost", "/hang-up", "POST", "Accept: text/html\r\n", "x");

  EXPECT_EQ(answer.status, 502);
  EXPECT_THAT(answer.body, HasSubstr("could not answer"));
  EXPECT_EQ(server->requests(), before + 1);
}

TEST_F(RequestsTest, a_get_without_an_answer_is_tried_once_more) {
  const int before = server->requests();

  const auto answer = fetch(folder->port(), "a.localhost", "/hang-up");

  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(server->requests(), before + 2);
}

}  // namespace
}  // namespace edge_test

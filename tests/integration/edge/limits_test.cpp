#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"

namespace edge_test {
namespace {

using ::testing::HasSubstr;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};
// So slow that nothing comes back within a test: what passes is the burst.
const std::string kFive = R"({"request_limit":{"per_minute":1,"burst":5}})";
const std::string kUsual = R"({"request_limit":{"per_minute":1000,"burst":100}})";

class LimitsTest : public ::testing::Test {
 protected:
  std::string app(int number, const std::string& options) {
    return route(number, std::string(1, static_cast<char>('a' + number - 1)) + ".localhost",
                 {std::to_string(number) + ":" + std::to_string(server_.port())}, options);
  }
  /// Statuses of `count` requests over one connection.
  std::map<int, int> ask(const std::string& host, int count, const std::string& headers = "") {
    Connection connection(folder_.port());
    std::map<int, int> seen;
    for (int i = 0; i < count; ++i) ++seen[connection.request(host, "/", "GET", headers).status];
    return seen;
  }

  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
  SmallServer server_{"one"};
  RunningEdge edge_{folder_, clock_};
};

TEST_F(LimitsTest, LIM_04_what_is_more_than_an_address_may_ask_is_429_and_never_reaches_the_app) {
  ASSERT_EQ(edge_.apply({app(1, kFive)}).outcome, agent::ApplyOutcome::applied);

  const auto seen = ask("a.localhost", 12);
  const auto page = fetch(folder_.port(), "a.localhost", "/", "Accept: text/html\r\n");

  EXPECT_EQ(seen, (std::map<int, int>{{200, 5}, {429, 7}}));
  EXPECT_EQ(server_.requests(), 5);
  EXPECT_EQ(page.status, 429);
  EXPECT_THAT(page.head, HasSubstr("etry-"));
  EXPECT_THAT(page.body, HasSubstr("Too many requests"));
}

TEST_F(LimitsTest, LIM_04_an_app_without_a_limit_has_none_and_limits_are_counted_apart) {
  ASSERT_EQ(edge_.apply({app(1, kFive), app(2, kFive), app(3, "{}")}).outcome, agent::ApplyOutcome::applied);

  EXPECT_EQ(ask("a.localhost", 6), (std::map<int, int>{{200, 5}, {429, 1}}));
  EXPECT_EQ(ask("b.localhost", 6), (std::map<int, int>{{200, 5}, {429, 1}}));
  EXPECT_EQ(ask("c.localhost", 60), (std::map<int, int>{{200, 60}}));
}

TEST_F(LimitsTest, LIM_04_what_was_refused_is_counted_of_its_app_and_is_no_request_of_it) {
  const auto target = ":" + std::to_string(server_.port()) + "@1";  // a new release is counted more often
  ASSERT_EQ(
      edge_.apply({route(1, "a.localhost", {"1" + target}, kFive), route(2, "b.localhost", {"2" + target})}).outcome,
      agent::ApplyOutcome::applied);
  EXPECT_EQ(ask("a.localhost", 12), (std::map<int, int>{{200, 5}, {429, 7}}));
  EXPECT_EQ(ask("b.localhost", 12), (std::map<int, int>{{200, 12}}));

  std::map<std::string, protocol::TrafficCounts> seen;
  const bool counted = eventually([&] {
    // An edge tells of an app only when its counts changed.
    for (const auto& app : edge_.report().apps) seen[app.app_environment_id.to_string()] = app.counts;
    return seen[id_of(1)].limited + seen[id_of(1)].requests >= 12 && seen[id_of(2)].requests >= 12;
  });

  EXPECT_TRUE(counted);
  EXPECT_EQ(seen[id_of(1)].limited, 7U);
  EXPECT_EQ(seen[id_of(1)].requests, 5U);
  EXPECT_EQ(seen[id_of(1)].unserved + seen[id_of(1)].app_errors, 0U) << "nothing failed";
  EXPECT_EQ(seen[id_of(2)].limited, 0U);
}

TEST_F(LimitsTest, LIM_04_it_comes_goes_and_changes_without_a_reload) {
  ASSERT_EQ(edge_.apply({app(1, "{}")}).outcome, agent::ApplyOutcome::applied);
  const auto process = folder_.haproxy_pid();
  EXPECT_EQ(ask("a.localhost", 10), (std::map<int, int>{{200, 10}}));

  ASSERT_EQ(edge_.apply({app(1, kFive)}).outcome, agent::ApplyOutcome::applied);
  EXPECT_EQ(ask("a.localhost", 10), (std::map<int, int>{{200, 5}, {429, 5}}));
  ASSERT_EQ(edge_.apply({app(1, R"({"request_limit":{"per_minute":1,"burst":8}})")}).outcome,
            agent::ApplyOutcome::applied);
  EXPECT_EQ(ask("a.localhost", 10), (std::map<int, int>{{200, 3}, {429, 7}}));
  ASSERT_EQ(edge_.apply({app(1, "{}")}).outcome, agent::ApplyOutcome::applied);

  EXPECT_EQ(ask("a.localhost", 10), (std::map<int, int>{{200, 10}}));
  EXPECT_EQ(folder_.haproxy_pid(), process);
}

TEST_F(LimitsTest, LIM_04_under_load_what_passes_is_the_burst_and_what_came_back_meanwhile) {
  ASSERT_EQ(edge_.apply({app(1, kUsual)}).outcome, agent::ApplyOutcome::applied);
  std::atomic<int> passed{0};
  std::atomic<int> limited{0};
  std::atomic<int> other{0};
  const auto begun = std::chrono::steady_clock::now();

  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&] {
      Connection connection(folder_.port());
      while (limited < 2000) {
        const int status = connection.request("a.localhost", "/").status;
        (status == 200 ? passed : status == 429 ? limited : other)++;
      }
    });
  }
  for (auto& client : clients) client.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;

  // Two threads of HAProxy may read one time at once; each such pair lets one request more through.
  const double allowed = 100 + took.count() * 1000 / 60;
  EXPECT_EQ(other, 0);
  EXPECT_GE(passed, 100);
  EXPECT_LE(passed, allowed * 1.25 + 10) << "in " << took.count() << " s";
}

TEST_F(LimitsTest, LIM_04_headers_and_websockets_do_not_get_around_it) {
  ASSERT_EQ(edge_.apply({app(1, kFive)}).outcome, agent::ApplyOutcome::applied);

  EXPECT_EQ(ask("a.localhost", 6, "X-Forwarded-For: 9.9.9.9\r\n"), (std::map<int, int>{{200, 5}, {429, 1}}));
  EXPECT_EQ(ask("A.localhost:7080", 3, "X-Forwarded-For: 8.8.8.8\r\n"), (std::map<int, int>{{429, 3}}));
  Connection socket(folder_.port());
  EXPECT_EQ(socket
                .request("a.localhost", "/upgrade", "GET",
                         "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                         "Sec-WebSocket-Version: 13\r\n")
                .status,
            429);
}

}  // namespace
}  // namespace edge_test

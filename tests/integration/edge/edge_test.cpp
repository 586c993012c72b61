#include "worker-agent/edge/edge.hpp"
#include "tests/support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"

namespace edge_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

std::string on(int replica, const SmallServer& server) {
  return std::to_string(replica) + ":" + std::to_string(server.port());
}

std::string file(const EdgeFolder& folder, const std::string& name) {
  std::ifstream in(folder.path() / "edge" / name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class EdgeTest : public ::testing::Test {
 protected:
  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
};

TEST_F(EdgeTest, sends_each_host_to_its_app) {
  SmallServer one("one");
  SmallServer two("two");
  RunningEdge edge(folder_, clock_);

  const auto result = edge.apply({route(1, "one.localhost", {on(1, one)}), route(2, "two.localhost", {on(2, two)})});

  ASSERT_EQ(result.outcome, agent::ApplyOutcome::applied) << result.reason;
  EXPECT_EQ(fetch(folder_.port(), "one.localhost").body, "one");
  EXPECT_EQ(fetch(folder_.port(), "TWO.localhost:7080").body, "two");
}

TEST_F(EdgeTest, answers_unknown_hosts_with_a_page_or_a_line) {
  RunningEdge edge(folder_, clock_);
  ASSERT_EQ(edge.apply({}).outcome, agent::ApplyOutcome::applied);

  const auto page = fetch(folder_.port(), "nobody.localhost", "/", "Accept: text/html,application/xhtml+xml\r\n");
  const auto line = fetch(folder_.port(), "nobody.localhost", "/", "Accept: */*\r\n");

  EXPECT_EQ(page.status, 404);
  EXPECT_THAT(page.body, HasSubstr("<!doctype html>"));
  EXPECT_EQ(line.status, 404);
  EXPECT_THAT(line.body, Not(HasSubstr("<")));
}

TEST_F(EdgeTest, answers_503_while_an_app_has_no_healthy_replica) {
  SmallServer one("one");
  RunningEdge edge(folder_, clock_);
  ASSERT_EQ(edge.apply({route(1, "a.localhost", {}), route(2, "b.localhost", {on(1, one)})}).outcome,
            agent::ApplyOutcome::applied);
  one.kill();

  const auto empty = fetch(folder_.port(), "a.localhost", "/", "Accept: text/html\r\n");
  EXPECT_EQ(empty.status, 503);
  EXPECT_THAT(empty.body, HasSubstr("not running right now"));
  EXPECT_EQ(fetch(folder_.port(), "b.localhost").status, 503);
}

TEST_F(EdgeTest, ING_12_each_of_two_healthy_replicas_gets_its_share_of_requests) {
  SmallServer one("one");
  SmallServer two("two");
  RunningEdge edge(folder_, clock_);
  ASSERT_EQ(edge.apply({route(1, "a.localhost", {on(1, one), on(2, two)})}).outcome, agent::ApplyOutcome::applied);

  std::map<std::string, int> answers;
  for (int i = 0; i < 20; ++i) ++answers[fetch(folder_.port(), "a.localhost").body];

  EXPECT_EQ(answers["one"] + answers["two"], 20);
  EXPECT_GE(answers["one"], 5);
  EXPECT_GE(answers["two"], 5);
}

TEST_F(EdgeTest, a_dead_replica_leaves_within_two_seconds_and_no_get_fails_meanwhile) {
  SmallServer dying("dying");
  SmallServer living("living");
  RunningEdge edge(folder_, clock_);
  ASSERT_EQ(edge.apply({route(1, "a.localhost", {on(1, dying), on(2, living)})}).outcome, agent::ApplyOutcome::applied);
  dying.kill();

  int failed = 0;
  const bool left = eventually(
      [&] {
        failed += fetch(folder_.port(), "a.localhost").body != "living";
        for (const auto& replica : edge.counters(id_of(1))) {
          if (replica.replica.to_string() == id_of(1)) return !replica.counters.healthy;
        }
        return false;
      },
      testing_support::patient(std::chrono::milliseconds(2500)));

  EXPECT_TRUE(left);
  EXPECT_EQ(failed, 0);
}

TEST_F(EdgeTest, refuses_injections_and_keeps_what_it_serves) {
  SmallServer one("one");
  RunningEdge edge(folder_, clock_);
  const std::string good = route(1, "one.localhost", {on(1, one)});
  ASSERT_EQ(edge.apply({good}).outcome, agent::ApplyOutcome::applied);
  const std::string config = file(folder_, "haproxy.cfg");

  for (const std::string host :
       {"a.b\\nshutdown sessions server app-1/x", "a.b;disable frontend http", "a.b app-1", "A.b"}) {
    const auto refused = edge.apply({good, route(2, host, {on(2, one)})});
    EXPECT_EQ(refused.outcome, agent::ApplyOutcome::refused) << host;
    EXPECT_FALSE(refused.reason.empty());
  }
  const auto twice = edge.apply({good, route(2, "one.localhost", {})});

  EXPECT_EQ(twice.outcome, agent::ApplyOutcome::refused);
  EXPECT_EQ(file(folder_, "haproxy.cfg"), config);
  EXPECT_EQ(fetch(folder_.port(), "one.localhost").body, "one");
}

TEST_F(EdgeTest, a_slot_is_not_reused_within_ten_minutes) {
  SmallServer one("one");
  RunningEdge edge(folder_, clock_, 2);
  ASSERT_EQ(edge.apply({route(1, "one.localhost", {on(1, one)})}).outcome, agent::ApplyOutcome::applied);
  ASSERT_EQ(edge.apply({}).outcome, agent::ApplyOutcome::applied);

  clock_.advance(std::chrono::minutes(9));
  ASSERT_EQ(edge.apply({route(2, "two.localhost", {on(2, one)})}).outcome, agent::ApplyOutcome::applied);
  const auto early = file(folder_, "hosts.map");
  clock_.advance(std::chrono::minutes(1));
  ASSERT_EQ(edge.apply({route(2, "two.localhost", {on(2, one)}), route(3, "three.localhost", {on(3, one)})}).outcome,
            agent::ApplyOutcome::applied);

  EXPECT_EQ(early, "two.localhost app-2\n");
  EXPECT_EQ(file(folder_, "hosts.map"), "two.localhost app-2\nthree.localhost app-1\n");
  EXPECT_EQ(fetch(folder_.port(), "three.localhost").body, "one");
}

TEST_F(EdgeTest, the_pool_grows_by_a_reload_that_loses_no_route) {
  SmallServer one("one");
  RunningEdge edge(folder_, clock_, 2);
  std::vector<std::string> routes;
  for (int app = 1; app <= 2; ++app)
    routes.push_back(route(app, "a" + std::to_string(app) + ".localhost", {on(app, one)}));
  ASSERT_EQ(edge.apply(routes).outcome, agent::ApplyOutcome::applied);
  for (int app = 3; app <= 5; ++app)
    routes.push_back(route(app, "a" + std::to_string(app) + ".localhost", {on(app, one)}));

  const auto result = edge.apply(routes);

  ASSERT_EQ(result.outcome, agent::ApplyOutcome::applied) << result.reason;
  for (int app = 1; app <= 5; ++app) {
    EXPECT_EQ(fetch(folder_.port(), "a" + std::to_string(app) + ".localhost").status, 200) << app;
  }
}

TEST_F(EdgeTest, counts_requests_and_errors_of_each_replica) {
  SmallServer one("one");
  RunningEdge edge(folder_, clock_);
  ASSERT_EQ(edge.apply({route(1, "one.localhost", {on(7, one)})}).outcome, agent::ApplyOutcome::applied);
  for (int i = 0; i < 3; ++i) fetch(folder_.port(), "one.localhost");
  Connection broken(folder_.port());
  broken.request("one.localhost", "/hang-up", "POST", "", "x");

  const auto counters = edge.counters(id_of(1));

  ASSERT_EQ(counters.size(), 1U);
  EXPECT_EQ(counters[0].replica.to_string(), id_of(7));
  EXPECT_EQ(counters[0].counters.requests, 4U);
  EXPECT_EQ(counters[0].counters.in_flight, 0U);
  EXPECT_GE(counters[0].counters.response_errors, 1U);
  EXPECT_TRUE(counters[0].counters.healthy);
}

}  // namespace
}  // namespace edge_test

#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "common/base/files.hpp"
#include "tests/integration/edge/http_talk.hpp"
#include "tests/integration/edge/running_edge.hpp"
#include "tests/integration/edge/small_server.hpp"
#include "tests/support/patience.hpp"

namespace edge_test {
namespace {

const base::UtcTime kNow{std::chrono::hours(24 * 365 * 56)};

std::string on(int replica, const SmallServer& server) {
  return std::to_string(replica) + ":" + std::to_string(server.port());
}

class RecoveryTest : public ::testing::Test {
 protected:
  bool serves(const std::string& host, const std::string& body) { return fetch(folder_.port(), host).body == body; }

  EdgeFolder folder_;
  base::ManualClock clock_{kNow};
  SmallServer one_{"one"};
  SmallServer two_{"two"};
  std::vector<std::string> routes_{route(1, "one.localhost", {on(1, one_)}), route(2, "two.localhost", {on(2, two_)})};
};

TEST_F(RecoveryTest, a_killed_haproxy_is_back_within_two_seconds_with_every_route) {
  RunningEdge edge(folder_, clock_);
  ASSERT_EQ(edge.apply(routes_).outcome, agent::ApplyOutcome::applied);
  const pid_t killed = folder_.haproxy_pid();
  ASSERT_GT(killed, 1);

  ::kill(killed, SIGKILL);
  ASSERT_TRUE(eventually([&] { return fetch(folder_.port(), "one.localhost").status == 0; }));
  const bool back =
      eventually([&] { return serves("one.localhost", "one"); }, testing_support::patient(std::chrono::seconds(2)));

  EXPECT_TRUE(back);
  EXPECT_TRUE(serves("two.localhost", "two"));
  EXPECT_NE(folder_.haproxy_pid(), killed);
}

TEST_F(RecoveryTest, haproxy_serves_on_without_the_agent_and_is_adopted_by_the_next) {
  auto first = std::make_unique<RunningEdge>(folder_, clock_);
  ASSERT_EQ(first->apply(routes_).outcome, agent::ApplyOutcome::applied);
  const pid_t pid = folder_.haproxy_pid();
  first.reset();
  EXPECT_TRUE(serves("one.localhost", "one"));

  RunningEdge second(folder_, clock_);
  const auto result = second.apply({routes_[1]});

  EXPECT_EQ(result.outcome, agent::ApplyOutcome::applied) << result.reason;
  EXPECT_EQ(folder_.haproxy_pid(), pid);
  EXPECT_TRUE(serves("two.localhost", "two"));
  EXPECT_EQ(fetch(folder_.port(), "one.localhost").status, 404);
}

TEST_F(RecoveryTest, both_gone_the_routes_come_back_from_disk_before_any_assignment) {
  auto first = std::make_unique<RunningEdge>(folder_, clock_);
  ASSERT_EQ(first->apply(routes_).outcome, agent::ApplyOutcome::applied);
  first.reset();
  ::kill(folder_.haproxy_pid(), SIGKILL);
  ASSERT_TRUE(eventually([&] { return fetch(folder_.port(), "one.localhost").status == 0; }));

  RunningEdge second(folder_, clock_);

  EXPECT_TRUE(eventually([&] { return serves("one.localhost", "one"); }));
  EXPECT_TRUE(serves("two.localhost", "two"));
}

TEST_F(RecoveryTest, an_agent_that_died_between_disk_and_haproxy_finishes_what_it_began) {
  auto first = std::make_unique<RunningEdge>(folder_, clock_);
  ASSERT_EQ(first->apply({routes_[0]}).outcome, agent::ApplyOutcome::applied);
  first.reset();
  const edge::Disk disk(folder_.path() / "edge");
  auto layout = disk.blocking_load();
  ASSERT_TRUE(layout.has_value());
  const auto added = edge::parse_route(routes_[1], std::chrono::seconds(30));
  ASSERT_TRUE(added.has_value());
  layout = *edge::plan(*layout, {*added}, kNow, {});
  base::blocking_write_file(folder_.path() / "edge" / "layout.json", edge::encode_layout(*layout), 0600);

  RunningEdge second(folder_, clock_);

  EXPECT_TRUE(eventually([&] { return serves("two.localhost", "two"); }));
  EXPECT_TRUE(eventually([&] { return fetch(folder_.port(), "one.localhost").status == 404; }));
}

TEST_F(RecoveryTest, an_agent_with_another_frame_reloads_and_keeps_the_routes) {
  auto first = std::make_unique<RunningEdge>(folder_, clock_, 20);
  ASSERT_EQ(first->apply(routes_).outcome, agent::ApplyOutcome::applied);
  const pid_t pid = folder_.haproxy_pid();
  first.reset();

  RunningEdge second(folder_, clock_, 40);
  const auto result = second.apply(routes_);

  EXPECT_EQ(result.outcome, agent::ApplyOutcome::applied) << result.reason;
  EXPECT_EQ(folder_.haproxy_pid(), pid);
  EXPECT_TRUE(serves("one.localhost", "one"));
}

}  // namespace
}  // namespace edge_test

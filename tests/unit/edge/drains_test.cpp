#include "worker-agent/edge/drains.hpp"

#include <gtest/gtest.h>

namespace edge {
namespace {

using std::chrono::seconds;
using Step = Drains::Step;

const base::SteadyTime kStart{std::chrono::hours(1)};

SeenServer server(const std::string& name) {
  SeenServer result;
  result.backend = "app-1";
  result.name = name;
  return result;
}

Drains draining_one(base::Duration grace) {
  Drains drains;
  drains.follow({server("a")}, kStart, [=](const std::string&) { return grace; });
  return drains;
}

TEST(DrainsTest, waits_for_requests_in_flight_then_removes) {
  auto drains = draining_one(seconds(30));

  EXPECT_EQ(drains.step("app-1/a", 2, kStart + seconds(1)), Step::wait);
  EXPECT_EQ(drains.step("app-1/a", 0, kStart + seconds(2)), Step::remove);
}

TEST(DrainsTest, lets_go_of_what_is_still_there_when_the_grace_is_over_and_cuts_it_after_the_last_words) {
  auto drains = draining_one(seconds(30));

  EXPECT_EQ(drains.step("app-1/a", 1, kStart + seconds(29)), Step::wait);
  EXPECT_EQ(drains.waited_for().size(), 1U);
  EXPECT_EQ(drains.step("app-1/a", 1, kStart + seconds(30)), Step::let_go);
  EXPECT_TRUE(drains.waited_for().empty());
  EXPECT_EQ(drains.step("app-1/a", 1, kStart + seconds(31)), Step::wait);
  EXPECT_EQ(drains.step("app-1/a", 1, kStart + seconds(50)), Step::cut_and_remove);
}

TEST(DrainsTest, removes_what_ended_in_its_last_words) {
  auto drains = draining_one(seconds(30));
  ASSERT_EQ(drains.step("app-1/a", 2, kStart + seconds(30)), Step::let_go);

  EXPECT_EQ(drains.step("app-1/a", 0, kStart + seconds(33)), Step::remove);
}

TEST(DrainsTest, cuts_when_removal_does_not_succeed_for_two_seconds) {
  auto drains = draining_one(seconds(30));

  EXPECT_EQ(drains.step("app-1/a", 0, kStart), Step::remove);
  EXPECT_EQ(drains.step("app-1/a", 0, kStart + seconds(1)), Step::remove);
  EXPECT_EQ(drains.step("app-1/a", 0, kStart + seconds(2)), Step::cut_and_remove);
}

TEST(DrainsTest, keeps_the_age_of_one_while_another_begins) {
  auto drains = draining_one(seconds(30));
  drains.follow({server("a"), server("b")}, kStart + seconds(20), [](const std::string&) { return seconds(30); });

  EXPECT_EQ(drains.step("app-1/a", 1, kStart + seconds(30)), Step::let_go);
  EXPECT_EQ(drains.step("app-1/b", 1, kStart + seconds(30)), Step::wait);
  EXPECT_EQ(drains.paths().size(), 2U);
}

TEST(DrainsTest, forgets_a_server_that_is_wanted_again) {
  auto drains = draining_one(seconds(30));
  drains.follow({}, kStart + seconds(10), [](const std::string&) { return seconds(30); });

  EXPECT_TRUE(drains.empty());
  EXPECT_EQ(drains.step("app-1/a", 0, kStart + seconds(11)), Step::wait);
}

}  // namespace
}  // namespace edge

#include "control-plane/platform/api/rate_limits.hpp"

#include <gtest/gtest.h>

#include "common/base/clock.hpp"

namespace api {
namespace {

struct HandClock final : base::Clock {
  base::UtcTime utc_now() const override { return base::UtcTime{}; }
  base::SteadyTime steady_now() const override { return base::SteadyTime{} + std::chrono::hours(1) + passed; }
  std::chrono::milliseconds passed{0};
};

struct RateLimitsTest : testing::Test {
  HandClock clock;
  RateLimits limits{clock, {.address = {60, 3}, .door = {6, 1}, .person = {}, .token = {}, .organization = {}}};

  int allowed(int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limits.admit_address("203.0.113.7", false) ? 1 : 0;
    return count;
  }
};

TEST_F(RateLimitsTest, as_many_as_fit_at_once_then_as_they_are_refilled) {
  EXPECT_EQ(allowed(10), 3);
  clock.passed += std::chrono::seconds(2);
  EXPECT_EQ(allowed(10), 2);
  clock.passed += std::chrono::hours(1);
  EXPECT_EQ(allowed(10), 3);
}

TEST_F(RateLimitsTest, refused_requests_use_nothing_up) {
  allowed(1000);
  clock.passed += std::chrono::seconds(1);
  EXPECT_EQ(allowed(1), 1);
}

TEST_F(RateLimitsTest, what_nobody_is_signed_in_for_has_a_measure_of_its_own) {
  EXPECT_TRUE(limits.admit_address("203.0.113.8", true));
  EXPECT_FALSE(limits.admit_address("203.0.113.8", true));
  EXPECT_TRUE(limits.admit_address("203.0.113.8", false));
}

TEST_F(RateLimitsTest, an_ipv6_network_is_one_address) {
  EXPECT_TRUE(limits.admit_address("2001:db8::1", true));
  EXPECT_FALSE(limits.admit_address("2001:db8::ffff", true));
  EXPECT_TRUE(limits.admit_address("2001:db8:0:1::1", true));
}

TEST_F(RateLimitsTest, what_is_used_is_told_once_and_what_others_used_counts) {
  allowed(2);
  const auto told = limits.take_usage();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].bucket, "address:203.0.113.7");
  EXPECT_EQ(told[0].tokens, 2);
  EXPECT_TRUE(limits.take_usage().empty());

  limits.merge("address:203.0.113.7", 3);
  EXPECT_EQ(allowed(1), 0);
}

TEST_F(RateLimitsTest, buckets_that_are_full_again_are_forgotten) {
  allowed(3);
  limits.take_usage();
  clock.passed += std::chrono::seconds(10);
  EXPECT_TRUE(limits.take_usage().empty());
  limits.merge("address:203.0.113.7", 3);
  EXPECT_EQ(allowed(3), 3) << "nothing is known of it any more";
}

}  // namespace
}  // namespace api

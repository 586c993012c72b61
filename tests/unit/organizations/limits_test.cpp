#include "control-plane/modules/organizations/limits.hpp"

#include <gmock/gmock.h>

#include "control-plane/modules/organizations/organizations.hpp"

namespace organizations {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30U;

TEST(Limits, what_fits_is_allowed_and_one_more_is_not) {
  const Limits most{.apps = 3, .replicas = 10, .memory_bytes = 4 * kGiB, .build_minutes = {}};
  EXPECT_TRUE(check_limits(most, {2, 9, 3 * kGiB, 0}, {1, 1, kGiB}));
  EXPECT_FALSE(check_limits(most, {3, 0, 0, 0}, {1, 0, 0}));
  EXPECT_FALSE(check_limits(most, {0, 10, 0, 0}, {0, 1, 0}));
  EXPECT_FALSE(check_limits(most, {0, 0, 4 * kGiB, 0}, {0, 0, 1}));
}

TEST(Limits, what_is_over_a_limit_already_may_become_less) {
  const Limits most{.apps = 1, .replicas = 1, .memory_bytes = 1, .build_minutes = {}};
  EXPECT_TRUE(check_limits(most, {5, 50, kGiB, 0}, {0, -1, -1}));
}

TEST(Limits, the_message_says_what_is_used_what_is_allowed_and_who_can_change_it) {
  const auto refused =
      check_limits({.apps = 3, .replicas = {}, .memory_bytes = {}, .build_minutes = {}}, {3, 0, 0, 0}, {1, 0, 0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "plan_limit");
  EXPECT_THAT(refused.error().message, testing::HasSubstr("limit is 3 apps, and it uses 3"));
  EXPECT_THAT(refused.error().message, testing::HasSubstr("operator"));
}

TEST(Limits, build_minutes_end_with_the_month) {
  const Limits most{.apps = {}, .replicas = {}, .memory_bytes = {}, .build_minutes = 100};
  EXPECT_TRUE(check_build_minutes(most, {0, 0, 0, 99}));
  EXPECT_FALSE(check_build_minutes(most, {0, 0, 0, 100}));
  EXPECT_TRUE(check_build_minutes({}, {0, 0, 0, 1'000'000}));
  EXPECT_EQ(month_of(*base::parse_utc("2026-11-21T18:00:00.000Z")), *base::parse_utc("2026-11-01T00:00:00.000Z"));
  EXPECT_EQ(month_of(*base::parse_utc("2026-01-01T00:00:00.000Z")), *base::parse_utc("2026-01-01T00:00:00.000Z"));
}

TEST(Limits, an_operators_words_are_read_and_written_alike) {
  Limits limits;
  for (const auto* word : {"apps=20", "memory_mib=4096", "replicas=none"}) EXPECT_TRUE(set_limit(limits, word)) << word;
  EXPECT_EQ(describe(limits), "apps=20 replicas=none memory_mib=4096 build_minutes=none");
  for (const auto* word : {"apps", "apps=", "apps=-1", "apps=1e9", "apps=2x", "cats=3", ""}) {
    EXPECT_FALSE(set_limit(limits, word)) << word;
  }
}

}  // namespace
}  // namespace organizations

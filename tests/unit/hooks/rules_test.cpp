#include "control-plane/modules/hooks/rules.hpp"

#include <gtest/gtest.h>

namespace hooks {
namespace {

constexpr base::UtcTime kNow{std::chrono::hours(1'000'000 / 2)};
const std::string kCommit(40, 'a');

TEST(HookRules, a_wish_needs_a_name_that_can_be_shown_and_days_within_a_year) {
  EXPECT_TRUE(rules::check({"ci", std::nullopt}));
  EXPECT_TRUE(rules::check({"GitHub: main", 1}));
  EXPECT_TRUE(rules::check({std::string(100, 'x'), 366}));
  for (const auto& name :
       {std::string(), std::string(101, 'x'), std::string(" x"), std::string("x "), std::string("a\nb")}) {
    EXPECT_FALSE(rules::check({name, std::nullopt})) << name;
  }
  for (const int days : {-1, 0, 367}) EXPECT_FALSE(rules::check({"ci", days})) << days;
}

TEST(HookRules, one_lives_until_it_is_revoked_or_its_time_is_over) {
  Hook hook;
  EXPECT_TRUE(rules::is_alive(hook, kNow));
  hook.expires_at = kNow + std::chrono::microseconds(1);
  EXPECT_TRUE(rules::is_alive(hook, kNow));
  hook.expires_at = kNow;
  EXPECT_FALSE(rules::is_alive(hook, kNow));
  hook.expires_at.reset();
  hook.revoked_at = kNow;
  EXPECT_FALSE(rules::is_alive(hook, kNow));
}

TEST(HookRules, what_says_nothing_deploys_the_branch_and_what_names_a_commit_that) {
  const auto newest = rules::judge({}, "main");
  ASSERT_TRUE(newest);
  EXPECT_FALSE(newest->skipped);
  EXPECT_FALSE(newest->commit);
  const auto named = rules::judge({.event = {}, .ref = {}, .commit = kCommit}, "main");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->commit, kCommit);
  EXPECT_FALSE(rules::judge({.event = {}, .ref = {}, .commit = "main"}, "main"));
}

TEST(HookRules, of_a_forge_only_pushes_to_the_branch_deploy) {
  const auto skips = [](Delivery delivery) {
    const auto verdict = rules::judge(delivery, "main");
    return verdict && verdict->skipped.has_value();
  };
  EXPECT_FALSE(skips({.event = "push", .ref = "refs/heads/main", .commit = {}}));
  EXPECT_FALSE(skips({.event = "Push Hook", .ref = "refs/heads/main", .commit = {}}));
  EXPECT_FALSE(skips({.event = "push", .ref = {}, .commit = {}}));
  for (const auto* event : {"ping", "issues", "Tag Push Hook", "PUSH"}) {
    EXPECT_TRUE(skips({.event = event, .ref = "refs/heads/main", .commit = {}})) << event;
  }
  for (const auto* ref : {"main", "refs/tags/main", "refs/heads/main2", "refs/heads/feature/main", ""}) {
    EXPECT_TRUE(skips({.event = "push", .ref = ref, .commit = {}})) << ref;
    EXPECT_TRUE(skips({.event = {}, .ref = ref, .commit = {}})) << ref;
  }
}

}  // namespace
}  // namespace hooks

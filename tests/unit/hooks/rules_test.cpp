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
  const auto named = rules::judge({.events = {}, .pull_request = false, .refs = {}, .commit = kCommit}, "main");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->commit, kCommit);
  EXPECT_FALSE(rules::judge({.events = {}, .pull_request = false, .refs = {}, .commit = "main"}, "main"));
}

bool skips(std::vector<std::string> events, std::vector<std::string> refs, bool pull_request = false) {
  const auto verdict = rules::judge(
      {.events = std::move(events), .pull_request = pull_request, .refs = std::move(refs), .commit = {}}, "main");
  return verdict && verdict->skipped.has_value();
}

TEST(HookRules, of_a_forge_only_pushes_to_the_branch_deploy) {
  const std::string main = "refs/heads/main";
  for (const auto* push : {"push", "Push Hook", "repo:push", "repo:refs_changed"}) {
    EXPECT_FALSE(skips({push}, {main})) << push;
    EXPECT_FALSE(skips({push}, {"refs/heads/other", main})) << push;
    EXPECT_TRUE(skips({push}, {})) << push << " to nobody knows what";
  }
  for (const auto* event : {"ping", "issues", "Tag Push Hook", "PUSH"}) EXPECT_TRUE(skips({event}, {main})) << event;
  for (const auto* ref : {"main", "refs/tags/main", "refs/heads/main2", "refs/heads/feature/main", ""}) {
    EXPECT_TRUE(skips({"push"}, {ref})) << ref;
    EXPECT_TRUE(skips({}, {ref})) << ref;
  }
}

TEST(HookRules, AZ_09_a_pull_request_deploys_nothing_whoever_sends_it_and_however_it_is_called) {
  for (const auto* event :
       {"pull_request", "pull_request_target", "pull_request_review", "pull_request_sync", "Merge Request Hook",
        "Note Hook", "pullrequest:created", "pr:opened", "pr:from_ref_updated"}) {
    EXPECT_TRUE(skips({event}, {"refs/heads/main"})) << event;
    EXPECT_TRUE(skips({event}, {})) << event;
    EXPECT_TRUE(skips({"push", event}, {"refs/heads/main"})) << "a second header: " << event;
    EXPECT_TRUE(skips({event, "push"}, {"refs/heads/main"})) << "a second header: " << event;
  }
  EXPECT_TRUE(skips({"push"}, {"refs/heads/main"}, true));
  EXPECT_TRUE(skips({}, {}, true)) << "without any header";
  for (const auto* ref : {"refs/pull/1/head", "refs/pull/1/merge", "refs/merge-requests/1/head", "refs/changes/01/1/1",
                          "refs/pull-requests/1/from", "refs/for/main", "refs/remotes/fork/main"}) {
    EXPECT_TRUE(skips({"push"}, {ref})) << ref;
    EXPECT_TRUE(skips({}, {ref})) << ref;
  }
}

}  // namespace
}  // namespace hooks

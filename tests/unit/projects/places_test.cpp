#include <gtest/gtest.h>

#include "control-plane/modules/projects/place_rules.hpp"

namespace projects::rules {
namespace {

Environment environment(const std::string& name, std::vector<std::string> patterns) {
  Environment made;
  made.name = name;
  made.branch_patterns = std::move(patterns);
  return made;
}

TEST(BranchPatterns, a_star_stands_for_anything_and_the_whole_name_counts) {
  EXPECT_TRUE(matches("main", "main"));
  EXPECT_FALSE(matches("main", "maintenance"));
  EXPECT_FALSE(matches("prod", "prod-2"));
  EXPECT_TRUE(matches("release/*", "release/1.2"));
  EXPECT_TRUE(matches("release/*", "release/1/2"));
  EXPECT_FALSE(matches("release/*", "releases/1"));
  EXPECT_TRUE(matches("*", "anything"));
  EXPECT_TRUE(matches("*-fix-*", "hot-fix-for-fix-it"));
  EXPECT_FALSE(matches("*x", "xy"));
  EXPECT_FALSE(matches("", "main"));
  EXPECT_FALSE(matches("Main", "main"));
}

TEST(BranchPatterns, many_stars_take_no_longer_than_few) {
  EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(2'000, 'a')));
}

TEST(BranchPatterns, org_08_a_branch_goes_where_it_is_named_most_exactly) {
  const std::vector<Environment> all{environment("production", {"main"}), environment("staging", {"staging", "rel/*"}),
                                     environment("previews", {"*"}), environment("late", {"rel/next*"})};
  EXPECT_EQ(environment_for(all, "main")->name, "production");
  EXPECT_EQ(environment_for(all, "staging")->name, "staging");
  EXPECT_EQ(environment_for(all, "rel/1")->name, "staging");
  EXPECT_EQ(environment_for(all, "rel/next-2")->name, "late");
  EXPECT_EQ(environment_for(all, "feature/x")->name, "previews");
  EXPECT_EQ(environment_for({all[0], all[1]}, "feature/x"), nullptr);
}

TEST(BranchPatterns, what_could_not_be_a_branch_is_refused) {
  EXPECT_TRUE(check_patterns({"main", "release/*", "*"}));
  for (const auto* bad : {"", "--upload-pack=x", "a b", "a..b", "a\nb", "/a"})
    EXPECT_FALSE(check_patterns({bad})) << bad;
  EXPECT_FALSE(check_patterns(std::vector<std::string>(21, "a")));
}

}  // namespace
}  // namespace projects::rules

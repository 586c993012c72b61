#include "cli/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace {

using ::testing::HasSubstr;

TEST(ParseTest, a_typo_is_answered_with_what_was_meant) {
  const auto end = parse({"deplyo", "hello"});

  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().exit_code, 2);
  EXPECT_THAT(end.error().err, HasSubstr("Did you mean: wh deploy"));
}

TEST(ParseTest, mistakes_are_exit_code_2) {
  const std::vector<std::vector<std::string>> mistakes{{},
                                                       {"deploy", "a", "b"},
                                                       {"apps", "create"},
                                                       {"rollback", "a", "--to", "0"},
                                                       {"env", "a", "put", "K=1"},
                                                       {"logs", "a", "--tail", "x"},
                                                       {"deployment"},
                                                       {"ps", "a", "--colour"},
                                                       {"--server"}};
  for (const auto& words : mistakes) {
    const auto end = parse(words);
    ASSERT_FALSE(end.has_value());
    EXPECT_EQ(end.error().exit_code, 2);
    EXPECT_FALSE(end.error().err.empty());
  }
}

TEST(ParseTest, help_and_version_are_answers) {
  const auto help = parse({"--help"});
  const auto sub = parse({"deploy", "--help"});
  const auto version = parse({"--version"});

  EXPECT_EQ(help.error().exit_code, 0);
  EXPECT_THAT(help.error().out, HasSubstr("wh deploy hello"));
  EXPECT_THAT(sub.error().out, HasSubstr("--no-wait"));
  EXPECT_THAT(version.error().out, HasSubstr("wh "));
}

TEST(ParseTest, global_options_stand_anywhere) {
  const auto before = parse({"--json", "apps"});
  const auto after = parse({"apps", "create", "x", "--git", "https://e.x/y", "--json", "--server", "http://h:1"});

  ASSERT_TRUE(before.has_value());
  EXPECT_TRUE(before->json);
  ASSERT_TRUE(after.has_value()) << after.error().err;
  EXPECT_TRUE(after->json);
  EXPECT_EQ(after->server, "http://h:1");
}

TEST(ParseTest, every_command_has_something_to_do) {
  const std::vector<std::vector<std::string>> all{{"login", "-"},
                                                  {"logout"},
                                                  {"whoami"},
                                                  {"apps"},
                                                  {"apps", "list"},
                                                  {"apps", "show", "a"},
                                                  {"deploy", "a"},
                                                  {"rollback", "a"},
                                                  {"restart", "a"},
                                                  {"deployments", "a"},
                                                  {"deployment", "show", "a/1"},
                                                  {"deployment", "cancel", "a"},
                                                  {"cancel", "a"},
                                                  {"logs", "a", "-f"},
                                                  {"logs", "a", "--build"},
                                                  {"ps", "a"},
                                                  {"workers"},
                                                  {"env", "a"},
                                                  {"env", "a", "list"},
                                                  {"env", "a", "set", "K=v"},
                                                  {"env", "a", "unset", "K"},
                                                  {"stop", "a"},
                                                  {"start", "a"},
                                                  {"delete", "a", "--yes"}};
  for (const auto& words : all) {
    const auto invocation = parse(words);
    ASSERT_TRUE(invocation.has_value()) << words.front() << ": " << invocation.error().err;
    EXPECT_TRUE(invocation->command);
  }
}

}  // namespace
}  // namespace cli

// What shells and readers get from the one table of commands.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/completion.hpp"
#include "cli/manual.hpp"
#include "cli/parse.hpp"
#include "tests/unit/cli/fake_api.hpp"

namespace cli {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> offered(const std::vector<std::string>& typed) {
  std::vector<std::string> texts;
  for (const auto& candidate : complete(command_table(), typed).candidates) texts.push_back(candidate.text);
  return texts;
}

/// Calls `use` for a command and all beneath it.
void for_each(const CommandInfo& command, const std::function<void(const CommandInfo&)>& use) {
  use(command);
  for (const auto& sub : command.commands) for_each(sub, use);
}

TEST(CompletionTest, commands_and_those_beneath_them_are_offered) {
  EXPECT_THAT(offered({"dep"}), Contains("deploy"));
  EXPECT_THAT(offered({"dep"}), Contains("deployments"));
  EXPECT_THAT(offered({"dep"}), Not(Contains("apps")));
  EXPECT_THAT(offered({"apps", ""}), Contains("create"));
  EXPECT_THAT(offered({"--json", "context", "r"}), Contains("remove"));
  EXPECT_THAT(offered({"completion", ""}), testing::ElementsAre("bash", "zsh", "fish"));
}

TEST(CompletionTest, options_of_the_command_and_of_wh_are_offered) {
  EXPECT_THAT(offered({"logs", "hello", "--"}), Contains("--follow"));
  EXPECT_THAT(offered({"logs", "hello", "--"}), Contains("--json"));
  EXPECT_THAT(offered({"apps", "--"}), Not(Contains("--follow")));
}

TEST(CompletionTest, words_ask_for_apps_or_files_as_the_table_says) {
  const auto table = command_table();

  EXPECT_TRUE(complete(table, {"deploy", "h"}).apps);
  EXPECT_TRUE(complete(table, {"deployment", "show", ""}).apps);
  EXPECT_FALSE(complete(table, {"deploy", "hello", ""}).apps);
  EXPECT_FALSE(complete(table, {"scale", "hello", "--cpu", ""}).apps);
  EXPECT_TRUE(complete(table, {"audit", "export", ""}).files);
  EXPECT_TRUE(complete(table, {"--server", "http://x", "deploy", ""}).apps);
}

TEST(CompletionTest, nothing_that_is_typed_breaks_it) {
  const auto table = command_table();
  for (const auto& typed : std::vector<std::vector<std::string>>{
           {}, {""}, {"-"}, {"--"}, {"--", "x", ""}, {"no", "such", ""}, {"--server"}, {"deploy", "a", "b", "c", ""}}) {
    complete(table, typed);
  }
  SUCCEED();
}

TEST(CompletionTest, the_names_of_apps_come_from_the_server_and_a_dead_server_is_silent) {
  cli_test::FakeApi api;
  cli_test::Person person;
  person.sign_in(api);
  api.tell("GET /api/v1/orgs/acme/apps?limit=100",
           {200, R"({"items":[{"id":"1","name":"hello","state":"live"},{"id":"2","name":"shop","state":"live"}]})", "",
            false});

  EXPECT_EQ(person.wh({"complete", "deploy", "h"}), 0);
  EXPECT_EQ(person.seen(), "hello\tapp\n");
  EXPECT_EQ(person.wh({"complete", "deploy", "s", ""}), 0);
  EXPECT_EQ(person.seen(), "");

  api.tell("GET /api/v1/orgs/acme/apps?limit=100", {500, "{}", "", false});
  EXPECT_EQ(person.wh({"complete", "ps", ""}), 0);
  EXPECT_EQ(person.complaints(), "");
}

TEST(CompletionTest, each_shell_gets_a_script_and_no_other_does) {
  cli_test::Person person;
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(person.wh({"completion", shell}), 0);
    EXPECT_THAT(person.seen(), HasSubstr("complete"));
  }
  EXPECT_EQ(person.wh({"completion", "tcsh"}), 2);
}

TEST(ManualTest, every_command_and_option_has_its_lines) {
  const auto table = command_table();
  std::string all;
  for (const auto& page : manual(table)) {
    EXPECT_THAT(page.text, StartsWith(".TH \"wh"));
    all += page.text;
  }
  const auto escaped = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
    return text;
  };
  for_each(table, [&](const CommandInfo& command) {
    EXPECT_FALSE(command.what.empty()) << command.path;
    EXPECT_THAT(all, HasSubstr(escaped(command.path)));
    for (const auto& option : command.options) {
      EXPECT_FALSE(option.what.empty()) << command.path << " " << option.names.back();
      EXPECT_THAT(all, HasSubstr(escaped(option.names.back())));
    }
  });
}

TEST(ManualTest, pages_are_written_as_files) {
  cli_test::Person person;
  const auto folder = std::filesystem::temp_directory_path() / ("wh-man-" + std::to_string(::getpid()));

  EXPECT_EQ(person.wh({"man", "--to", folder.string()}), 0) << person.complaints();

  EXPECT_TRUE(std::filesystem::exists(folder / "wh.1"));
  EXPECT_TRUE(std::filesystem::exists(folder / "wh-deploy.1"));
  std::filesystem::remove_all(folder);
  EXPECT_EQ(person.wh({"man", "nonsense"}), 2);
}

TEST(TableTest, every_example_is_understood_by_the_parser) {
  int seen = 0;
  for_each(command_table(), [&](const CommandInfo& command) {
    for (const auto& example : command.examples) {
      // As a shell would split it; examples with pipes and redirections are cut there.
      std::vector<std::string> words;
      std::string word;
      char quote = 0;
      for (const char c : example + " ") {
        if (quote != 0 ? c == quote : c == '\'') {
          quote = quote != 0 ? 0 : c;
        } else if (c == ' ' && quote == 0) {
          if (word == "|" || word == "<") break;
          if (!word.empty()) words.push_back(word);
          word.clear();
        } else {
          word += c;
        }
      }
      words.erase(words.begin());
      const auto parsed = parse(words);
      EXPECT_TRUE(parsed.has_value()) << example << ": " << parsed.error().err;
      ++seen;
    }
  });
  EXPECT_GT(seen, 40);
}

}  // namespace
}  // namespace cli

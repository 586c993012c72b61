#include <gtest/gtest.h>

#include "control-plane/modules/projects/rules.hpp"

namespace projects::rules {
namespace {

NewApp an_app() {
  NewApp app;
  app.name = "hello";
  app.source.git_url = "https://git.example.org/team/hello.git";
  return app;
}

TEST(AppInput, accepts_an_ordinary_app) {
  EXPECT_TRUE(check_new_app(an_app()).has_value());
}

TEST(AppInput, refuses_names_with_capitals_spaces_dashes_at_the_ends_and_300_characters) {
  for (const std::string& name : {std::string("Hello"), std::string("my app"), std::string("-app"), std::string("app-"),
                                  std::string(""), std::string("1app"), std::string("app;id"), std::string(300, 'a')}) {
    EXPECT_FALSE(check_app_name(name).has_value()) << name;
  }
}

TEST(AppInput, tells_all_mistakes_at_once_with_their_places) {
  auto app = an_app();
  app.name = "Bad Name";
  app.source.branch = "--upload-pack=touch canary";
  app.source.git_url = "ext::sh -c id";
  app.port = 0;

  const auto checked = check_new_app(app);

  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().fields.size(), 4U);
}

TEST(AppInput, refuses_ssh_addresses_at_once_and_names_the_https_one) {
  for (const char* url : {"ssh://git@git.example.org:2222/team/hello.git", "git@git.example.org:team/hello.git"}) {
    auto app = an_app();
    app.source.git_url = url;
    AppChange change;
    change.git_url = url;

    const auto created = check_new_app(app);
    const auto changed = check_change(change);

    ASSERT_FALSE(created.has_value());
    EXPECT_EQ(created.error().fields.front().pointer, "/source/git_url");
    EXPECT_TRUE(created.error().message.ends_with("most likely https://git.example.org/team/hello.git"))
        << created.error().message;
    EXPECT_FALSE(changed.has_value());
  }
}

TEST(VariableInput, refuses_names_that_a_shell_or_a_process_would_misread) {
  for (const std::string& name : {std::string("A$(id)"), std::string("A;id"), std::string("A=B"), std::string("A`id`"),
                                  std::string(""), std::string("1A"), std::string(300, 'A')}) {
    EXPECT_FALSE(check_variable_name(name).has_value()) << name;
  }
  EXPECT_TRUE(check_variable_name("_DATABASE_URL2").has_value());
}

TEST(VariableInput, refuses_what_the_platform_sets_itself) {
  EXPECT_FALSE(check_variable_name("PORT").has_value());
}

TEST(VariableInput, refuses_nul_and_more_than_64_kib) {
  EXPECT_FALSE(check_variable_value(std::string_view("a\0b", 3)).has_value());
  EXPECT_FALSE(check_variable_value(std::string(64 * 1024 + 1, 'x')).has_value());
  EXPECT_TRUE(check_variable_value("line one\nline \"two\" $HOME").has_value());
}

TEST(Limits, have_a_floor_and_a_ceiling_and_all_mistakes_are_told) {
  const auto change = [](int cpu, std::int64_t memory, int pids) {
    AppChange asked;
    asked.cpu_millis = cpu;
    asked.memory_bytes = memory;
    asked.pids = pids;
    return check_change(asked);
  };
  EXPECT_TRUE(change(50, kLeastMemory, 16));
  EXPECT_TRUE(change(64'000, kMostMemory, 32'768));

  const auto refused = change(49, kLeastMemory - 1, 15);

  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().fields.size(), 3U);
  EXPECT_EQ(refused.error().fields[0].pointer, "/limits/cpu_millis");
  EXPECT_EQ(refused.error().fields[1].pointer, "/limits/memory_bytes");
  EXPECT_EQ(refused.error().fields[2].pointer, "/limits/pids");
  EXPECT_FALSE(change(64'001, kLeastMemory, 16));
}

TEST(Limits, of_a_new_app_are_half_a_processor_and_256_mebibytes) {
  const Resources fresh;
  EXPECT_EQ(fresh.cpu_millis, 500);
  EXPECT_EQ(fresh.memory_bytes, 268'435'456);
}

}  // namespace
}  // namespace projects::rules

// What an app is built of: a Containerfile, static files or commands, and how a change of one ends the others.

#include <gtest/gtest.h>

#include "control-plane/modules/projects/rules.hpp"

namespace projects::rules {
namespace {

const text::BuildCommands kNode{
    .image = "node:22", .install_command = "npm ci", .build_command = std::nullopt, .start_command = "npm start"};

Source of_commands() {
  Source source;
  source.git_url = "https://git.example.org/team/hello.git";
  source.commands = kNode;
  return source;
}

Source of_containerfile() {
  auto source = of_commands();
  source.commands = std::nullopt;
  source.containerfile = "web/Containerfile";
  return source;
}

std::string refusal(const base::Result<Source>& result) {
  if (result) return "";
  return result.error().fields.empty() ? result.error().code : result.error().fields.front().pointer;
}

TEST(SourceChange, of_nothing_leaves_all_as_it_is) {
  for (const auto& source : {of_commands(), of_containerfile()}) EXPECT_EQ(changed_source(source, {}), source);
}

TEST(SourceChange, to_commands_ends_containerfile_and_static_files) {
  AppChange change;
  change.image = "node:22";
  change.install_command = "npm ci";
  change.start_command = "npm start";
  auto files = of_containerfile();
  files.containerfile = std::nullopt;
  files.static_directory = "dist";

  EXPECT_EQ(changed_source(of_containerfile(), change), of_commands());
  EXPECT_EQ(changed_source(files, change), of_commands());
}

TEST(SourceChange, of_one_command_keeps_the_others_and_an_empty_one_takes_it_away) {
  AppChange change;
  change.install_command = "";
  change.build_command = "npm run build";

  const auto changed = changed_source(of_commands(), change);

  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->commands->install_command, std::nullopt);
  EXPECT_EQ(changed->commands->build_command, "npm run build");
  EXPECT_EQ(changed->commands->start_command, "npm start");
}

TEST(SourceChange, to_a_containerfile_to_static_files_or_to_no_image_ends_the_commands) {
  AppChange containerfile;
  containerfile.containerfile = "Containerfile";
  AppChange files;
  files.static_directory = "dist";
  AppChange no_image;
  no_image.image = "";
  for (const auto& change : {containerfile, files, no_image}) {
    const auto changed = changed_source(of_commands(), change);
    ASSERT_TRUE(changed);
    EXPECT_FALSE(changed->commands);
  }
  AppChange found_by_itself;
  found_by_itself.containerfile = "";
  EXPECT_EQ(changed_source(of_commands(), found_by_itself), of_commands());
}

TEST(SourceChange, needs_an_image_and_what_is_started) {
  AppChange command;
  command.build_command = "make";
  EXPECT_EQ(refusal(changed_source(of_containerfile(), command)), "/commands/image");
  AppChange image;
  image.image = "node:22";
  EXPECT_EQ(refusal(changed_source(of_containerfile(), image)), "/commands/start_command");
  AppChange no_start;
  no_start.start_command = "";
  EXPECT_EQ(refusal(changed_source(of_commands(), no_start)), "/commands/start_command");
  AppChange both;
  both.image = "";
  both.build_command = "make";
  EXPECT_EQ(refusal(changed_source(of_commands(), both)), "/commands/image");
  AppChange nothing;
  nothing.build_command = "";
  EXPECT_EQ(changed_source(of_containerfile(), nothing), of_containerfile());
}

TEST(CommandsInput, is_checked_at_each_field) {
  AppChange change;
  change.image = "--privileged";
  change.install_command = "a\rb";
  change.build_command = std::string(5000, 'x');
  change.start_command = " ";
  const auto refused = check_change(change);
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().fields.size(), 4U);
  EXPECT_EQ(refused.error().fields[0].pointer, "/commands/image");
  EXPECT_EQ(refused.error().fields[3].pointer, "/commands/start_command");

  NewApp app;
  app.name = "hello";
  app.source = of_commands();
  EXPECT_TRUE(check_new_app(app));
  app.source.containerfile = "Containerfile";
  app.source.commands->start_command = "";
  const auto created = check_new_app(app);
  ASSERT_FALSE(created);
  ASSERT_EQ(created.error().fields.size(), 2U);
  EXPECT_EQ(created.error().fields[0].pointer, "/source/commands/start_command");
  EXPECT_EQ(created.error().fields[1].pointer, "/source/commands");
}

TEST(CommandsInput, comes_without_a_containerfile_and_without_static_files) {
  AppChange change;
  change.start_command = "npm start";
  change.static_directory = "dist";
  EXPECT_FALSE(check_change(change));
  change.static_directory = "";
  EXPECT_TRUE(check_change(change));
}

}  // namespace
}  // namespace projects::rules

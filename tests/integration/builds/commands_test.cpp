// BLD-04: an image made of commands, in real jails.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/files.hpp"
#include "tests/integration/builds/build_world.hpp"

namespace builds::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const text::BuildCommands kServe{.image = "localhost/wisehosting/busybox:1",
                                 .install_command = std::nullopt,
                                 .build_command = std::nullopt,
                                 .start_command = "busybox httpd -f -p \"$PORT\" -h /app"};

Order order_of(const std::string& url, const text::BuildCommands& commands) {
  Order order = world().order(url);
  order.commands = commands;
  return order;
}

nlohmann::json config_of(const Built& built) {
  const auto image = world().pull("acme/hello", built.result("image_digest"));
  const auto manifest = nlohmann::json::parse(base::blocking_read_file(image / "manifest.json"));
  return nlohmann::json::parse(
      base::blocking_read_file(image / manifest["config"]["digest"].get<std::string>().substr(7)));
}

TEST(Commands, BLD_04_run_in_order_in_the_sources_folder_and_the_image_starts_the_last_one) {
  auto& w = world();
  auto commands = kServe;
  commands.install_command = "echo installed > tools; pwd; id -u";
  commands.build_command = "cat tools index.txt > index.html\ncat index.html";
  const auto url = w.repository(
      "commands", {{"index.txt", "the page"}, {"Containerfile", "FROM nothing:1\nRUN false\n"}});  // nobody reads it
  const Order order = order_of(url, commands);

  const Built built = w.build(order);
  const Built again = w.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log,
              HasSubstr("==> Building with the app's commands in the image localhost/wisehosting/busybox:1"));
  EXPECT_THAT(built.log, HasSubstr("\n/app\n0\n"));
  EXPECT_THAT(built.log, HasSubstr("installed\nthe page"));
  const auto config = config_of(built)["config"];
  EXPECT_EQ(config["Cmd"], nlohmann::json({"/bin/sh", "-c", "exec busybox httpd -f -p \"$PORT\" -h /app"}));
  EXPECT_THAT(config.value("Entrypoint", nlohmann::json::array()), IsEmpty());
  EXPECT_EQ(config["WorkingDir"], "/app");
  EXPECT_EQ(again.result("cached"), "true") << again.log;
  EXPECT_EQ(again.result("image_digest"), built.result("image_digest"));
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(Commands, BLD_04_that_fail_end_the_build_with_their_name_exit_code_and_last_lines) {
  auto& w = world();
  const auto url = w.repository("commands-failing", {{"a", "b"}});
  auto install = kServe;
  install.install_command = "echo looked; echo 'no such package' >&2; exit 3";
  install.build_command = "echo never-reached";
  auto build = kServe;
  build.install_command = "true";
  build.build_command = "frobnicate --all";

  const Built not_installed = w.build(order_of(url, install));
  const Built not_built = w.build(order_of(url, build));

  ASSERT_TRUE(not_installed.outcome.error) << not_installed.log;
  EXPECT_EQ(not_installed.code(), "build.install_failed");
  EXPECT_EQ(not_installed.outcome.error->step, "build");
  EXPECT_EQ(not_installed.outcome.error->exit_code, 3);
  EXPECT_THAT(not_installed.outcome.error->message, HasSubstr("The install command failed with exit code 3"));
  EXPECT_THAT(not_installed.result("last_lines"), HasSubstr("no such package"));
  EXPECT_THAT(not_installed.log, Not(HasSubstr("\nnever-reached")));
  ASSERT_TRUE(not_built.outcome.error) << not_built.log;
  EXPECT_EQ(not_built.code(), "build.command_failed");
  EXPECT_THAT(not_built.outcome.error->message,
              HasSubstr("The build command failed with exit code 127: a program that it names is not in the image"));
  EXPECT_THAT(not_built.result("last_lines"), HasSubstr("build command"));
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(Commands, that_are_hostile_reach_the_shell_as_they_are_and_add_no_instruction) {
  auto& w = world();
  auto commands = kServe;
  commands.install_command = "printf '%s|' 'a\"b' $(echo sub) `echo tick` \"$0\" ü '\\' > out\nENV HOSTILE=1\n";
  commands.build_command = "cat out; cat <<EOF\nRUN inside\nEOF\necho '\"]\nENV HOSTILE=1\nUSER 7' > /dev/null # \\";

  const Built built = w.build(order_of(w.repository("commands-hostile", {{"a", "b"}}), commands));

  // The second line of the install command is a command that is not there, and only that.
  EXPECT_EQ(built.code(), "build.install_failed") << built.log;
  commands.install_command->resize(commands.install_command->find('\n'));
  const Built good = w.build(order_of(w.repository("commands-hostile", {}), commands));
  ASSERT_EQ(good.outcome.outcome, "succeeded") << good.log;
  EXPECT_THAT(good.log, HasSubstr("a\"b|sub|tick|install command|ü|\\|RUN inside\n"));
  const auto config = config_of(good)["config"];
  EXPECT_EQ(config["User"], "0:0");
  for (const auto& variable : config["Env"]) EXPECT_THAT(variable.get<std::string>(), Not(HasSubstr("HOSTILE")));
}

TEST(Commands, LOG_01_get_the_variables_byte_for_byte_and_none_is_in_history_configuration_layers_or_log) {
  auto& w = world();
  const std::string secret = "canary-of-a-command\nand it's second \"line\" $HOME `id` \\";
  auto commands = kServe;
  commands.install_command = "printf %s \"$NPM_TOKEN\" | sha256sum | cut -c1-16; echo \"$NPM_TOKEN\"";
  commands.build_command = "test \"$MODE\" = one && echo the mode is right";
  const auto url = w.repository("commands-secret", {{"a", "b"}});
  Order order = order_of(url, commands);
  order.variables = {{"NPM_TOKEN", secret}, {"MODE", "one"}};

  const Built built = w.build(order);
  const Built same = w.build(order);
  order.variables["NPM_TOKEN"] = "another-canary-of-it";
  const Built other = w.build(order);

  ASSERT_EQ(built.outcome.outcome, "succeeded") << built.log;
  EXPECT_THAT(built.log, HasSubstr("3755cf42f43542df"));
  EXPECT_THAT(built.log, HasSubstr("the mode is right"));
  EXPECT_THAT(built.log, Not(HasSubstr("canary-of-a-command")));
  EXPECT_THAT(config_of(built).dump(), Not(HasSubstr("canary")));
  EXPECT_FALSE(w.store_contains("canary-of-a-command"));
  EXPECT_FALSE(w.store_contains("another-canary-of-it"));
  EXPECT_EQ(same.result("cached"), "true") << same.log;
  ASSERT_EQ(other.outcome.outcome, "succeeded") << other.log;
  EXPECT_EQ(other.result("cached"), "false") << "a changed variable must build again\n" << other.log;
  EXPECT_THAT(w.left_overs(), IsEmpty());
}

TEST(Commands, of_a_known_installer_run_again_only_when_the_files_that_they_read_change) {
  auto& w = world();
  // No package manager is in the image: it fails, but with the files that it would have read alone.
  auto commands = kServe;
  commands.install_command = "npm ci";
  const std::map<std::string, std::string> files = {{"package.json", "{}"}, {"index.js", "1"}};

  const Built built = w.build(order_of(w.repository("commands-install", files), commands));

  EXPECT_EQ(built.code(), "build.install_failed");
  EXPECT_THAT(built.log, HasSubstr(R"(COPY ["package.json","./"])"));
  EXPECT_THAT(built.log, Not(HasSubstr(R"(COPY [".","./"])")));
}

TEST(Commands, of_an_agents_job_are_checked_before_anything_begins) {
  auto& w = world();
  for (const auto* image : {"--privileged", "node\nRUN true", "scratch", ""}) {
    auto commands = kServe;
    commands.image = image;
    EXPECT_EQ(w.build(order_of("http://127.0.0.1:1/x.git", commands)).code(), "source.image") << image;
  }
  auto commands = kServe;
  commands.start_command = "a\rb";
  EXPECT_EQ(w.build(order_of("http://127.0.0.1:1/x.git", commands)).code(), "source.command");
}

}  // namespace
}  // namespace builds::testing

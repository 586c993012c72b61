// The Containerfile of an app that is built from commands: one instruction a line, whatever the commands hold.

#include "worker-agent/builds/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "worker-agent/builds/source_tree.hpp"

namespace builds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

CommandsInput node() {
  return {.commands = {.image = "node:22",
                       .install_command = "npm ci",
                       .build_command = "npm run build",
                       .start_command = "npm start"},
          .install_files = {},
          .variables_mark = {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// What the instruction's JSON holds.
std::vector<std::string> words_of(const std::string& line) {
  return nlohmann::json::parse(line.substr(line.find('['))).get<std::vector<std::string>>();
}

ReadSource files(const std::map<std::string, std::string>& there) {
  return [there](const std::string& name) -> std::optional<std::string> {
    const auto found = there.find(name);
    if (found == there.end()) return std::nullopt;
    return found->second;
  };
}

TEST(CommandsContainerfile, runs_each_command_in_the_image_and_starts_the_last_one) {
  EXPECT_EQ(commands_containerfile(node()), R"(FROM node:22
USER 0:0
WORKDIR /app
COPY [".","./"]
RUN ["/bin/sh","-c","exec /bin/sh -c \"$1\" \"$0\"","install command","npm ci"]
RUN ["/bin/sh","-c","exec /bin/sh -c \"$1\" \"$0\"","build command","npm run build"]
ENTRYPOINT []
CMD ["/bin/sh","-c","exec npm start"]
)");
}

TEST(CommandsContainerfile, copies_what_the_install_command_needs_first_and_mounts_the_variables) {
  auto input = node();
  input.install_files = {"package.json", "package-lock.json"};
  input.variables_mark = "variables 00ff";

  EXPECT_EQ(commands_containerfile(input), R"(FROM node:22
USER 0:0
WORKDIR /app
COPY ["package.json","package-lock.json","./"]
RUN --mount=type=secret,id=WISEHOSTING_VARIABLES,target=/run/wisehosting-variables,mode=0400 ["/bin/sh","-c",". /run/wisehosting-variables; exec /bin/sh -c \"$1\" \"$0\"","install command","npm ci","variables 00ff"]
COPY [".","./"]
RUN --mount=type=secret,id=WISEHOSTING_VARIABLES,target=/run/wisehosting-variables,mode=0400 ["/bin/sh","-c",". /run/wisehosting-variables; exec /bin/sh -c \"$1\" \"$0\"","build command","npm run build","variables 00ff"]
ENTRYPOINT []
CMD ["/bin/sh","-c","exec npm start"]
)");
}

TEST(CommandsContainerfile, has_no_instruction_for_what_is_not_given) {
  auto input = node();
  input.commands.install_command = std::nullopt;
  input.commands.build_command = std::nullopt;
  input.install_files = {"package.json"};

  EXPECT_THAT(lines_of(commands_containerfile(input)),
              ElementsAre("FROM node:22", "USER 0:0", "WORKDIR /app", R"(COPY [".","./"])", "ENTRYPOINT []",
                          R"(CMD ["/bin/sh","-c","exec npm start"])"));
}

TEST(CommandsContainerfile, holds_a_hostile_command_as_one_word_of_one_line) {
  const std::string hostile[] = {"echo 'a' \"b\" \\\"c\\\"",
                                 "echo one\nRUN rm -rf /\nUSER root",
                                 "echo $(id) `id` ${HOME} $PATH",
                                 "echo ends with a backslash \\",
                                 "echo \\\nRUN two",
                                 "\"]\nRUN [\"/bin/sh\"",
                                 "\",\"more\"] --mount=type=bind",
                                 "cat <<EOF\nRUN no\nEOF",
                                 "# escape=`\n# syntax=evil",
                                 "tab\there\x01\x1f\x7f",
                                 "größer 日本 \xf0\x9f\x8e\x89"};
  for (const auto& command : hostile) {
    CommandsInput input = node();
    input.commands.install_command = command;
    input.commands.build_command = command;
    input.commands.start_command = command;

    const auto lines = lines_of(commands_containerfile(input));

    ASSERT_EQ(lines.size(), 8U) << command;
    EXPECT_THAT(words_of(lines[4]),
                ElementsAre("/bin/sh", "-c", R"(exec /bin/sh -c "$1" "$0")", "install command", command));
    EXPECT_EQ(words_of(lines[5]).at(4), command);
    EXPECT_EQ(words_of(lines[7]).back(), start_line(command));
    for (const auto& line : lines) EXPECT_THAT(line, Not(HasSubstr("<")));
    EXPECT_THAT(lines[4], StartsWith("RUN ["));
    EXPECT_FALSE(declares_argument(commands_containerfile(input), "two"));
  }
}

TEST(StartLine, makes_a_plain_program_the_process_that_gets_the_signals) {
  EXPECT_EQ(start_line("node server.js --port \"$PORT\""), "exec node server.js --port \"$PORT\"");
  EXPECT_EQ(start_line("  ./bin/server\n"), "exec ./bin/server");
  for (const auto* kept : {"cd web && npm start", "PORT=1 npm start", "a; b", "exec x", "while true; do x; done",
                           "npm start | tee log", "( x )", "x &", "$RUN", "\"my program\" x", "a\nb", "cd /", "~/x"}) {
    EXPECT_EQ(start_line(kept), kept);
  }
}

TEST(InstallFiles, are_those_of_a_known_program_that_needs_no_others) {
  const auto npm =
      files({{"package.json", R"({"dependencies":{"a":"1"}})"}, {"package-lock.json", "{}"}, {"a.js", ""}});
  EXPECT_THAT(install_files("npm ci", npm), ElementsAre("package.json", "package-lock.json"));
  EXPECT_THAT(install_files("npm ci --omit=dev --no-audit", npm), ElementsAre("package.json", "package-lock.json"));
  EXPECT_THAT(install_files("pip install -r requirements.txt --no-cache-dir",
                            files({{"requirements.txt", "flask==3.0\nnumpy-stl>=1\n"}})),
              ElementsAre("requirements.txt"));
  EXPECT_THAT(install_files("go mod download", files({{"go.mod", "module x\n"}, {"go.sum", ""}})),
              ElementsAre("go.mod", "go.sum"));
}

TEST(InstallFiles, are_none_where_the_rest_of_the_source_may_be_needed) {
  const std::map<std::string, std::string> plain = {{"package.json", "{}"}};
  for (const auto* command : {"npm ci && npx prisma generate", "npm ci --prefix web", "make deps", "npm run x",
                              "npm ci; true", "npm", "", "sh -c 'npm ci'", "npm ci \nnpm ci"}) {
    EXPECT_THAT(install_files(command, files(plain)), IsEmpty()) << command;
  }
  for (const auto* content : {R"({"workspaces":["a"]})", R"({"scripts":{"postinstall":"node x"}})",
                              R"({"dependencies":{"a":"file:../a"}})", R"({"scripts":{"prepare":"x"}})"}) {
    EXPECT_THAT(install_files("npm ci", files({{"package.json", content}})), IsEmpty()) << content;
  }
  for (const auto* other : {".dockerignore", ".containerignore", "pnpm-workspace.yaml", ".yarnrc.yml"}) {
    EXPECT_THAT(install_files("npm ci", files({{"package.json", "{}"}, {other, ""}})), IsEmpty()) << other;
  }
  EXPECT_THAT(install_files("npm ci", files({})), IsEmpty());
  for (const auto* content : {"-e .\n", "a\n-r more.txt\n", "./local\n", "x @ file:///x\n"}) {
    EXPECT_THAT(install_files("pip install -r requirements.txt", files({{"requirements.txt", content}})), IsEmpty())
        << content;
  }
  EXPECT_THAT(install_files("go mod download", files({{"go.mod", "replace a => ../a\n"}})), IsEmpty());
}

TEST(ShellVariables, are_quoted_for_a_shell_without_those_that_shells_keep) {
  std::map<std::string, base::SecretString> variables;
  variables.emplace("A", base::SecretString("it's \"$HOME\" `id`\n\\"));
  variables.emplace("UID", base::SecretString("7"));

  EXPECT_EQ(shell_variables(variables).reveal(), "export A='it'\\''s \"$HOME\" `id`\n\\'\n");
  EXPECT_TRUE(shell_variables({}).empty());
}

TEST(CommandOfStep, knows_ours_by_how_they_begin) {
  EXPECT_EQ(command_of_step(R"(RUN /bin/sh -c exec /bin/sh -c "$1" "$0" install command npm ci": exit)"),
            "install command");
  EXPECT_EQ(command_of_step(R"(RUN --mount=x /bin/sh -c . /run/v; exec /bin/sh -c "$1" "$0" build command install)"),
            "build command");
  EXPECT_EQ(command_of_step("RUN echo install command"), std::nullopt);
  EXPECT_EQ(command_of_step(R"(RUN exec /bin/sh -c "$1" "$0")"), std::nullopt);
}

}  // namespace
}  // namespace builds

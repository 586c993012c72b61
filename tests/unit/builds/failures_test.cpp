#include "worker-agent/builds/failures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker-agent/builds/image.hpp"

namespace builds {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FailureInput ended(const char* output, int exit_code = 1) {
  FailureInput input;
  input.end.report.end = jail::Report::End::exited;
  input.end.report.exit_code = exit_code;
  input.output = output;
  input.memory_bytes = std::uint64_t{512} << 20U;
  input.pids = 64;
  input.timeout = std::chrono::seconds(900);
  return input;
}

TEST(ExplainFetch, knows_what_git_says) {
  const std::pair<const char*, const char*> cases[] = {
      {"fatal: repository 'http://h/x/' not found\n", "source.repository_not_found"},
      {"fatal: could not read Username for 'https://h': terminal prompts disabled\n", "source.needs_sign_in"},
      {"error: The requested URL returned error: 403\n", "source.needs_sign_in"},
      {"fatal: unable to access 'http://h/': The requested URL returned error: 302\n", "source.redirected"},
      {"fatal: unable to access 'http://h/': Failed to connect to h port 1: Connection refused\n",
       "source.host_unreachable"},
      {"fatal: unable to access 'https://h/': server certificate verification failed.\n", "source.tls"},
      {"fatal: something new\n", "source.failed"},
  };
  for (const auto& [output, code] : cases) {
    const auto error = explain_fetch(ended(output), "http://h/x");

    EXPECT_EQ(error.code, code) << output;
    EXPECT_EQ(error.step, "source");
  }
}

TEST(ExplainBuild, names_step_and_exit_code) {
  const auto error = explain_build(
      ended("x\nError: error building at STEP \"RUN npm ci\": error while running runtime: exit status 3\n", 3));

  EXPECT_EQ(error.code, "build.step_failed");
  EXPECT_EQ(error.exit_code, 3);
  EXPECT_THAT(error.message, HasSubstr("'RUN npm ci' failed with exit code 3"));
}

TEST(ExplainBuild, says_which_of_an_apps_commands_failed_by_the_tools_own_exit_code) {
  const std::string step = R"(Error: building at STEP "RUN /bin/sh -c exec /bin/sh -c "$1" "$0" )";
  const auto explain = [&](const std::string& rest, int code) {
    const std::string output = "x\n" + step + rest;
    auto input = ended(output.c_str(), code);
    input.commands = true;
    return explain_build(input);
  };

  const auto install = explain("install command npm ci\": exit status 3\n", 3);
  const auto build = explain("build command echo 'exit status 9'; " + std::string(9000, 'x'), 4);  // cut
  const auto absent = explain("build command frob\": exit status 127\n", 127);

  EXPECT_EQ(install.code, "build.install_failed");
  EXPECT_EQ(install.message, "The install command failed with exit code 3; its last lines say why.");
  EXPECT_EQ(install.exit_code, 3);
  EXPECT_EQ(install.step, "build");
  EXPECT_EQ(build.code, "build.command_failed");
  EXPECT_EQ(build.exit_code, 4);
  EXPECT_THAT(absent.message, HasSubstr("exit code 127: a program that it names is not in the image"));
}

TEST(ExplainBuild, says_that_an_image_without_a_shell_runs_no_commands) {
  auto input = ended(
      "process failed to start with error: fork/exec /bin/sh: no such file or directory\n"
      "Error: building at STEP \"RUN /bin/sh -c x\": exit status 1\n");
  input.commands = true;

  EXPECT_EQ(explain_build(input).code, "build.no_shell");
}

TEST(ExplainBuild, puts_limits_before_what_the_tool_says) {
  auto memory = ended("Error: building at STEP \"RUN x\": while running runtime: exit status 137\n", 137);
  memory.end.report.oom_kills = 1;
  auto time = ended("");
  time.end.timed_out = true;
  auto disk = ended("write /x: no space left on device\n");
  auto watched = ended("");
  watched.end.report.end = jail::Report::End::disk_full;
  auto forks = ended("Error: building at STEP \"RUN x\": while running runtime: exit status 2\n", 2);
  forks.end.report.pids_refused = 9;

  EXPECT_EQ(explain_build(memory).code, "build.out_of_memory");
  EXPECT_THAT(explain_build(memory).message, HasSubstr("512 MiB"));
  EXPECT_EQ(explain_build(time).code, "build.timeout");
  EXPECT_THAT(explain_build(time).message, HasSubstr("15 minutes"));
  EXPECT_EQ(explain_build(disk).code, "build.no_space");
  EXPECT_EQ(explain_build(watched).code, "build.no_space");
  EXPECT_EQ(explain_build(forks).code, "build.too_many_processes");
}

TEST(ExplainBuild, calls_an_error_in_the_containerfile_by_its_name) {
  for (const char* output : {"Error: error building: dockerfile parse error on line 3: unknown instruction: FOO\n",
                             "Error: building at STEP \"FOO x\": Unknown instruction: \"FOO\"\n"}) {
    EXPECT_EQ(explain_build(ended(output, 125)).code, "build.containerfile_invalid") << output;
  }
}

TEST(ExplainCopy, tells_refusal_from_absence) {
  EXPECT_EQ(explain_copy(ended("FATA[0000] unauthorized: authentication required\n"), "push").code, "push.refused");
  EXPECT_EQ(explain_copy(ended("dial tcp 10.91.0.1:7050: connect: connection refused\n"), "push").code,
            "push.registry_unreachable");
  EXPECT_EQ(
      explain_copy(ended("level=fatal msg=\"writing blob: blob upload invalid: blob upload invalid\"\n"), "push").code,
      "push.registry_unreachable");
  EXPECT_EQ(explain_copy(ended("time=\"now\" level=fatal msg=\"it broke\"\n"), "push").message,
            "The image could not be copied: it broke");
  EXPECT_EQ(explain_copy(ended("reading manifest 1: manifest unknown\n"), "build").code, "build.base_image");
}

TEST(NearNames, begins_with_what_looks_most_alike) {
  EXPECT_THAT(near_names("mian", {"release", "main", "feature/main-menu"}),
              ElementsAre("main", "release", "feature/main-menu"));
  EXPECT_EQ(near_names("x", {"a", "b", "c", "d", "e", "f", "g"}).size(), 5U);
}

TEST(WasCached, needs_every_step_from_the_cache) {
  EXPECT_TRUE(was_cached("STEP 1/2: FROM x\nSTEP 2/2: RUN y\n--> Using cache abc\n--> abc\n"));
  EXPECT_TRUE(was_cached("[1/2] STEP 1/2: FROM x\n[1/2] STEP 2/2: RUN y\n--> Using cache a\n[2/2] STEP 1/1: FROM z\n"));
  EXPECT_FALSE(was_cached("STEP 1/3: FROM x\nSTEP 2/3: RUN y\n--> Using cache abc\nSTEP 3/3: RUN z\n--> def\n"));
  EXPECT_FALSE(was_cached("STEP 1/1: FROM x\n"));
}

}  // namespace
}  // namespace builds

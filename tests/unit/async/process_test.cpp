#include "common/async/process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "common/base/files.hpp"
#include "tests/unit/async/children.hpp"
#include "tests/unit/async/loop.hpp"

namespace {

using namespace testing_async;
using testing::HasSubstr;

class RunProcess : public testing::Test {
 protected:
  ~RunProcess() override { EXPECT_TRUE(childless()); }

  async::ProcessResult run(async::ProcessSpec spec, base::Duration at_most = 1h) {
    auto result = loop.run(async::run_process(std::move(spec), in(at_most)));
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(async::ProcessResult{});
  }

  Loop loop;
};

TEST_F(RunProcess, passes_arguments_as_they_are) {
  const auto result = run(helper({"arguments", "a b", "", "$HOME", "*", "'\"; rm"}));

  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.out, "[arguments][a b][][$HOME][*]['\"; rm]");
}

TEST_F(RunProcess, gives_exactly_the_environment_named) {
  auto spec = helper({"environment"});
  spec.env = {{"ONE", "1"}, {"TWO", "a=b"}};

  EXPECT_EQ(run(spec).out, "ONE=1\nTWO=a=b\n");
}

TEST_F(RunProcess, finds_programs_by_the_path_of_the_environment) {
  EXPECT_EQ(run({.argv = {"true"}, .env = {}}).exit_code, 0);
  const auto missing = loop.run(async::run_process({.argv = {"true"}, .env = {{"PATH", "/nowhere:."}}}, in(1h)));

  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "process.start");
}

TEST_F(RunProcess, tells_why_a_program_cannot_start) {
  const auto missing = loop.run(async::run_process({.argv = {"/nonesuch"}, .env = {}}, in(1h)));
  const auto folder = loop.run(async::run_process({.argv = {"true"}, .env = {}, .cwd = "/nonesuch"}, in(1h)));
  const auto empty = loop.run(async::run_process({}, in(1h)));
  const auto nul = loop.run(async::run_process({.argv = {"true", std::string("a\0b", 3)}, .env = {}}, in(1h)));

  EXPECT_THAT(missing.error().message, HasSubstr("/nonesuch: No such file"));
  EXPECT_EQ(folder.error().code, "process.start");
  EXPECT_EQ(empty.error().code, "process.start");
  EXPECT_EQ(nul.error().code, "process.start");
}

TEST_F(RunProcess, feeds_input_and_keeps_both_outputs_apart) {
  auto spec = helper({"copy"});
  spec.stdin_data = std::string(3'000'000, 'y');
  spec.output_limit = 4'000'000;

  EXPECT_EQ(run(spec).out, spec.stdin_data);
  EXPECT_EQ(run(helper({"copy"})).out, "");
  EXPECT_EQ(run(helper({"spew", "2"})).out, "xxend");
  EXPECT_EQ(run(helper({"spew", "2"})).err, "oops");
}

TEST_F(RunProcess, keeps_the_tail_of_too_much_output) {
  auto spec = helper({"spew", "5000000"});
  spec.output_limit = 10;

  EXPECT_EQ(run(spec).out, "xxxxxxxend");
}

TEST_F(RunProcess, writes_output_to_a_file_when_told) {
  const auto file = std::filesystem::temp_directory_path() / ("run_process_" + std::to_string(::getpid()));
  auto spec = helper({"spew", "1"});
  spec.stdout_file = file;

  const auto first = run(spec);
  spec.append_to_file = true;
  run(spec);

  EXPECT_EQ(first.out, "");
  EXPECT_EQ(base::blocking_read_private_file(file), "xendxend");
  std::filesystem::remove(file);
}

TEST_F(RunProcess, tells_exit_codes_from_signals) {
  EXPECT_EQ(run(helper({"exit", "7"})).exit_code, 7);
  const auto killed = run(helper({"raise", std::to_string(SIGKILL)}));

  EXPECT_EQ(killed.exit_code, -1);
  EXPECT_EQ(killed.signal, SIGKILL);
  EXPECT_FALSE(killed.ok());
}

TEST_F(RunProcess, starts_in_the_folder_named) {
  auto spec = helper({"folder"});
  spec.cwd = "/usr";

  EXPECT_EQ(run(spec).out, "/usr");
}

TEST_F(RunProcess, leaves_only_the_standard_descriptors_open) {
  const base::UniqueFd leaky(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC

  EXPECT_EQ(run(helper({"descriptors"})).out, "0 1 2 ");
}

TEST_F(RunProcess, gives_the_program_default_signals) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto result = run(helper({"signals"}));
  std::signal(SIGPIPE, SIG_DFL);

  EXPECT_EQ(result.out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(RunProcess, makes_the_program_lead_its_own_session_or_group) {
  auto spec = helper({"ids"});
  long pid = 0;
  long group = 0;
  long session = 0;

  std::sscanf(run(spec).out.c_str(), "%ld %ld %ld", &pid, &group, &session);
  EXPECT_TRUE(pid == group && pid == session);
  spec.new_session = false;
  std::sscanf(run(spec).out.c_str(), "%ld %ld %ld", &pid, &group, &session);
  EXPECT_TRUE(pid == group && session == ::getsid(0));
}

TEST_F(RunProcess, asks_a_late_program_to_end) {
  const auto result = run(helper({"polite"}), 300ms);

  EXPECT_TRUE(result.timed_out);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "ready\nbye\n");
}

TEST_F(RunProcess, kills_grandchildren_that_do_not_listen_at_the_deadline) {
  const auto result = run(helper({"stubborn"}), 300ms);

  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_TRUE(ends(std::stoi(result.out)));
}

async::Task<void> run_and_note(async::ProcessSpec spec, bool& came_back) {
  co_await async::run_process(std::move(spec), base::Deadline::never());
  came_back = true;
}

TEST_F(RunProcess, ends_the_program_when_its_caller_is_cancelled) {
  const auto file = std::filesystem::temp_directory_path() / ("run_process_cancel_" + std::to_string(::getpid()));
  auto spec = helper({"polite"});
  spec.stdout_file = file;
  bool came_back = false;

  EXPECT_TRUE(loop.run_cancelled(run_and_note(spec, came_back)));

  EXPECT_FALSE(came_back);
  std::filesystem::remove(file);
}

TEST_F(RunProcess, does_not_wait_for_a_helper_that_keeps_the_output_open) {
  const auto result = run(helper({"leave-child"}));

  EXPECT_TRUE(result.ok());
  const pid_t left = std::stoi(result.out);
  EXPECT_FALSE(ends(left, 1ms));
  ::kill(left, SIGKILL);
}

TEST_F(RunProcess, kills_the_program_when_its_loop_goes) {
  bool came_back = false;
  {
    Loop own;
    boost::asio::co_spawn(own.context, run_and_note(helper({"wait"}), came_back), [](const std::exception_ptr&) {});
    own.context.poll();
    EXPECT_FALSE(childless());
  }

  EXPECT_FALSE(came_back);
}

async::Task<void> run_many(int count, int& good) {
  for (int i = 0; i < count; ++i) {
    const auto result = co_await async::run_process({.argv = {"true"}, .env = {}}, base::Deadline::never());
    if (result && result->ok()) ++good;
  }
}

TEST_F(RunProcess, runs_many_at_a_time) {
  int good = 0;

  for (int i = 0; i < 10; ++i) {
    boost::asio::co_spawn(loop.context, run_many(10, good), [](const std::exception_ptr&) {});
  }
  loop.context.run();

  EXPECT_EQ(good, 100);
}

}  // namespace

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "common/async/process.hpp"
#include "common/base/files.hpp"
#include "tests/unit/async/children.hpp"
#include "tests/unit/async/loop.hpp"

namespace {

using namespace testing_async;

async::Task<std::string> read_all(async::ChildProcess& child) {
  std::string all;
  for (;;) {
    auto part = co_await child.read_some();
    if (!part || part->empty()) co_return all;
    all += *part;
  }
}

async::Task<std::string> read_once(async::ChildProcess& child) {
  auto part = co_await child.read_some();
  co_return part.value_or("");
}

TEST(ChildProcess, merges_output_and_tells_the_exit_code) {
  Loop loop;
  async::ChildProcess child(loop.context.get_executor());

  ASSERT_TRUE(child.start(helper({"spew", "1"})));

  EXPECT_EQ(loop.run(read_all(child)), "xendoops");
  EXPECT_EQ(loop.run(child.wait()), 0);
  EXPECT_EQ(loop.run(child.wait()), 0);
  EXPECT_FALSE(child.running());
  EXPECT_TRUE(childless());
}

TEST(ChildProcess, reports_a_signal_as_128_and_more) {
  Loop loop;
  async::ChildProcess child(loop.context.get_executor());

  ASSERT_TRUE(child.start(helper({"wait"})));
  child.send_signal(SIGKILL);

  EXPECT_EQ(loop.run(child.wait()), 128 + SIGKILL);
}

TEST(ChildProcess, says_when_it_cannot_start) {
  Loop loop;
  async::ChildProcess child(loop.context.get_executor());

  EXPECT_EQ(child.start({.argv = {"/nonesuch"}, .env = {}}).error().code, "process.start");
  EXPECT_FALSE(child.running());
}

TEST(ChildProcess, terminates_politely_first) {
  Loop loop;
  async::ChildProcess child(loop.context.get_executor());

  ASSERT_TRUE(child.start(helper({"polite"})));
  loop.run(read_once(child));

  EXPECT_EQ(loop.run(child.terminate(1h)), 3);
}

TEST(ChildProcess, kills_the_whole_group_after_the_grace) {
  Loop loop;
  async::ChildProcess child(loop.context.get_executor());

  ASSERT_TRUE(child.start(helper({"stubborn"})));
  const pid_t grandchild = std::stoi(loop.run(read_once(child)));

  EXPECT_EQ(loop.run(child.terminate(10ms)), 128 + SIGKILL);
  EXPECT_TRUE(ends(grandchild));
}

TEST(ChildProcess, leaves_nobody_behind_when_its_leader_ends) {
  Loop loop;
  async::ChildProcess child(loop.context.get_executor());

  ASSERT_TRUE(child.start(helper({"leave-child"})));
  const pid_t grandchild = std::stoi(loop.run(read_once(child)));

  EXPECT_EQ(loop.run(child.wait()), 0);
  EXPECT_TRUE(ends(grandchild));
}

TEST(ChildProcess, is_killed_and_reaped_when_its_owner_goes) {
  Loop loop;
  {
    async::ChildProcess child(loop.context.get_executor());
    ASSERT_TRUE(child.start(helper({"stubborn"})));
  }

  EXPECT_TRUE(childless());
}

TEST(ChildProcess, lives_on_when_told_and_is_reaped_later) {
  const auto file = std::filesystem::temp_directory_path() / ("child_process_" + std::to_string(::getpid()));
  pid_t pid = -1;
  {
    Loop loop;
    async::ChildProcess child(loop.context.get_executor());
    auto spec = helper({"wait"});
    spec.die_with_parent = false;
    spec.stdout_file = file;
    ASSERT_TRUE(child.start(spec));
    pid = child.pid();
  }
  EXPECT_FALSE(ends(pid, 1ms));

  ::kill(pid, SIGKILL);
  ASSERT_TRUE(ends(pid));
  Loop loop;
  EXPECT_TRUE(loop.run(async::run_process({.argv = {"true"}, .env = {}}, in(1h))));

  EXPECT_TRUE(childless());
  std::filesystem::remove(file);
}

TEST(ChildProcess, dies_with_its_parent_unless_told_otherwise) {
  for (const bool dies : {true, false}) {
    Loop loop;
    async::ChildProcess parent(loop.context.get_executor());
    ASSERT_TRUE(parent.start(helper({dies ? "parent" : "parent-of-daemon"})));
    const pid_t child = std::stoi(loop.run(read_once(parent)));

    ::kill(parent.pid(), SIGKILL);

    EXPECT_EQ(ends(child, dies ? 30s : 50ms), dies);
    ::kill(child, SIGKILL);
  }
}

async::Task<void> wait_in_vain(async::ChildProcess& child) {
  co_await child.wait();
}
async::Task<void> read_in_vain(async::ChildProcess& child) {
  co_await child.read_some();
}

TEST(ChildProcess, lets_waiting_and_reading_be_cancelled_without_harm) {
  Loop loop;
  async::ChildProcess child(loop.context.get_executor());
  ASSERT_TRUE(child.start(helper({"polite"})));
  loop.run(read_once(child));

  boost::asio::cancellation_signal stop;
  std::exception_ptr waited;
  std::exception_ptr read;
  boost::asio::cancellation_signal stop_reading;
  boost::asio::co_spawn(loop.context, wait_in_vain(child),
                        boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e) { waited = e; }));
  boost::asio::co_spawn(
      loop.context, read_in_vain(child),
      boost::asio::bind_cancellation_slot(stop_reading.slot(), [&](std::exception_ptr e) { read = e; }));
  loop.context.restart();
  loop.context.poll();
  stop.emit(boost::asio::cancellation_type::terminal);
  stop_reading.emit(boost::asio::cancellation_type::terminal);
  loop.context.poll();

  ASSERT_TRUE(waited && read);
  EXPECT_TRUE(Loop::is_aborted(waited) && Loop::is_aborted(read));
  EXPECT_TRUE(child.running());
  EXPECT_EQ(loop.run(child.terminate(1h)), 3);
}

}  // namespace

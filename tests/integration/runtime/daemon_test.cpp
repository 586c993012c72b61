#include "worker-agent/host/daemon.hpp"

#include <gtest/gtest.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

#include "common/base/files.hpp"

namespace host {
namespace {

class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest() {
    char name[] = "/tmp/wh-daemon-XXXXXX";
    dir_ = ::mkdtemp(name);
  }
  ~DaemonTest() override {
    Daemon::blocking_stop_recorded(record(), std::chrono::seconds(2));
    std::filesystem::remove_all(dir_);
  }

  std::filesystem::path record() const { return dir_ / "sleeper.pid"; }
  DaemonSpec sleeper() const {
    return DaemonSpec{.name = "sleeper",
                      .argv = {"/usr/bin/sleep", "600"},
                      .env = {{"ONLY", "this"}},
                      .log_file = dir_ / "sleeper.log"};
  }

  std::filesystem::path dir_;
};

TEST_F(DaemonTest, runs_detached_with_exactly_the_given_environment) {
  Daemon daemon(sleeper(), record());

  const auto ensured = daemon.blocking_ensure();

  ASSERT_TRUE(ensured.has_value());
  EXPECT_EQ(*ensured, Daemon::Ensured::started);
  EXPECT_TRUE(daemon.alive());
  const std::string proc = "/proc/" + std::to_string(daemon.pid());
  std::ifstream environ_file(proc + "/environ");
  std::string environment(std::istreambuf_iterator<char>(environ_file), {});
  EXPECT_EQ(environment, std::string("ONLY=this\0", 10));
  EXPECT_NE(::getsid(daemon.pid()), ::getsid(0));
  for (const auto& entry : std::filesystem::directory_iterator(proc + "/fd")) {
    if (std::stoi(entry.path().filename()) <= 2) continue;
    std::error_code gone;  // the program may be loading its libraries, and has closed this one meanwhile
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    EXPECT_TRUE(gone || target.starts_with("/usr/") || target.starts_with("/etc/")) << target;
  }
}

std::filesystem::path processor_folder(const std::string& group) {
  const bool unified = std::filesystem::exists("/sys/fs/cgroup/cgroup.controllers");
  return std::filesystem::path(unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu") / group;
}

/// Until the kernel has forgotten who was in it.
void remove_when_empty(const std::filesystem::path& group) {
  std::error_code busy;
  while (!std::filesystem::remove(group, busy) && std::filesystem::exists(group)) {
  }
}

TEST_F(DaemonTest, CTR_11_gets_the_processor_before_others_with_all_that_it_forks) {
  const std::string group = "wh-test-" + dir_.filename().string();
  DaemonSpec first = sleeper();
  first.argv = {"/bin/sh", "-c", "sleep 600 & wait"};
  first.processor_group = group;
  Daemon daemon(first, record());

  ASSERT_TRUE(daemon.blocking_ensure().has_value());

  const auto folder = processor_folder(group);
  const bool unified = std::filesystem::exists("/sys/fs/cgroup/cgroup.controllers");
  const auto weight = [&](const std::filesystem::path& of) {
    return std::stoi(base::blocking_read_file(of / (unified ? "cpu.weight" : "cpu.shares")));
  };
  const int usual = unified ? 100 : 1024;
  EXPECT_EQ(weight(folder), 10 * usual);
  std::string members = base::blocking_read_file(folder / "cgroup.procs");
  while (std::ranges::count(members, '\n') < 2 && daemon.alive()) {  // until the shell has forked
    members = base::blocking_read_file(folder / "cgroup.procs");
  }
  EXPECT_TRUE(members.starts_with(std::to_string(daemon.pid()) + "\n")) << members;
  ::kill(-daemon.pid(), SIGKILL);
  daemon.blocking_stop(std::chrono::seconds(2));
  remove_when_empty(folder);
}

TEST_F(DaemonTest, CTR_11_one_that_an_older_agent_started_gets_the_processor_before_others_too) {
  Daemon older(sleeper(), record());
  ASSERT_TRUE(older.blocking_ensure().has_value());
  DaemonSpec spec = sleeper();
  spec.processor_group = "wh-test-" + dir_.filename().string();
  Daemon daemon(spec, record());

  ASSERT_EQ(daemon.blocking_ensure().value(), Daemon::Ensured::adopted);

  const auto folder = processor_folder(spec.processor_group);
  EXPECT_EQ(base::blocking_read_file(folder / "cgroup.procs"), std::to_string(older.pid()) + "\n");
  daemon.blocking_stop(std::chrono::seconds(2));
  remove_when_empty(folder);
}

TEST(ProcessMark, of_a_process_that_goes_while_it_is_looked_at_is_nothing) {
  char program[] = "/bin/true";
  char* const argv[] = {program, nullptr};
  for (int i = 0; i < 500; ++i) {
    pid_t child = 0;
    ASSERT_EQ(::posix_spawn(&child, program, nullptr, nullptr, argv, argv + 1), 0);
    std::atomic<bool> gone{false};
    std::thread waits([child, &gone] {
      ::waitpid(child, nullptr, 0);
      gone = true;
    });
    while (!gone) EXPECT_NO_THROW(static_cast<void>(process_mark(child)));
    waits.join();
    EXPECT_EQ(process_mark(child), std::nullopt);
  }
}

TEST_F(DaemonTest, is_adopted_by_the_next_agent) {
  auto first = std::make_unique<Daemon>(sleeper(), record());
  ASSERT_TRUE(first->blocking_ensure().has_value());
  const pid_t pid = first->pid();
  first.reset();

  Daemon second(sleeper(), record());
  const auto ensured = second.blocking_ensure();

  ASSERT_TRUE(ensured.has_value());
  EXPECT_EQ(*ensured, Daemon::Ensured::adopted);
  EXPECT_EQ(second.pid(), pid);
}

TEST_F(DaemonTest, is_replaced_when_its_arguments_changed) {
  Daemon first(sleeper(), record());
  ASSERT_TRUE(first.blocking_ensure().has_value());
  auto changed = sleeper();
  changed.argv[1] = "601";

  Daemon second(changed, record());
  const auto ensured = second.blocking_ensure();

  ASSERT_TRUE(ensured.has_value());
  EXPECT_EQ(*ensured, Daemon::Ensured::started);
  EXPECT_FALSE(first.alive());
  EXPECT_TRUE(second.alive());
}

TEST_F(DaemonTest, never_signals_a_process_that_only_got_the_same_pid) {
  Daemon other(sleeper(), record());
  ASSERT_TRUE(other.blocking_ensure().has_value());
  const auto stale = dir_ / "stale.pid";
  base::blocking_write_file(stale, std::to_string(other.pid()) + " 1 abc\n", 0600);

  Daemon::blocking_stop_recorded(stale, std::chrono::seconds(1));

  EXPECT_TRUE(other.alive());
  EXPECT_FALSE(std::filesystem::exists(stale));
}

TEST_F(DaemonTest, starts_again_after_it_was_killed) {
  Daemon daemon(sleeper(), record());
  ASSERT_TRUE(daemon.blocking_ensure().has_value());
  const pid_t killed = daemon.pid();
  daemon.blocking_stop(std::chrono::seconds(2));

  ASSERT_TRUE(daemon.blocking_ensure().has_value());

  EXPECT_NE(daemon.pid(), killed);
  EXPECT_TRUE(daemon.alive());
}

/// Forks twice: one stays what it is, as podman's storage library leaves behind, and one runs another program, as
/// conmon.
constexpr const char* kForking = R"(
import os, signal, time
def fork(then):
    if (pid := os.fork()): return pid
    then()
same = fork(signal.pause)
other = fork(lambda: os.execv('/usr/bin/sleep', ['sleep', '600']))
while open(f'/proc/{other}/comm').read() != 'sleep\n': time.sleep(0.005)
open(os.environ['CHILDREN'] + '.new', 'w').write(f'{same} {other}')
os.rename(os.environ['CHILDREN'] + '.new', os.environ['CHILDREN'])
signal.pause()
)";

TEST_F(DaemonTest, a_fork_that_outlived_a_killed_program_is_ended_before_the_next_one_starts) {
  const auto children = dir_ / "children";
  const DaemonSpec forking{.name = "forking",
                           .argv = {"/usr/bin/python3", "-c", kForking},
                           .env = {{"CHILDREN", children.string()}},
                           .log_file = dir_ / "forking.log"};
  Daemon daemon(forking, record());
  ASSERT_TRUE(daemon.blocking_ensure().has_value());
  while (!std::filesystem::exists(children)) ASSERT_TRUE(daemon.alive());
  pid_t same = 0;
  pid_t other = 0;
  std::ifstream(children) >> same >> other;
  ::kill(daemon.pid(), SIGKILL);
  while (daemon.alive()) ASSERT_TRUE(process_mark(same));

  ASSERT_TRUE(daemon.blocking_ensure().has_value());

  EXPECT_FALSE(process_mark(same));
  EXPECT_TRUE(process_mark(other));
  ::kill(other, SIGKILL);
}

TEST_F(DaemonTest, a_missing_program_is_an_error_and_leaves_no_record) {
  auto spec = sleeper();
  spec.argv = {"/nonexistent/program"};
  Daemon daemon(spec, record());

  const auto ensured = daemon.blocking_ensure();

  ASSERT_FALSE(ensured.has_value());
  EXPECT_EQ(ensured.error().code, "daemon.exec_failed");
  EXPECT_FALSE(daemon.alive());
  EXPECT_FALSE(std::filesystem::exists(record()));
}

}  // namespace
}  // namespace host

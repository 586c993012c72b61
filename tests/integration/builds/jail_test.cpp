#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/failure.hpp"
#include "common/base/scheduling.hpp"
#include "common/base/unique_fd.hpp"
#include "worker-agent/builds/jail/cgroup.hpp"
#include "worker-agent/builds/jail/options.hpp"

namespace jail {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint32_t kUid = 1'400'000'000;
constexpr std::string_view kSecret = "canary-of-a-token";

class JailTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/var/tmp/wh-jail-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    fs::create_directory(folder_ / "job");
    ASSERT_EQ(::chown((folder_ / "job").c_str(), kUid, kUid), 0);
    options_.uid_base = kUid;
    options_.job = folder_ / "job";
    options_.report = folder_ / "report";
    options_.cgroup = "wisehosting/" + folder_.filename().string();
    options_.limits = {
        .memory_bytes = 256U << 20U, .pids = 64, .cpu_millis = 2000, .disk_bytes = 0, .file_bytes = 1U << 20U};
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Starts wh-jail; `output` becomes the end where its output is read.
  pid_t start(int& output) {
    std::vector<std::string> arguments = to_arguments(options_);
    arguments.insert(arguments.begin(), WH_JAIL_PROGRAM);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::array<int, 2> out{};
    EXPECT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, out[1], 2);
    const base::UniqueFd secret(::memfd_create("secret", MFD_CLOEXEC));
    if (options_.secret_from_stdin) {
      EXPECT_EQ(::pwrite(secret.get(), kSecret.data(), kSecret.size(), 0), static_cast<ssize_t>(kSecret.size()));
      posix_spawn_file_actions_adddup2(&actions, secret.get(), 0);
    }
    pid_t pid = 0;
    EXPECT_EQ(::posix_spawn(&pid, WH_JAIL_PROGRAM, &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    output = out[0];
    return pid;
  }
  /// Runs the command in the jail; fills `output_` and `report_`.
  void run(std::vector<std::string> command) {
    options_.command = std::move(command);
    int output = -1;
    const pid_t pid = start(output);
    output_.clear();
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(output, buffer.data(), buffer.size())) > 0;) {
      output_.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(output);
    ::waitpid(pid, nullptr, 0);
    std::ifstream file(options_.report);
    report_ = decode_report({std::istreambuf_iterator<char>(file), {}}).value();
  }
  static std::vector<pid_t> processes_of(std::uint32_t uid) {
    std::vector<pid_t> out;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      struct stat info{};
      const int pid = std::atoi(entry.path().filename().c_str());
      if (pid > 0 && ::stat(entry.path().c_str(), &info) == 0 && info.st_uid == uid) out.push_back(pid);
    }
    return out;
  }
  void shell(const std::string& script) { run({"/usr/bin/busybox", "sh", "-c", script}); }

  fs::path folder_;
  Options options_;
  std::string output_;
  Report report_;
};

TEST_F(JailTest, gives_the_program_exactly_its_own_environment) {
  ::setenv("WH_CANARY", "leaked", 1);

  run({"/usr/bin/env"});

  EXPECT_EQ(output_, "HOME=/root\nLANG=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nTMPDIR=/tmp\n");
}

TEST_F(JailTest, shows_nothing_of_the_host_but_its_tools) {
  std::ofstream(folder_ / "secret") << "canary-in-a-host-file";

  shell("cat " + (folder_ / "secret").string() +
        " /etc/shadow; ls /home /root /etc /var /opt /srv; touch /usr/x; hostname; ps");

  EXPECT_THAT(output_, Not(HasSubstr("canary")));
  EXPECT_THAT(output_, HasSubstr("/usr/x: Read-only file system"));
  EXPECT_THAT(output_, HasSubstr("\nbuild\n"));
  EXPECT_THAT(output_, Not(HasSubstr("shadow-")));
}

TEST_F(JailTest, shows_no_folder_of_the_host_that_a_link_in_the_store_names) {
  options_.store = folder_ / "store";
  fs::create_directories(options_.store);
  fs::create_directory(folder_ / "host");
  std::ofstream(folder_ / "host/secret") << "canary-in-a-host-file";
  fs::create_directory_symlink(folder_ / "host", options_.store / "tmp");

  shell("cat /var/tmp/secret");

  EXPECT_THAT(output_, Not(HasSubstr("canary")));
  EXPECT_EQ(report_.end, Report::End::setup_failed);
  EXPECT_THAT(report_.error, HasSubstr("store/tmp"));
}

TEST_F(JailTest, has_no_capabilities_and_cannot_get_any) {
  shell("grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; ulimit -c; unshare -m true || echo no-unshare");

  EXPECT_THAT(output_, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(output_, HasSubstr("CapBnd:\t0000000000000000"));
  EXPECT_THAT(output_, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(output_, HasSubstr("Seccomp:\t2\n0\n"));
  EXPECT_THAT(output_, HasSubstr("no-unshare"));
}

TEST_F(JailTest, cannot_change_the_kernels_settings_even_with_its_own_capabilities) {
  options_.privileged = true;

  shell(
      "echo x > /proc/sys/kernel/core_pattern; echo x > /proc/sysrq-trigger; mknod /tmp/m c 1 1; chroot / /usr/bin/id "
      "-u");

  EXPECT_THAT(output_, HasSubstr("can't create /proc/sys/kernel/core_pattern"));
  EXPECT_THAT(output_, HasSubstr("can't create /proc/sysrq-trigger"));
  EXPECT_THAT(output_, HasSubstr("mknod: /tmp/m: Operation not permitted"));
}

TEST_F(JailTest, has_no_network_unless_given_one) {
  shell("ls /sys/class/net; nc -w 1 127.0.0.1 7050 || echo closed");

  EXPECT_EQ(output_.substr(0, 3), "lo\n");
  EXPECT_THAT(output_, HasSubstr("closed"));
}

TEST_F(JailTest, hands_on_the_exit_code_and_says_how_it_ended) {
  shell("exit 3");
  EXPECT_EQ(report_.end, Report::End::exited);
  EXPECT_EQ(report_.exit_code, 3);

  run({"/no/such/program"});
  EXPECT_EQ(report_.end, Report::End::setup_failed);
  EXPECT_THAT(report_.error, HasSubstr("No such file"));
}

TEST_F(JailTest, takes_longer_turns_than_those_who_answer_requests_although_it_is_their_child) {
  std::uint64_t long_turn = 0;
  std::thread([&] {
    base::take_long_turns();
    long_turn = base::turn_of(0);
  }).join();
  base::answer_quickly();
  options_.command = {"/bin/sh", "-c", "echo ready; exec sleep 60"};
  int output = -1;
  const pid_t outside = start(output);
  char byte = 0;
  ASSERT_EQ(::read(output, &byte, 1), 1);

  const auto inside = processes_of(kUid);

  EXPECT_FALSE(inside.empty());
  for (const pid_t pid : inside) EXPECT_EQ(base::turn_of(pid), long_turn);
  ::kill(outside, SIGTERM);
  ::waitpid(outside, nullptr, 0);
  ::close(output);
}

TEST_F(JailTest, stays_as_nice_as_the_agent_is) {
  ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 5), 0);

  shell("cut -d' ' -f19 /proc/self/stat");

  ::setpriority(PRIO_PROCESS, 0, 0);
  EXPECT_EQ(output_, "5\n") << report_.error;
}

TEST_F(JailTest, lets_others_go_first_and_cannot_change_that) {
  options_.privileged = true;

  shell("cut -d' ' -f41 /proc/self/stat; ionice; chrt -o 0 true || echo no-other; ionice -c 2 -n 0 true || echo no-io");

  EXPECT_EQ(output_.substr(0, output_.find('\n')), std::to_string(SCHED_BATCH)) << output_;
  EXPECT_THAT(output_, HasSubstr("best-effort: prio 7"));
  EXPECT_THAT(output_, HasSubstr("no-other"));
  EXPECT_THAT(output_, HasSubstr("no-io"));
}

TEST_F(JailTest, hands_over_a_secret_argument_that_no_command_line_shows) {
  options_.secret_from_stdin = true;

  run({"/usr/bin/cat", "/proc/self/cmdline", "@secret", "/proc/self/environ", "-"});

  using namespace std::string_literals;
  EXPECT_THAT(output_, HasSubstr("/usr/bin/cat\0/proc/self/cmdline\0@secret\0/proc/self/environ\0-\0"s));
  EXPECT_THAT(output_, HasSubstr("cat: canary-of-a-token: No such file or directory"));
  const auto first = output_.find(kSecret);
  EXPECT_EQ(output_.find(kSecret, first + 1), std::string::npos) << output_;

  run({"/usr/bin/env", "-u", "@secret", "env"});
  EXPECT_EQ(output_, "HOME=/root\nLANG=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nTMPDIR=/tmp\n");
}

TEST_F(JailTest, kills_everything_when_the_program_ends) {
  shell("(sleep 1000 &) ; (setsid sleep 1000 &) ; echo $$");

  EXPECT_EQ(report_.exit_code, 0);
  EXPECT_FALSE(fs::exists("/sys/fs/cgroup/pids/" + options_.cgroup));
  EXPECT_FALSE(fs::exists("/sys/fs/cgroup/" + options_.cgroup));
}

TEST_F(JailTest, dies_with_the_program_that_started_it) {
  options_.command = {"/usr/bin/busybox", "sh", "-c", "sleep 1000 & echo begun; exec sleep 1000"};
  int output = -1;
  const pid_t outside = start(output);
  char byte = 0;
  ASSERT_EQ(::read(output, &byte, 1), 1);
  std::vector<base::UniqueFd> inside;
  for (const pid_t pid : processes_of(kUid)) inside.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  ASSERT_GE(inside.size(), 3U);

  ::kill(outside, SIGKILL);

  for (const auto& process : inside) {
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&ended, 1, 5000), 1);
  }
  ::waitpid(outside, nullptr, 0);
  ::close(output);
  Cgroup::remove_left_over(options_.cgroup);
  EXPECT_FALSE(fs::exists("/sys/fs/cgroup/pids/" + options_.cgroup));
}

TEST_F(JailTest, counts_what_the_limits_refused) {
  shell("for i in $(seq 100); do sleep 5 & done; wait");
  EXPECT_GT(report_.pids_refused, 0U);

  shell("dd if=/dev/zero of=/dev/null bs=400M count=1");
  EXPECT_GT(report_.oom_kills, 0U);

  shell("dd if=/dev/zero of=/job/big bs=1M count=3");
  EXPECT_LE(fs::file_size(folder_ / "job/big"), 1U << 20U);
}

}  // namespace
}  // namespace jail

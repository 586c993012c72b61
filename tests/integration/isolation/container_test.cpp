// What code of strangers finds inside a container of an app, looked at from inside.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/base/files.hpp"
#include "common/base/scheduling.hpp"
#include "tests/integration/runtime/podman_host.hpp"
#include "worker-agent/logs/k8s_log.hpp"
#include "worker-agent/runtime/container_spec.hpp"

namespace replicas {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_host::kServe;
using testing_host::PodmanHost;
using testing_host::replica;
using testing_host::TestAgent;

bool healthy(const agent::ReplicaObservation& status) {
  return status.phase == "running" && status.health == "healthy";
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string out = "\n";
  for (const auto& line : lines) out += line + "\n";
  return out;
}

/// In the command line of a process of the replica that is looked at, and of no other.
constexpr const char* kMark = "98765.4321";

/// As the agent does at its start, before Podman's service is there.
const bool kAsTheAgent = (base::answer_quickly(), true);

/// That no app prints.
constexpr const char* kSecret = "secret-value-7731";

/// The files of the agent, of Podman and of crun that hold the text.
std::string files_with(std::string_view text) {
  const auto& setup = PodmanHost::instance().setup();
  std::string found;
  for (const auto& folder :
       {setup.graph_root.parent_path(), setup.run_root.parent_path(), std::filesystem::path("/run/crun")}) {
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, options)) {
      if (entry.is_symlink() || !entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      if (bytes.find(text) != std::string::npos) found += entry.path().string() + "\n";
    }
  }
  return found;
}

/// Runs `script` in a replica of its own, which then serves; what it printed, and what it was on the host meanwhile.
struct Seen {
  std::string output;
  std::string command_lines;  ///< of every process on the host
  std::string files;          ///< that hold `kSecret`
  std::uint32_t uid{0};
  std::uint64_t turn{0};  ///< of the processor, in nanoseconds
};

async::Task<void> look(boost::asio::any_io_executor executor, protocol::ReplicaObject object, Seen& seen) {
  TestAgent agent(executor);
  co_await agent.apply({object});
  const auto status = co_await agent.eventually(object.replica_id, healthy);
  EXPECT_TRUE(healthy(status)) << status.reason;
  seen.output = text_of(
      logs::blocking_last_lines(runtime::container_log(PodmanHost::instance().setup(), object.replica_id), 0, 200));
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "cmdline");
    const std::string line{std::istreambuf_iterator<char>(in), {}};
    seen.command_lines += line;
    struct stat info{};
    if (line.find(kMark) == std::string::npos || ::stat(entry.path().c_str(), &info) != 0) continue;
    seen.uid = info.st_uid;
    seen.turn = base::turn_of(std::atoi(entry.path().filename().c_str()));
  }
  if (object.secrets) seen.files = files_with(kSecret);
  agent.look_from_here();
  co_await agent.apply({});
  co_await agent.eventually(object.replica_id, [](const auto& s) { return s.phase == "stopped"; });
  co_await agent.stop();
}

Seen look(const protocol::ReplicaObject& object) {
  Seen seen;
  PodmanHost::instance().run([&](boost::asio::any_io_executor executor) { return look(executor, object, seen); });
  return seen;
}

TEST(Container, ISO_04_has_seven_capabilities_no_new_privileges_seccomp_and_limits) {
  const auto seen =
      look(replica("/busybox grep -E 'Cap(Prm|Eff|Bnd|Amb|Inh)|NoNewPrivs|Seccomp:' /proc/self/status; "
                   "/busybox cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max; "
                   "/busybox cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; "
                   "/busybox ls /dev; /busybox ls /run; /busybox cat /proc/1/cgroup; " +
                   std::string(kServe)));

  // CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, KILL 5, SETGID 6, SETUID 7, NET_BIND_SERVICE 10
  EXPECT_THAT(seen.output, HasSubstr("CapBnd:\t00000000000004eb"));
  EXPECT_THAT(seen.output, HasSubstr("CapEff:\t00000000000004eb"));
  EXPECT_THAT(seen.output, HasSubstr("CapAmb:\t0000000000000000"));
  EXPECT_THAT(seen.output, HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(seen.output, HasSubstr("Seccomp:\t2"));
  EXPECT_THAT(seen.output, HasSubstr("\n32\n")) << "processes";
  EXPECT_THAT(seen.output, HasSubstr("\n67108864\n")) << "memory";
  for (const char* device : {"\nkvm\n", "\nmem\n", "\nvda\n", "\nsda\n", "\nfuse\n", "\nkmsg\n"})
    EXPECT_THAT(seen.output, Not(HasSubstr(device)));
}

TEST(Container, ISO_01_ISO_02_root_inside_is_a_nobody_of_its_own_outside) {
  if (!PodmanHost::instance().setup().user_namespaces) GTEST_FAIL() << "this host gives no user namespaces";
  const std::string sleeper = std::string("/busybox sleep ") + kMark + " & ";
  const auto first =
      look(replica("/busybox cat /proc/self/uid_map /proc/self/gid_map; /busybox id -u; " + sleeper + kServe));
  const auto second = look(replica("/busybox cat /proc/self/uid_map; " + sleeper + kServe));

  EXPECT_THAT(first.output, HasSubstr("\n0\n"));
  EXPECT_GE(first.uid, 100'000'000U);
  EXPECT_GE(second.uid, 100'000'000U);
  EXPECT_NE(first.uid, second.uid) << "two apps, two nobodies";
  EXPECT_THAT(first.output, Not(HasSubstr("4294967295")));
}

TEST(Container, CTR_11_what_answers_requests_waits_for_nobodys_whole_turn) {
  const auto seen = look(replica(std::string("/busybox sleep ") + kMark + " & " + kServe));

  EXPECT_NE(seen.uid, 0U) << "it was found";
  EXPECT_TRUE(kAsTheAgent);
  EXPECT_EQ(seen.turn, base::turn_of(0)) << "from the agent through Podman, conmon and crun to the app";
}

TEST(Container, CTR_05_CTR_15_what_an_attacker_asks_the_kernel_for_is_refused) {
  auto& host = PodmanHost::instance();
  const auto folder = host.setup().graph_root.parent_path() / "probe-image";
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file("/bin/busybox", folder / "busybox", std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(WH_SYSCALL_PROBE, folder / "probe", std::filesystem::copy_options::overwrite_existing);
  host.tool({"/usr/bin/tar", "-C", folder.string(), "-cf", (folder.string() + ".tar"), "busybox", "probe"});
  host.tool({"/usr/bin/podman", "import", "--quiet", folder.string() + ".tar", "localhost/test/probe:1"});
  auto digest = host.tool({"/usr/bin/podman", "image", "inspect", "--format", "{{.Digest}}", "localhost/test/probe:1"});
  digest.erase(digest.find_last_not_of('\n') + 1);
  auto object = replica("/probe; " + std::string(kServe));
  object.image = "localhost/test/probe@" + digest;

  const auto seen = look(object);

  EXPECT_THAT(seen.output, HasSubstr("io_uring_setup: ")) << "the probe ran";
  EXPECT_THAT(seen.output, Not(HasSubstr(": done"))) << seen.output;
}

TEST(Container, CTR_04_SEC_08_secrets_are_in_the_apps_environment_and_in_no_command_line) {
  ::setenv("WH_CANARY", "environment-of-the-agent-77", 1);
  auto object = replica("/busybox env; " + std::string(kServe));
  object.env["PLAIN"] = "plain-value-4411";
  object.secrets = protocol::Binary{"secret-value-9988"};

  const auto seen = look(object);

  EXPECT_THAT(seen.output, HasSubstr("\nPLAIN=plain-value-4411\n"));
  EXPECT_THAT(seen.output, Not(HasSubstr("environment-of-the-agent")));
  EXPECT_THAT(seen.output, HasSubstr("\nSECRET=secret-value-9988\n"));
  EXPECT_THAT(seen.command_lines, Not(HasSubstr("plain-value-4411"))) << "ps shows it to every user of the host";
  EXPECT_THAT(seen.command_lines, Not(HasSubstr("secret-value-9988")));
}

TEST(Container, SEC_08_secrets_are_in_no_file_of_the_host) {
  auto object = replica("case $SECRET in secret-value-*) echo is there;; esac; " + std::string(kServe));
  object.secrets = protocol::Binary{kSecret};

  const auto seen = look(object);

  EXPECT_THAT(seen.output, HasSubstr("\nis there\n"));
  EXPECT_EQ(seen.files, "");
  EXPECT_TRUE(std::filesystem::is_empty(PodmanHost::instance().setup().variables_dir));
}

TEST(Container, images_that_start_as_root_give_files_away_and_become_another_user_run) {
  const std::string as_app = "/busybox start-stop-daemon -S -n whnone -a /busybox -c app:app -- ";
  const auto seen = look(replica(
      "/busybox mkdir -p /data /etc && echo 'app:x:1000:1000::/:/bin/sh' > /etc/passwd && "
      "echo 'app:x:1000:' > /etc/group && echo data > /data/f && "
      "/busybox chown -R 1000:1000 /data && /busybox chmod 700 /data && " +
      as_app +
      "sh -c 'echo as $(/busybox id -u):$(/busybox id -g); /busybox cat /data/f; "
      "/busybox grep CapEff /proc/self/status'; " +
      as_app +
      "sh -c '/busybox sleep 100 & echo $! > /data/pid'; /busybox kill $(/busybox cat /data/pid) && echo signalled; "
      "/busybox httpd -p 80 -u 1000:1000 -h /data; /busybox wget -q -O - http://127.0.0.1:80/f && echo low-port; " +
      std::string(kServe)));

  EXPECT_THAT(seen.output, HasSubstr("\nas 1000:1000\ndata\n"));
  EXPECT_THAT(seen.output, HasSubstr("CapEff:\t0000000000000000")) << "another user has no capability";
  EXPECT_THAT(seen.output, HasSubstr("\nsignalled\n"));
  EXPECT_THAT(seen.output, HasSubstr("low-port"));
}

TEST(Container, CTR_07_kernel_files_are_masked_or_read_only) {
  const auto seen = look(replica(
      "for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/vm/drop_caches /sys/kernel/uevent_helper "
      "/sys/fs/cgroup/memory/memory.limit_in_bytes /proc/sys/net/ipv4/ip_forward; do "
      "(echo x > $f) 2>/dev/null && echo wrote $f; done; "
      "/busybox cat /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug 2>/dev/null | /busybox head -c 10 | "
      "/busybox wc -c; "
      "/busybox mount -t tmpfs t /etc 2>/dev/null && echo mounted; /busybox ls /proc/1/root/ ; /busybox dmesg "
      "2>/dev/null | /busybox head -n 1; " +
      std::string(kServe)));

  EXPECT_THAT(seen.output, Not(HasSubstr("wrote ")));
  EXPECT_THAT(seen.output, HasSubstr("\n0\n"));
  EXPECT_THAT(seen.output, Not(HasSubstr("mounted")));
  EXPECT_THAT(seen.output, Not(HasSubstr("Linux version")));
}

}  // namespace
}  // namespace replicas

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "tests/integration/runtime/replica_tests.hpp"
#include "worker-agent/runtime/container_spec.hpp"
#include "worker-agent/runtime/leftovers.hpp"
#include "worker-agent/runtime/networks.hpp"
#include "worker-agent/runtime/sandboxes.hpp"

namespace replicas {
namespace {

TEST(RecoveredReplicas, a_container_outlives_a_killed_podman_service_and_is_watched_again) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = replica(kServe);
    co_await agent.apply({object});
    const auto before = co_await agent.eventually(object.replica_id, healthy);

    ::kill(agent.service().pid(), SIGKILL);
    while (agent.service().alive()) co_await async::sleep(std::chrono::milliseconds(2));
    auto other = replica(kServe);
    co_await agent.apply({object, other});

    EXPECT_TRUE(healthy(co_await agent.eventually(other.replica_id, healthy)));
    const auto still = co_await agent.podman().inspect(before.container_id, soon());
    EXPECT_EQ(still->status, runtime::ContainerStatus::running);
  });
}

TEST(RecoveredReplicas, a_podman_that_lives_and_says_nothing_is_started_anew) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    TestAgent agent(executor, {}, std::chrono::seconds(1));
    const auto object = replica(kServe);
    const auto other = replica(kServe);
    co_await agent.apply({object});
    const auto before = co_await agent.eventually(object.replica_id, healthy);
    const auto silent = agent.service().pid();

    ::kill(silent, SIGSTOP);
    co_await agent.apply({object, other});

    EXPECT_TRUE(healthy(co_await agent.eventually(other.replica_id, healthy, std::chrono::seconds(60))));
    EXPECT_NE(agent.service().pid(), silent);
    const auto still = co_await agent.podman().inspect(before.container_id, soon());
    EXPECT_EQ(still->status, runtime::ContainerStatus::running);
    co_await agent.apply({});
    co_await agent.eventually(object.replica_id, stopped);
    co_await agent.eventually(other.replica_id, stopped);
    co_await agent.stop();
  });
}

/// What is there when Podman is killed after it made the layers of a container and before it wrote the container down.
async::Task<void> make_half(base::ReplicaId replica) {
  auto& host = PodmanHost::instance();
  const auto written_down = host.setup().graph_root / "libpod" / "bolt_state.db";
  const auto before = host.setup().graph_root / "before.db";
  std::filesystem::copy_file(written_down, before);
  co_await host.tool_in(
      {"/usr/bin/podman", "create", "--name", runtime::container_name(replica), host.image(), "/busybox", "true"});
  std::filesystem::rename(before, written_down);
}

TEST(RecoveredReplicas, a_container_that_a_killed_podman_left_half_made_is_made_again) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = replica(kServe);
    const auto stranger = replica(kServe);
    co_await make_half(object.replica_id);
    co_await make_half(stranger.replica_id);

    co_await agent.apply({object});

    EXPECT_TRUE(healthy(co_await agent.eventually(
        object.replica_id, [](const auto& status) { return healthy(status) || failed(status); })));
    const auto patience = soon();
    auto left = co_await agent.podman().half_made(soon());
    while (!left->empty() && !patience.passed(PodmanHost::instance().clock())) {
      co_await async::sleep(std::chrono::milliseconds(20));
      left = co_await agent.podman().half_made(soon());
    }
    EXPECT_TRUE(left->empty()) << left->front().name;
  });
}

TEST(RecoveredReplicas,
     a_bridge_that_was_left_with_another_address_does_not_keep_the_next_container_from_being_reached) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    auto& host = PodmanHost::instance();
    const auto object = replica(kServe);
    const auto bridge = runtime::bridge_name(host.setup().installation, object.app_environment_id);
    const auto ip = [&host](std::vector<std::string> arguments) -> async::Task<void> {
      std::vector<std::string> argv{"/sbin/ip"};
      argv.insert(argv.end(), arguments.begin(), arguments.end());
      co_await host.tool_in(std::move(argv));
    };
    co_await ip({"link", "add", bridge, "type", "bridge"});
    co_await ip({"address", "add", "198.18.7.1/26", "dev", bridge});
    co_await ip({"link", "add", "whleft0", "type", "veth", "peer", "name", "whleft1"});
    co_await ip({"link", "set", "whleft0", "master", bridge, "up"});
    co_await ip({"link", "set", bridge, "up"});

    co_await agent.apply({object});

    EXPECT_TRUE(healthy(co_await agent.eventually(
        object.replica_id, [](const auto& status) { return healthy(status) || failed(status); },
        std::chrono::seconds(60))));
    EXPECT_FALSE(std::filesystem::exists("/sys/class/net/whleft1"));
  });
}

/// A network namespace with an end on `bridge`, held by a mount among Podman's, as Podman makes one for a container; in
/// it lives one process, which does nothing.
class Sandbox {
 public:
  static async::Task<std::unique_ptr<Sandbox>> plant(std::string bridge, std::string name) {
    auto sandbox = std::make_unique<Sandbox>(std::move(name));
    const auto port = sandbox->port();
    co_await ip(
        {"link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", std::to_string(sandbox->inhabitant_)});
    co_await ip({"link", "set", port, "master", std::move(bridge), "up"});
    co_return sandbox;
  }

  explicit Sandbox(std::string name) : name_(std::move(name)) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    inhabitant_ = ::fork();
    if (inhabitant_ == 0) {
      const char done = ::unshare(CLONE_NEWNET) == 0 ? 'y' : 'n';
      static_cast<void>(::write(ready[1], &done, 1));
      ::pause();
      ::_exit(0);
    }
    char done = 'n';
    static_cast<void>(::read(ready[0], &done, 1));
    ::close(ready[0]);
    ::close(ready[1]);
    std::ofstream(file()) << "";
    const auto space = "/proc/" + std::to_string(inhabitant_) + "/ns/net";
    if (done != 'y' || ::mount(space.c_str(), file().c_str(), "none", MS_BIND, nullptr) != 0) {
      throw std::runtime_error("no network namespace");
    }
  }
  ~Sandbox() {
    depopulate();
    ::umount2(file().c_str(), MNT_DETACH);
    std::error_code ignored;
    std::filesystem::remove(file(), ignored);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  void depopulate() {
    if (inhabitant_ <= 0) return;
    ::kill(inhabitant_, SIGKILL);
    ::waitpid(inhabitant_, nullptr, 0);
    inhabitant_ = 0;
  }
  std::string port() const { return "whs" + name_; }
  std::filesystem::path file() const { return "/run/netns/netns-whs" + name_; }
  bool has_port() const { return std::filesystem::exists("/sys/class/net/" + port()); }

 private:
  static async::Task<void> ip(std::vector<std::string> argv) {
    argv.insert(argv.begin(), "/sbin/ip");
    co_await PodmanHost::instance().tool_in(std::move(argv));
  }

  std::string name_;
  pid_t inhabitant_{0};
};

/// How many containers hang on that bridge.
std::ptrdiff_t ports_of(const std::string& bridge) {
  const std::filesystem::directory_iterator ports("/sys/class/net/" + bridge + "/brif");
  return std::distance(begin(ports), end(ports));
}

async::Task<void> drop_left_sandboxes(TestAgent& agent) {
  const auto dropped = co_await runtime::drop_left_sandboxes(PodmanHost::instance().pool(), agent.podman(),
                                                             PodmanHost::instance().setup(), soon());
  EXPECT_TRUE(dropped) << dropped.error().message;
}

TEST(RecoveredReplicas, what_a_disturbed_podman_left_on_a_living_bridge_goes_when_podman_is_back) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = replica(kServe);
    co_await agent.apply({object});
    const auto before = co_await agent.eventually(object.replica_id, healthy);
    const auto bridge = runtime::bridge_name(PodmanHost::instance().setup().installation, object.app_environment_id);
    const auto left = co_await Sandbox::plant(bridge, "left");
    left->depopulate();
    EXPECT_EQ(ports_of(bridge), 2);

    ::kill(agent.service().pid(), SIGKILL);
    // Its mount is the last of it that goes.
    const auto patience = soon();
    while (std::filesystem::exists(left->file()) && !patience.passed(PodmanHost::instance().clock())) {
      co_await async::sleep(std::chrono::milliseconds(50));
    }

    EXPECT_EQ(ports_of(bridge), 1);
    EXPECT_FALSE(left->has_port());
    EXPECT_FALSE(std::filesystem::exists(left->file()));
    const auto still = co_await agent.podman().inspect(before.container_id, soon());
    EXPECT_EQ(still->status, runtime::ContainerStatus::running);
    EXPECT_TRUE(std::filesystem::exists(still->sandbox)) << still->sandbox;
  });
}

TEST(RecoveredReplicas, a_bridge_keeps_the_end_behind_which_a_process_lives) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = replica(kServe);
    co_await agent.apply({object});
    co_await agent.eventually(object.replica_id, healthy);
    const auto bridge = runtime::bridge_name(PodmanHost::instance().setup().installation, object.app_environment_id);
    const auto inhabited = co_await Sandbox::plant(bridge, "lives");

    co_await drop_left_sandboxes(agent);

    EXPECT_TRUE(inhabited->has_port());
    EXPECT_EQ(ports_of(bridge), 2);
  });
}

TEST(RecoveredReplicas, a_bridge_keeps_the_end_of_a_container_that_podman_knows_though_no_process_lives_behind_it) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = replica(kServe);
    co_await agent.apply({object});
    const auto serving = co_await agent.eventually(object.replica_id, healthy);
    const auto bridge = runtime::bridge_name(PodmanHost::instance().setup().installation, object.app_environment_id);
    const auto info = co_await agent.podman().inspect(serving.container_id, soon());
    co_await agent.stop();
    // Without conmon nobody tells Podman that the container ended, and it keeps what the container had.
    ::kill(info->conmon_pid, SIGKILL);
    ::kill(info->pid, SIGKILL);
    while (::kill(info->pid, 0) == 0) co_await async::sleep(std::chrono::milliseconds(2));

    co_await drop_left_sandboxes(agent);

    EXPECT_EQ(ports_of(bridge), 1);
    EXPECT_TRUE(std::filesystem::exists(info->sandbox)) << info->sandbox;
    co_await agent.podman().remove(serving.container_id, soon());
  });
}

/// `iptables -t nat …`
async::Task<void> change_nat(std::vector<std::string> arguments) {
  std::vector<std::string> argv{"/usr/sbin/iptables", "--wait", "5", "-t", "nat"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  co_await PodmanHost::instance().tool_in(std::move(argv));
}

/// A forwarding rule of a container that there is not, before all others of that port.
async::Task<void> plant_rule(int port) {
  const std::string dport = std::to_string(port);
  co_await change_nat({"-N", "NETAVARK-DN-WHTESTLEFT"});
  co_await change_nat({"-A", "NETAVARK-DN-WHTESTLEFT", "-p", "tcp", "--dport", dport, "-j", "DNAT", "--to-destination",
                       "198.51.100.1:8080"});
  co_await change_nat({"-I", "NETAVARK-HOSTPORT-DNAT", "-p", "tcp", "--dport", dport, "-m", "comment", "--comment",
                       "dnat name: left id: " + std::string(64, '0'), "-j", "NETAVARK-DN-WHTESTLEFT"});
}

TEST(RecoveredReplicas, a_rule_that_a_killed_podman_left_goes_when_podman_is_back) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    const auto object = replica(kServe);
    const int free = testing_host::free_port();
    TestAgent agent(executor, {free, free});
    co_await agent.apply({object});
    co_await agent.eventually(object.replica_id, healthy);
    // Two looks are still to come since the agent began: the third rule is found because Podman was killed.
    for (int kills = 0; kills < 3; ++kills) {
      co_await plant_rule(free);
      ::kill(agent.service().pid(), SIGKILL);
      const auto patience = soon();
      std::string rules;
      do {
        co_await async::sleep(std::chrono::milliseconds(50));
        rules = co_await PodmanHost::instance().tool_in({"/usr/sbin/iptables-save", "-t", "nat"});
      } while (rules.find("WHTESTLEFT") != std::string::npos && !patience.passed(PodmanHost::instance().clock()));
      EXPECT_EQ(rules.find("WHTESTLEFT"), std::string::npos) << rules;
    }
    co_await agent.apply({});
    co_await agent.eventually(object.replica_id, stopped);
    co_await agent.stop();
  });
}

TEST(RecoveredReplicas, a_rule_that_a_killed_podman_left_does_not_lead_the_port_of_the_next_container_astray) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    const auto object = replica(kServe);
    const int port = object.publish.port;
    TestAgent agent(executor, {port, port});
    co_await agent.apply({object});
    const auto before = co_await agent.eventually(object.replica_id, healthy);
    const auto info = co_await agent.podman().inspect(before.container_id, soon());
    co_await plant_rule(port);

    ::kill(info->conmon_pid, SIGKILL);
    const auto after = co_await agent.eventually(object.replica_id, [&](const auto& status) {
      return healthy(status) && status.container_id != before.container_id;
    });

    EXPECT_TRUE(healthy(after)) << after.phase << " " << after.reason;
    co_await agent.apply({});
    co_await agent.eventually(object.replica_id, stopped);
    co_await agent.stop();
  });
}

/// The control group of a container, as the kernel shows it.
std::filesystem::path group_of(const std::string& container) {
  const auto path = PodmanHost::instance().setup().cgroup_parent + "/libpod-" + container;
  const bool one = std::filesystem::exists("/sys/fs/cgroup/pids");
  return (one ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup") + path;
}

/// What Podman leaves that is killed between its runtime's `create` and its own record of that: a process in a group.
pid_t plant_stray(const std::string& container) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::pause();
    ::_exit(0);
  }
  std::filesystem::create_directories(group_of(container));
  std::ofstream(group_of(container) / "cgroup.procs") << pid;
  std::filesystem::create_directories("/run/crun/" + container);
  return pid;
}

TEST(RecoveredReplicas, a_process_whose_container_podman_does_not_know_is_ended_and_no_other) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = replica(kServe);
    co_await agent.apply({object});
    const auto serving = co_await agent.eventually(object.replica_id, healthy);
    const std::string stray(64, 'e');
    const pid_t process = plant_stray(stray);

    const auto dropped = co_await runtime::drop_leftovers(PodmanHost::instance().setup(), {}, soon());

    EXPECT_TRUE(dropped);
    int status = 0;
    EXPECT_EQ(::waitpid(process, &status, WNOHANG), process);
    ::kill(process, SIGKILL);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_FALSE(std::filesystem::exists(group_of(stray)));
    EXPECT_FALSE(std::filesystem::exists("/run/crun/" + stray));
    const auto still = co_await agent.podman().inspect(serving.container_id, soon());
    EXPECT_EQ(still->status, runtime::ContainerStatus::running);
  });
}

TEST(RecoveredReplicas, a_container_whose_conmon_was_killed_is_made_anew) {
  with_agent([](TestAgent& agent) -> async::Task<void> {
    const auto object = replica(kServe);
    co_await agent.apply({object});
    const auto before = co_await agent.eventually(object.replica_id, healthy);
    const auto info = co_await agent.podman().inspect(before.container_id, soon());

    ::kill(info->conmon_pid, SIGKILL);
    const auto after = co_await agent.eventually(object.replica_id, [&](const auto& status) {
      return healthy(status) && status.container_id != before.container_id;
    });

    EXPECT_TRUE(healthy(after)) << after.phase << " " << after.reason;
    EXPECT_NE(after.container_id, before.container_id);
  });
}

TEST(RecoveredReplicas, containers_that_no_assignment_names_are_removed) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    const auto object = replica(kServe);
    {
      TestAgent first(executor);
      co_await first.apply({object});
      co_await first.eventually(object.replica_id, healthy);
      co_await first.stop();
    }

    TestAgent second(executor);
    co_await second.apply({});
    std::size_t left = 1;
    for (const auto until = soon(); left > 0 && !until.passed(PodmanHost::instance().clock());) {
      co_await async::sleep(std::chrono::milliseconds(20));
      left = (co_await second.podman().list(runtime::kLabelReplica, "", soon()))->size();
    }

    EXPECT_EQ(left, 0U);
    co_await second.stop();
  });
}

}  // namespace
}  // namespace replicas

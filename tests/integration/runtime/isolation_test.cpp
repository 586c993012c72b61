#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/files.hpp"
#include "common/base/unique_fd.hpp"
#include "tests/integration/runtime/podman_host.hpp"
#include "worker-agent/host/tar.hpp"
#include "worker-agent/logs/k8s_log.hpp"
#include "worker-agent/runtime/container_spec.hpp"
#include "worker-agent/runtime/networks.hpp"

namespace replicas {
namespace {

using testing_host::kServe;
using testing_host::PodmanHost;
using testing_host::replica;
using testing_host::TestAgent;

bool healthy(const agent::ReplicaObservation& status) {
  return status.phase == "running" && status.health == "healthy";
}

/// A listener on all addresses of the host, which an app must not reach.
struct HostListener {
  HostListener() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd.get(), 16), 0);
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  base::UniqueFd fd;
  std::uint16_t port{0};
};

/// The host's first IPv4 address that is neither loopback nor a bridge of ours.
std::string host_address() {
  ifaddrs* all = nullptr;
  std::string found = "127.0.0.1";
  if (::getifaddrs(&all) != 0) return found;
  for (const auto* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    const std::string name = one->ifa_name;
    if (name == "lo" || name.starts_with("whn")) continue;
    char text[INET_ADDRSTRLEN];
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr, text, sizeof text);
    found = text;
    break;
  }
  ::freeifaddrs(all);
  return found;
}

async::Task<std::string> address_of(std::string container) {
  auto text =
      co_await PodmanHost::instance().tool_in({"/usr/bin/podman", "inspect", "--format",
                                               "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container});
  while (!text.empty() && text.back() == '\n') text.pop_back();
  co_return text;
}

std::string attempt(const std::string& name, const std::string& address, int port) {
  return "if /busybox nc -w 1 " + address + " " + std::to_string(port) + " </dev/null >/dev/null 2>&1; then echo " +
         name + " reached; else echo " + name + " blocked; fi; ";
}

TEST(Isolation, the_gateway_keeps_its_hardware_address_while_replicas_come_and_go) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    auto& host = PodmanHost::instance();
    TestAgent agent(executor);
    const auto object = replica(kServe);
    const auto bridge = runtime::bridge_name(host.setup().installation, object.app_environment_id);
    const auto address = [bridge] { return base::blocking_read_file("/sys/class/net/" + bridge + "/address"); };
    co_await agent.apply({object});
    EXPECT_TRUE(healthy(co_await agent.eventually(object.replica_id, healthy)));
    const auto before = address();

    co_await host.tool_in({"/sbin/ip", "link", "add", "name", "whnlowest", "address", "02:00:00:00:00:01", "master",
                           bridge, "type", "veth"});
    const auto beside = address();
    co_await host.tool_in({"/sbin/ip", "link", "del", "dev", "whnlowest"});

    EXPECT_EQ(beside, before);
    EXPECT_EQ(address(), before);
    co_await agent.apply({});
    co_await agent.stop();
  });
}

TEST(Isolation, an_app_reaches_its_own_network_and_neither_the_host_nor_other_apps) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    const HostListener listener;
    TestAgent agent(executor);
    const auto neighbour = replica(kServe);
    const auto stranger = replica(kServe);
    co_await agent.apply({neighbour, stranger});
    const auto near = co_await agent.eventually(neighbour.replica_id, healthy);
    const auto far = co_await agent.eventually(stranger.replica_id, healthy);
    const auto near_address = co_await address_of(near.container_id);
    const auto far_address = co_await address_of(far.container_id);
    const auto gateway = near_address.substr(0, near_address.rfind('.')) + ".1";
    auto prober = replica("/busybox sleep 0.3; " + attempt("neighbour", near_address, 8080) +
                          attempt("stranger", far_address, 8080) + attempt("host", host_address(), listener.port) +
                          attempt("gateway", gateway, listener.port) +
                          attempt("published", host_address(), stranger.publish.port) +
                          attempt("metadata", "169.254.169.254", 80) + "echo done; " + kServe);
    prober.app_environment_id = neighbour.app_environment_id;

    co_await agent.apply({neighbour, stranger, prober});
    EXPECT_TRUE(healthy(co_await agent.eventually(prober.replica_id, healthy)));
    const auto lines =
        logs::blocking_last_lines(runtime::container_log(PodmanHost::instance().setup(), prober.replica_id), 0, 8);

    EXPECT_EQ(lines,
              (std::vector<std::string>{"neighbour reached", "stranger blocked", "host blocked", "gateway blocked",
                                        "published blocked", "metadata blocked", "done", "listening"}));
    agent.look_from_here();
    co_await agent.apply({});
    for (const auto& object : {neighbour, stranger, prober}) {
      co_await agent.eventually(object.replica_id, [](const auto& status) { return status.phase == "stopped"; });
    }
    co_await agent.stop();
  });
}

/// Whether `address` answers a ping from inside a container's network. Sent as root from beside the app, which may not
/// send any itself.
async::Task<bool> answers_ping(std::string container, std::string address) {
  auto& host = PodmanHost::instance();
  auto pid = co_await host.tool_in({"/usr/bin/podman", "inspect", "--format", "{{.State.Pid}}", container});
  while (pid.ends_with('\n')) pid.pop_back();
  const auto said = co_await host.tool_in(
      {"/usr/bin/nsenter", "--net=/proc/" + pid + "/ns/net", "/bin/sh", "-c",
       "/bin/busybox ping -c 2 -W 1 " + address + " >/dev/null 2>&1 && echo answers || echo silent"});
  co_return said.starts_with("answers");
}

TEST(Isolation, ISO_03_a_ping_reaches_ones_own_network_and_no_other_apps) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    TestAgent agent(executor);
    const auto one = replica(kServe);
    auto neighbour = replica(kServe);
    neighbour.app_environment_id = one.app_environment_id;
    const auto stranger = replica(kServe);
    co_await agent.apply({one, neighbour, stranger});
    const auto self = co_await agent.eventually(one.replica_id, healthy);
    const auto near = co_await agent.eventually(neighbour.replica_id, healthy);
    const auto far = co_await agent.eventually(stranger.replica_id, healthy);

    const auto near_address = co_await address_of(near.container_id);
    const auto far_address = co_await address_of(far.container_id);
    const bool to_neighbour = co_await answers_ping(self.container_id, near_address);
    const bool to_stranger = co_await answers_ping(self.container_id, far_address);
    const bool to_host = co_await answers_ping(self.container_id, host_address());

    EXPECT_TRUE(to_neighbour) << "the ping itself works";
    EXPECT_FALSE(to_stranger);
    EXPECT_FALSE(to_host);
    co_await agent.apply({});
    co_await agent.stop();
  });
}

TEST(Isolation, an_image_that_gave_up_root_is_not_given_it_back) {
  auto& host = PodmanHost::instance();
  host.run([&host](boost::asio::any_io_executor executor) -> async::Task<void> {
    TestAgent agent(executor);
    const auto archive = host.setup().env.at("TMPDIR") + "/nobody.tar";
    base::blocking_write_file(archive, host::tar_with_one_file("busybox", base::blocking_read_file("/bin/busybox")),
                              0600);
    const std::string name = "localhost/test/nobody";
    co_await host.tool_in({"/usr/bin/podman", "import", "--quiet", "--change", "USER 1000", archive, name + ":1"});
    auto digest =
        co_await host.tool_in({"/usr/bin/podman", "image", "inspect", "--format", "{{.Digest}}", name + ":1"});
    while (digest.ends_with('\n')) digest.pop_back();
    auto object = replica(
        "/busybox grep -E 'Uid|CapEff|CapBnd|CapAmb' /proc/self/status; echo listening; "
        "exec /busybox httpd -f -p 8080 -h /");
    object.image = name + "@" + digest;

    co_await agent.apply({object});
    EXPECT_TRUE(healthy(co_await agent.eventually(object.replica_id, healthy)));
    const auto lines = logs::blocking_last_lines(runtime::container_log(host.setup(), object.replica_id), 0, 5);

    // NET_BIND_SERVICE is 10
    EXPECT_EQ(lines, (std::vector<std::string>{"Uid:\t1000\t1000\t1000\t1000", "CapEff:\t0000000000000400",
                                               "CapBnd:\t0000000000000400", "CapAmb:\t0000000000000400", "listening"}));
    agent.look_from_here();
    co_await agent.apply({});
    co_await agent.eventually(object.replica_id, [](const auto& status) { return status.phase == "stopped"; });
    co_await agent.stop();
  });
}

}  // namespace
}  // namespace replicas

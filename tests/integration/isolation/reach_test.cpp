// Whom code of strangers reaches from inside a container of an app.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/runtime/podman_host.hpp"
#include "tests/support/forbidden_places.hpp"
#include "worker-agent/logs/k8s_log.hpp"
#include "worker-agent/runtime/container_spec.hpp"

namespace replicas {
namespace {

using testing_host::kServe;
using testing_host::PodmanHost;
using testing_host::replica;
using testing_host::TestAgent;

bool healthy(const agent::ReplicaObservation& status) {
  return status.phase == "running" && status.health == "healthy";
}

async::Task<std::string> address_of(std::string container) {
  auto text =
      co_await PodmanHost::instance().tool_in({"/usr/bin/podman", "inspect", "--format",
                                               "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container});
  while (!text.empty() && text.back() == '\n') text.pop_back();
  co_return text;
}

std::string attempt(const std::string& name, const std::string& address, int port) {
  return "/busybox nc -w 1 " + address + " " + std::to_string(port) + " </dev/null >/dev/null 2>&1 && echo reached " +
         name + "; ";
}

TEST(Reach, ISO_03_the_mesh_metadata_the_hosts_services_and_other_apps_are_out_of_reach) {
  PodmanHost::instance().run([](boost::asio::any_io_executor executor) -> async::Task<void> {
    const support::ForbiddenPlaces places;
    TestAgent agent(executor);
    const auto neighbour = replica(kServe);
    const auto stranger = replica(kServe);
    co_await agent.apply({neighbour, stranger});
    const auto near = co_await agent.eventually(neighbour.replica_id, healthy);
    const auto far = co_await agent.eventually(stranger.replica_id, healthy);
    const auto near_address = co_await address_of(near.container_id);
    const auto far_address = co_await address_of(far.container_id);
    const auto gateway = near_address.substr(0, near_address.rfind('.')) + ".1";
    const auto far_gateway = far_address.substr(0, far_address.rfind('.')) + ".1";
    std::string script = "/busybox sleep 0.3; " + attempt("neighbour", near_address, 8080);
    for (const auto& [name, address] : places.places({gateway, far_gateway, "127.0.0.1"})) {
      EXPECT_TRUE(places.reachable(address)) << name << ": the trap itself works";
      script += attempt(name, address, places.port());
      script += attempt(name + "-published", address, stranger.publish.port);
    }
    static_cast<void>(places.visitors());
    script += attempt("stranger", far_address, 8080) + "echo done; " + std::string(kServe);
    auto prober = replica(script);
    prober.app_environment_id = neighbour.app_environment_id;

    co_await agent.apply({neighbour, stranger, prober});
    EXPECT_TRUE(healthy(co_await agent.eventually(prober.replica_id, healthy, std::chrono::seconds(60))));
    const auto lines =
        logs::blocking_last_lines(runtime::container_log(PodmanHost::instance().setup(), prober.replica_id), 0, 40);

    EXPECT_EQ(lines, (std::vector<std::string>{"reached neighbour", "done", "listening"}));
    EXPECT_EQ(places.visitors(), 0);
    agent.look_from_here();
    co_await agent.apply({});
    for (const auto& object : {neighbour, stranger, prober}) {
      co_await agent.eventually(object.replica_id, [](const auto& status) { return status.phase == "stopped"; });
    }
    co_await agent.stop();
  });
}

}  // namespace
}  // namespace replicas

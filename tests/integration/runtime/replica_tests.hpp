#pragma once

#include <functional>

#include "common/async/timer.hpp"
#include "tests/integration/runtime/podman_host.hpp"

/// What the tests of replicas on a real Podman share.
namespace replicas {

using agent::ReplicaObservation;
using testing_host::kServe;
using testing_host::PodmanHost;
using testing_host::replica;
using testing_host::TestAgent;

inline bool healthy(const ReplicaObservation& status) {
  return status.phase == "running" && status.health == "healthy";
}
inline bool failed(const ReplicaObservation& status) {
  return status.phase == "failed";
}
inline bool stopped(const ReplicaObservation& status) {
  return status.phase == "stopped";
}

inline base::Deadline soon() {
  return base::Deadline::after(PodmanHost::instance().clock(), std::chrono::seconds(30));
}

/// One test's body, with an agent that is stopped after it; its containers are removed.
inline void with_agent(std::function<async::Task<void>(TestAgent&)> body) {
  PodmanHost::instance().run([body](boost::asio::any_io_executor executor) -> async::Task<void> {
    TestAgent agent(executor);
    co_await body(agent);
    const auto known = agent.manager().observations();
    agent.look_from_here();
    co_await agent.apply({});
    for (const auto& status : known) {
      if (!stopped(status)) co_await agent.eventually(status.replica_id, stopped);
    }
    co_await agent.stop();
  });
}

}  // namespace replicas

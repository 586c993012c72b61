#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/task_group.hpp"
#include "worker-agent/host/containers.hpp"
#include "worker-agent/replicas/replica_manager.hpp"
#include "worker-agent/runtime/images.hpp"
#include "worker-agent/runtime/podman.hpp"
#include "worker-agent/runtime/podman_service.hpp"

namespace testing_host {

/// A worker's host of its own: state and run directories, Podman store, service, packet rules. One a test program;
/// taken down, with everything that was made, when it ends.
class PodmanHost {
 public:
  static PodmanHost& instance();
  PodmanHost();
  ~PodmanHost();

  const host::ContainerSetup& setup() const { return setup_; }
  /// `registry/repository@sha256:…` of an image that holds /busybox only, and has no command.
  const std::string& image() const { return image_; }
  async::BlockingPool& pool() { return pool_; }
  const base::Clock& clock() const { return clock_; }

  /// Runs `task` to its end on a fresh loop.
  void run(std::function<async::Task<void>(boost::asio::any_io_executor)> task);
  /// Runs a program with this host's Podman environment; standard output.
  std::string tool(std::vector<std::string> argv);
  /// The same from inside a loop.
  async::Task<std::string> tool_in(std::vector<std::string> argv);

 private:
  base::SystemClock clock_;
  std::vector<std::unique_ptr<boost::asio::io_context>> loops_;
  async::BlockingPool pool_{2, "test"};
  std::string state_dir_;
  std::string runtime_dir_;
  host::ContainerSetup setup_;
  std::string image_;
};

/// An agent of that host, as far as replicas go. Making a second one is what an agent's restart is.
class TestAgent {
 public:
  /// `ports`: where forwarding rules that Podman left may be removed; by default nowhere.
  explicit TestAgent(boost::asio::any_io_executor executor, text::PortRange ports = {},
                     base::Duration patience = std::chrono::seconds(30));
  ~TestAgent();

  runtime::Podman& podman() { return podman_; }
  runtime::PodmanService& service() { return service_; }
  replicas::ReplicaManager& manager() { return manager_; }

  /// Hands over the whole set, as the link does.
  async::Task<agent::ApplyResult> apply(std::vector<protocol::ReplicaObject> objects, bool shrink = true);
  /// Waits until the newest status of `replica` satisfies `condition`; the last seen status either way.
  async::Task<agent::ReplicaObservation> eventually(base::ReplicaId replica,
                                                    std::function<bool(const agent::ReplicaObservation&)> condition,
                                                    base::Duration at_most = std::chrono::seconds(20));
  /// `eventually` does not look at what came before this.
  void look_from_here() { first_ = statuses_.size(); }
  /// All statuses so far, oldest first.
  const std::vector<agent::ReplicaObservation>& statuses() const { return statuses_; }
  async::Task<void> stop();

 private:
  struct NoTokens final : agent::RegistryTokens {
    async::Task<base::Result<std::string>> push_token(std::string /*repository*/) override {
      co_return base::fail(base::ErrorKind::forbidden, "registry.denied", "nothing is pushed here");
    }
    async::Task<base::Result<std::string>> pull_token(std::string /*repository*/) override {
      co_return std::string("token");
    }
  };

  NoTokens tokens_;
  runtime::Podman podman_;
  runtime::PodmanService service_;
  runtime::Images images_;
  std::vector<agent::ReplicaObservation> statuses_;
  std::size_t first_{0};
  replicas::ReplicaManager manager_;
  async::TaskGroup tasks_;
};

/// A port of 127.0.0.1 on which nobody listens now.
std::uint16_t free_port();

/// A replica of a fresh app environment on a free port of 127.0.0.1, running `script` in busybox' shell.
protocol::ReplicaObject replica(const std::string& script);

/// Serves HTTP 200 at / on port 8080.
inline constexpr const char* kServe =
    "/busybox mkdir -p /www && echo hi > /www/index.html && echo listening && exec /busybox httpd -f -p 8080 -h /www";

}  // namespace testing_host

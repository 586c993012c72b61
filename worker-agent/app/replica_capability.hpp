#pragma once

#include <memory>

#include "common/async/blocking_pool.hpp"
#include "common/async/task_group.hpp"
#include "worker-agent/link/link.hpp"
#include "worker-agent/replicas/replica_manager.hpp"
#include "worker-agent/runtime/images.hpp"
#include "worker-agent/runtime/podman.hpp"
#include "worker-agent/runtime/podman_service.hpp"

namespace agent {

/// Capability `run`: Podman and the replicas on it. The manager is made with the first assignment, when the worker's id
/// (the label of its containers) is known.
class ReplicaCapability final : public AssignmentHandler {
 public:
  ReplicaCapability(boost::asio::any_io_executor executor, const host::ContainerSetup& setup, async::BlockingPool& pool,
                    const base::Clock& clock, std::string registry_address, text::PortRange ports);

  /// The link exists only after its handlers: called once, before it runs.
  void bind(Link& link) { link_ = &link; }

  async::Task<ApplyResult> apply(std::vector<ObjectBody> objects, bool shrink) override;
  bool is_here(base::ReplicaId replica) const { return manager_ && manager_->is_here(replica); }
  /// What runs now; empty before the first assignment.
  std::vector<replicas::ReplicaManager::Running> running() const {
    return manager_ ? manager_->running() : std::vector<replicas::ReplicaManager::Running>{};
  }
  async::Task<void> stop();

 private:
  /// Tokens from the link, which is bound later.
  class Tokens final : public RegistryTokens {
   public:
    explicit Tokens(ReplicaCapability& owner) : owner_(owner) {}
    async::Task<base::Result<std::string>> pull_token(std::string repository) override;
    async::Task<base::Result<std::string>> push_token(std::string repository) override;

   private:
    ReplicaCapability& owner_;
  };
  void make_manager();

  boost::asio::any_io_executor executor_;
  const host::ContainerSetup& setup_;
  async::BlockingPool& pool_;
  const base::Clock& clock_;
  text::PortRange ports_;
  runtime::Podman podman_;
  runtime::PodmanService service_;
  Tokens tokens_;
  runtime::Images images_;
  Link* link_{nullptr};
  std::unique_ptr<replicas::ReplicaManager> manager_;
  async::TaskGroup tasks_;
};

}  // namespace agent

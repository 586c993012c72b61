#include "worker-agent/app/replica_capability.hpp"

#include "common/json/json.hpp"

namespace agent {
namespace {

base::Result<std::map<std::string, std::string>> open_secrets(const Link& link, const std::string& sealed) {
  TRY_ASSIGN(const auto plain, link.open_sealed(sealed));
  return json::decode<std::map<std::string, std::string>>(plain.reveal(), json::Unknown::ignore);
}

}  // namespace

ReplicaCapability::ReplicaCapability(boost::asio::any_io_executor executor, const host::ContainerSetup& setup,
                                     async::BlockingPool& pool, const base::Clock& clock, std::string registry_address,
                                     text::PortRange ports)
    : executor_(executor),
      setup_(setup),
      pool_(pool),
      clock_(clock),
      ports_(ports),
      podman_(executor, setup.socket, clock),
      service_(pool, podman_, setup, clock),
      tokens_(*this),
      images_(executor, podman_, tokens_, setup, clock,
              {.plain_http_registries = {std::move(registry_address)}, .pull_timeout = std::chrono::minutes(10)}),
      tasks_(executor) {}

async::Task<base::Result<std::string>> ReplicaCapability::Tokens::pull_token(std::string repository) {
  co_return co_await owner_.link_->registry_tokens().pull_token(std::move(repository));
}

async::Task<base::Result<std::string>> ReplicaCapability::Tokens::push_token(std::string repository) {
  co_return co_await owner_.link_->registry_tokens().push_token(std::move(repository));
}

void ReplicaCapability::make_manager() {
  manager_ = std::make_unique<replicas::ReplicaManager>(replicas::Surroundings{
      .executor = executor_,
      .pool = pool_,
      .clock = clock_,
      .setup = setup_,
      .podman = podman_,
      .service = service_,
      .images = images_,
      .worker = link_->worker_id(),
      .ports = ports_,
      .open_secrets = [this](const std::string& sealed) { return open_secrets(*link_, sealed); },
      .on_status = link_->status_sink(),
  });
  tasks_.spawn("replicas", manager_->run());
}

async::Task<ApplyResult> ReplicaCapability::apply(std::vector<ObjectBody> objects, bool shrink) {
  if (!manager_) make_manager();
  co_return co_await manager_->apply(std::move(objects), shrink);
}

async::Task<void> ReplicaCapability::stop() {
  tasks_.cancel();
  images_.cancel();
  co_await tasks_.join(base::Deadline::after(clock_, std::chrono::milliseconds(800)));
  if (manager_) co_await manager_->stop();
}

}  // namespace agent

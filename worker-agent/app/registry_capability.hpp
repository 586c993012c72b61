#pragma once

#include <memory>

#include "common/async/blocking_pool.hpp"
#include "worker-agent/builds/build_runner.hpp"
#include "worker-agent/link/link.hpp"
#include "worker-agent/registry/registry_server.hpp"

namespace agent {

/// Capability `registry`: the image store, once the control plane's authority is known, with the base image in it.
class RegistryCapability {
 public:
  struct Options {
    std::filesystem::path folder;
    std::string host;
    std::uint16_t port{7050};
    std::string hub_url;
  };
  RegistryCapability(Options options, async::BlockingPool& pool, const base::Clock& clock)
      : options_(std::move(options)), pool_(pool), clock_(clock) {}

  void bind(Link& link) { link_ = &link; }
  /// Starts it, seeds it, heals it; ends by cancellation. The registry goes on running.
  async::Task<void> run();
  /// True once images can be pushed to it and pulled from it.
  bool ready() const { return ready_; }
  /// Null until the control plane was reached once.
  registry::RegistryServer* server() const { return server_.get(); }

 private:
  async::Task<base::Result<void>> tick();

  Options options_;
  async::BlockingPool& pool_;
  const base::Clock& clock_;
  Link* link_{nullptr};
  std::unique_ptr<registry::RegistryServer> server_;
  bool seeded_{false};
  bool ready_{false};
};

/// Builds wait for the registry of this host, which they push to, for at most 30 s.
class BuildsAfterRegistry final : public JobRunner {
 public:
  BuildsAfterRegistry(JobRunner& builds, const RegistryCapability* registry) : builds_(builds), registry_(registry) {}
  std::string kind() const override { return builds_.kind(); }
  async::Task<JobOutcome> run(Job job, JobSink& sink) override;
  std::shared_ptr<StreamSource> reopen_log(base::JobId job, int attempt,
                                           const boost::asio::any_io_executor& executor) const override {
    return builds_.reopen_log(job, attempt, executor);
  }
  void forget_log(base::JobId job, int attempt) const override { builds_.forget_log(job, attempt); }

 private:
  JobRunner& builds_;
  const RegistryCapability* registry_;  ///< null where another host keeps the images
};

}  // namespace agent

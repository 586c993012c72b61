#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/base/clock.hpp"
#include "worker-agent/builds/network.hpp"
#include "worker-agent/builds/spool.hpp"
#include "worker-agent/builds/stores.hpp"
#include "worker-agent/builds/upload_source.hpp"
#include "worker-agent/builds/workshop.hpp"
#include "worker-agent/link/capability.hpp"

namespace builds {

/// Beneath which the control groups of an installation's builds are, from the root of each tree.
std::string control_group(const std::string& installation);

struct BuilderOptions {
  std::filesystem::path jail_program;       ///< wh-jail
  std::filesystem::path state_folder;       ///< ours alone: work, stores, spool
  std::string installation;                 ///< 8 hexadecimal digits; names the control groups
  std::vector<std::string> host_resolvers;  ///< name servers for git (host::HostState::resolvers)
  std::uint32_t first_uid{1'000'000'000};
  OpenSealed open_sealed{};  ///< nothing: builds with variables are refused
  ReadUpload read_upload{};  ///< nothing: folders that were sent are not built
};

/// Runs build jobs: source → build → push, each in throw-away jails, their output in a spool file. Any number at a
/// time, one per app environment (a second one waits). Main thread; `network.ensure()` was awaited before the first
/// job.
class BuildRunner final : public agent::JobRunner {
 public:
  /// Removes what builds of an earlier process left (work folders, control groups, logs over 7 days old); what
  /// cannot be removed is logged and stays. Blocks.
  BuildRunner(BuilderOptions options, BuildNetwork& network, async::BlockingPool& pool, const base::Clock& clock);

  std::string kind() const override { return "build"; }
  async::Task<agent::JobOutcome> run(agent::Job job, agent::JobSink& sink) override;

  std::shared_ptr<agent::StreamSource> reopen_log(base::JobId job, int attempt,
                                                  const boost::asio::any_io_executor& executor) const override;
  void forget_log(base::JobId job, int attempt) const override;

 private:
  class Turn;
  struct Ending {
    agent::JobOutcome outcome;
    bool clean{false};  ///< every tool ended by itself
  };

  async::Task<Ending> build(const agent::Job& job, const BuildSpec& spec, BuildLog& log, agent::JobSink& sink);
  async::Task<Ending> guarded_steps(Workshop& shop, agent::JobSink& sink);
  async::Task<agent::JobOutcome> steps(Workshop& shop, agent::JobSink& sink);
  async::Task<void> wait_for_turn(base::AppEnvironmentId app);
  void blocking_prepare(const Workshop& shop) const;
  /// What the build's end leaves to do; what fails of it is logged.
  void blocking_end(const Workshop& shop, const Ending& ending);
  void blocking_tidy(const Store& store, std::uint64_t cap, base::AppEnvironmentId app, const Ending& ending);
  std::filesystem::path log_file(base::JobId job, int attempt) const;
  std::string cgroup_of(base::JobId job) const;

  BuilderOptions options_;
  BuildNetwork& network_;
  async::BlockingPool& pool_;
  const base::Clock& clock_;
  Stores stores_;
  base::SecretString marks_key_;
  std::filesystem::path seccomp_;  ///< the profile of steps' system calls
  base::Result<void> prepared_;    ///< an error: no build may run
  std::set<base::AppEnvironmentId> busy_;
};

}  // namespace builds

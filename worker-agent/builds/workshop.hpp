#pragma once

#include <filesystem>
#include <string>

#include "common/async/blocking_pool.hpp"
#include "common/base/clock.hpp"
#include "worker-agent/builds/build_log.hpp"
#include "worker-agent/builds/jail_run.hpp"
#include "worker-agent/builds/spec.hpp"
#include "worker-agent/builds/stores.hpp"

namespace builds {

/// Everything that the steps of one build share. Lives as long as the build; the steps keep references.
struct Workshop {
  std::filesystem::path jail_program;  ///< wh-jail
  std::filesystem::path folder;        ///< this job's, removed at its end: `job` (shown as /job) and the jail's report
  std::string cgroup;                  ///< relative name of this job's control group
  Store store;
  jail::Network network;  ///< this build's place on the build network
  std::vector<std::string> host_resolvers;
  const BuildSpec& spec;
  BuildLog& log;
  async::BlockingPool& pool;
  const base::Clock& clock;
  base::Deadline deadline;
  std::filesystem::path seccomp;        ///< the profile of the system calls that steps of a build may make
  const base::SecretString& marks_key;  ///< of this worker alone: what stands for variables in an image is made with it

  std::filesystem::path job() const { return folder / "job"; }
  std::filesystem::path source() const { return job() / "src"; }
  std::filesystem::path stage() const {
    return job() / "stage";
  }  ///< what is made of ours: a static site, a Containerfile of commands
  std::filesystem::path outbox() const { return job() / "out"; }
};

/// The key of `marks_key`, made when it is not there: layers that were made with another one are only built again.
base::SecretString blocking_marks_key(const std::filesystem::path& file);

/// Options of a jail on this workshop without network, privileges and store.
jail::Options plain_jail(const Workshop& shop);
/// The same with the app's store, the build network and the capabilities that podman needs inside.
jail::Options podman_jail(const Workshop& shop);
/// Runs it, its output going to the log. Marks the log, so that `text_since_mark` is this tool's.
async::Task<base::Result<JailEnd>> run_logged(Workshop& shop, jail::Options options, base::SecretString secret = {});

/// What `explain_*` needs about the tool that just ended.
struct FailureInput failure_input(const Workshop& shop, const JailEnd& end);

/// An expected failure of a step, for the job's outcome.
using StepError = agent::JobError;
template <class T>
using StepResult = std::expected<T, StepError>;

/// Our own errors (jail, grammar, addresses) as the step's.
StepError step_error(base::Error error, const std::string& step);
inline StepError step_error(StepError error, const std::string& /*step*/) {
  return error;
}

}  // namespace builds

/// Declares `decl` from a Result or StepResult in a step's coroutine, or returns its error as this step's.
#define STEP_ASSIGN_(tmp, decl, expr, step)                                                               \
  auto tmp = (expr);                                                                                      \
  if (!tmp) co_return std::unexpected<agent::JobError>(builds::step_error(std::move(tmp).error(), step)); \
  decl = std::move(*tmp)
#define STEP_ASSIGN(decl, expr, step) STEP_ASSIGN_(BASE_CONCAT(step_result_, __LINE__), decl, expr, step)

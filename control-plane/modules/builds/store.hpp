#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/text/build_commands.hpp"
#include "control-plane/modules/builds/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace builds::store {

void insert_job(Tx& tx, base::JobId id, const Order& order);
std::map<base::DeploymentId, Progress> progress_of(Tx& tx, const std::vector<base::DeploymentId>& deployments);
std::optional<Job> of_deployment(Tx& tx, base::DeploymentId deployment);
/// A pending job is cancelled at once; a running one is asked to stop. Returns the worker to tell, if any.
std::optional<base::WorkerId> request_cancel(Tx& tx, base::DeploymentId deployment, base::UtcTime now);

/// Pending jobs in fair order (round robin over organizations, then priority, then age), whose environment has none
/// active.
std::vector<base::JobId> pending(Tx& tx, int limit);
struct BuildWorker {
  base::WorkerId id;
  int active{0};
};
std::vector<BuildWorker> build_workers(Tx& tx);
bool assign(Tx& tx, base::JobId job, base::WorkerId worker, base::UtcTime now, base::UtcTime lease_until);

/// A job that is leased to a worker, with what its command needs.
struct Leased {
  base::JobId id;
  int attempt{1};
  std::string state;
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  base::DeploymentId deployment;
  bool dispatched{false};
  bool cancel_requested{false};
  base::UtcTime lease_until;
  // of its deployment and app
  std::string repository;  ///< projects::AppEnvironment::image_repository
  std::string git_url;
  std::string branch;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  std::optional<text::BuildCommands> commands;
  std::optional<std::string> commit;
};
std::vector<Leased> leased_to(Tx& tx, base::WorkerId worker);
std::optional<Leased> find_leased(Tx& tx, base::JobId job, base::WorkerId worker);
void set_dispatched(Tx& tx, base::JobId job, bool dispatched);
void set_running(Tx& tx, base::JobId job, const std::string& phase);
void finish(Tx& tx, base::JobId job, const std::string& state, const std::string& result_json,
            const std::string& error_json, base::UtcTime now);
void next_attempt(Tx& tx, base::JobId job, base::UtcTime lease_until);
/// State and attempt of any job of the worker, also a finished one: for repeated results.
struct Finished {
  std::string state;
  int attempt{1};
};
std::optional<Finished> find_finished(Tx& tx, base::JobId job, base::WorkerId worker);
std::optional<base::AppEnvironmentId> find_environment(Tx& tx, base::JobId job);
/// A job that is or was this worker's, in any state.
struct WorkerJob {
  int attempt{1};
  base::OrganizationId organization;
  base::DeploymentId deployment;
};
std::optional<WorkerJob> find_worker_job(Tx& tx, base::JobId job, base::WorkerId worker);
/// Jobs whose lease ended, or whose worker is lost; they are failed with `error_json`. Returns their environments.
std::vector<base::AppEnvironmentId> fail_expired(Tx& tx, base::UtcTime now, const std::string& error_json);

// Logs.
struct Stream {
  base::StreamId id;
  base::DeploymentId deployment;
  base::OrganizationId organization;
  std::int64_t next_offset{0};
  bool closed{false};
};
/// The stream of (job, attempt), made when it is new; an agent that lost its spool begins a new id at 0.
Stream open_stream(Tx& tx, base::StreamId id, base::OrganizationId organization, base::JobId job, int attempt,
                   base::DeploymentId deployment);
/// Locked until the end of the transaction; only when the stream's job is or was this worker's.
std::optional<Stream> lock_stream(Tx& tx, base::StreamId id, base::WorkerId worker);
void advance_stream(Tx& tx, base::StreamId id, std::int64_t next_offset);
void close_stream(Tx& tx, base::StreamId id);
/// True when no stream of the job waits for bytes.
struct ClosedStream {
  base::JobId job{};
  base::OrganizationId organization{};
  base::DeploymentId deployment{};
  bool job_finished{false};
};
/// Ends the logs that the worker does not keep any more, of jobs that ended or are `known` to it: word of their end was
/// lost.
std::vector<ClosedStream> close_streams_without(Tx& tx, base::WorkerId worker, const std::vector<base::StreamId>& kept,
                                                const std::vector<base::JobId>& known);
bool streams_closed(Tx& tx, base::JobId job);
/// Appends to the deployment's log and returns the offset that the bytes got.
std::int64_t append_log(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment, std::string_view raw,
                        std::string_view compressed);
void complete_log(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment);
bool owns(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment);
std::string deployment_state(Tx& tx, base::DeploymentId deployment);
struct LogState {
  std::int64_t bytes{0};
  bool complete{false};
};
LogState log_state(Tx& tx, base::DeploymentId deployment);
struct Chunk {
  std::int64_t offset{0};
  std::string compressed;
  std::int64_t length{0};
};
/// Chunks that hold bytes at or behind `offset`, oldest first.
std::vector<Chunk> chunks(Tx& tx, base::DeploymentId deployment, std::int64_t offset, int limit);
/// Chunks that begin before `offset`, newest first.
std::vector<Chunk> chunks_before(Tx& tx, base::DeploymentId deployment, std::int64_t offset, int limit);
/// Where the first chunk begins that was stored at `since` or later; the log's end when there is none.
std::int64_t offset_since(Tx& tx, base::DeploymentId deployment, base::UtcTime since);
void maintain_logs(Tx& tx);
void erase_logs(Tx& tx, base::AppEnvironmentId environment);

}  // namespace builds::store

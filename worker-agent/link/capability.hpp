#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"

/// What the link (the connection to the control plane) and the agent's capabilities say to each other.
/// Everything here runs on the agent's one main thread; a capability never blocks it.
namespace agent {

/// One body of an accepted assignment: the bytes were checked against the signed manifest's hash.
struct ObjectBody {
  std::string id;
  std::string sha256;
  std::string bytes;
};

enum class ApplyOutcome { applied, refused, partial };

struct ApplyResult {
  ApplyOutcome outcome{ApplyOutcome::applied};
  std::string reason;
  /// With `partial`: all is in force but what became of these objects (ids of the set, or of what left it).
  std::vector<std::string> pending{};
};

/// A kind of desired state: `replicas`, `routes` or `mesh`.
class AssignmentHandler {
 public:
  virtual ~AssignmentHandler() = default;
  /// Makes `objects` the whole desired set and converges. `shrink` permits a large removal.
  /// Routes: returns once the edge serves them; routes with a target on its way out are `pending`. Replicas: returns
  /// once the set is adopted; convergence goes on and is reported by status. Idempotent; called again with the same set
  /// after a restart. Bad content → refused with a reason.
  virtual async::Task<ApplyResult> apply(std::vector<ObjectBody> objects, bool shrink) = 0;
  /// After an answer with `pending` objects: returns once they are fewer. Only waits; may be cancelled, and `apply`
  /// called instead.
  virtual async::Task<ApplyResult> settle() { co_return ApplyResult{}; }
};

/// What the agent observed of one replica: the members of `replica.status` (PROTOCOL 7).
struct ReplicaObservation {
  base::ReplicaId replica_id;
  std::string phase{"pending"};   ///< pending pulling starting running stopping stopped failed
  std::string health{"unknown"};  ///< unknown healthy unhealthy
  std::string container_id;
  std::string address;
  int port{0};
  int restarts{0};
  std::optional<int> exit_code;
  std::string reason;
  base::UtcTime since;
  std::string cause;  ///< of the last failure, until it is healthy: see `protocol::ReplicaReport`
  std::optional<std::uint32_t> restart_in_s;  ///< failed: counted from `since`
};

/// Where a capability tells what it saw. The link keeps the newest per replica and sends it until acknowledged.
using ReplicaStatusSink = std::function<void(const ReplicaObservation&)>;

/// Bytes that are kept until the other side has them for good, readable by offset. On disk; survives kill -9.
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  /// Offset behind the last byte so far.
  virtual std::uint64_t size() const = 0;
  /// True when no byte will follow.
  virtual bool complete() const = 0;
  /// Up to `limit` bytes from `offset`; empty at the end. Blocking but short (one page-cached read).
  virtual base::Result<std::string> read(std::uint64_t offset, std::size_t limit) = 0;
  /// Returns when there are bytes behind `offset`, or the stream is complete, or after `at_most`.
  virtual async::Task<void> wait_beyond(std::uint64_t offset, base::Duration at_most) = 0;
};

/// What a running job may do.
class JobSink {
 public:
  virtual ~JobSink() = default;
  /// Phases are short lower-case words: "source", "build", "push".
  virtual void progress(const std::string& phase, std::optional<int> percent) = 0;
  /// Announces the job's log (kind `build-log`); the link opens the stream, resumes it and frees it after the last ack.
  virtual void log(std::shared_ptr<StreamSource> source) = 0;
};

/// An accepted, signed job command.
struct Job {
  base::JobId id;
  int attempt{1};
  std::string kind;       ///< build run exec backup restore collect
  std::string spec_json;  ///< the command's `spec`
  base::UtcTime not_after;
  base::Duration lease{};
};

struct JobError {
  std::string code;
  std::string message;
  std::optional<std::string> step;
  std::optional<int> exit_code;
};

struct JobOutcome {
  std::string outcome{"succeeded"};  ///< succeeded failed cancelled
  std::string result_json{"{}"};
  std::optional<JobError> error;
};

class JobRunner {
 public:
  virtual ~JobRunner() = default;
  virtual std::string kind() const = 0;
  /// Runs to the end. Cancellation arrives as asio cancellation (terminal) of the awaiting task: stop everything that
  /// was started, leave nothing behind. The link keeps the outcome on disk until the control plane acknowledged it. A
  /// job that an agent restart interrupted is reported as failed (`agent_restarted`); the control plane sends the next
  /// attempt, and the runner first removes what the earlier run left.
  virtual async::Task<JobOutcome> run(Job job, JobSink& sink) = 0;
  /// The complete log of a run that has ended or was interrupted, for sending what was not acknowledged; null when
  /// there is none. Called after an agent restart.
  virtual std::shared_ptr<StreamSource> reopen_log(base::JobId /*job*/, int /*attempt*/,
                                                   const boost::asio::any_io_executor& /*executor*/) const {
    return nullptr;
  }
  /// The log was acknowledged to its end, or nobody wants it.
  virtual void forget_log(base::JobId /*job*/, int /*attempt*/) const {}
};

/// Which part of a replica's log is wanted. Nothing given: all that is kept. Of `last_lines` and `since` the later.
struct LogWanted {
  std::optional<std::uint64_t> last_lines;
  std::optional<base::UtcTime> since;
  std::optional<std::uint64_t> from;  ///< an offset that the log told before; goes before the others
  bool follow{false};
};

/// Serves `stream.open` from the control plane for a replica whose log is kept here (container logs).
class LogProvider {
 public:
  virtual ~LogProvider() = default;
  /// Error not_found when there is no log of that replica.
  virtual base::Result<std::shared_ptr<StreamSource>> open(base::ReplicaId replica, const LogWanted& wanted) = 0;
};

/// Asks the control plane for a pull token of one repository (HTTP, with the worker's JWT).
class RegistryTokens {
 public:
  virtual ~RegistryTokens() = default;
  virtual async::Task<base::Result<std::string>> pull_token(std::string repository) = 0;
  /// For the base images that a worker with a registry seeds; other repositories are refused.
  virtual async::Task<base::Result<std::string>> push_token(std::string repository) = 0;
};

}  // namespace agent

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/protocol/command_rules.hpp"
#include "control-plane/modules/deployments/types.hpp"
#include "control-plane/modules/projects/types.hpp"
#include "control-plane/modules/scheduling/types.hpp"
#include "tests/simulation/messages.hpp"
#include "tests/simulation/options.hpp"

namespace simulation {

struct DeploymentRow {
  base::DeploymentId id;
  std::int64_t number{0};
  deployments::State state{deployments::State::queued};
  std::optional<base::ReleaseId> copies;
  std::optional<base::ReleaseId> release;
  bool cancel_requested{false};
  Behaviour behaviour{Behaviour::good};
};

struct ReleaseRow {
  base::ReleaseId id;
  base::DeploymentId deployment;
  std::int64_t number{0};
  Behaviour behaviour{Behaviour::good};
};

struct ReplicaRow {
  scheduling::Replica data;
  std::optional<base::UtcTime> removed_at;
};

enum class JobState { pending, assigned, running, succeeded, failed, cancelled };

struct JobRow {
  base::JobId id;
  base::DeploymentId deployment;
  JobState state{JobState::pending};
  int attempt{1};
  std::optional<base::WorkerId> worker;
  base::UtcTime lease_until;
  bool dispatched{false};
  bool cancel_requested{false};

  bool leased() const { return state == JobState::assigned || state == JobState::running; }
};

/// An app environment and all that hangs on its row's lock.
struct EnvironmentRow {
  projects::AppEnvironment data;
  std::int64_t next_deployment{1};
  std::int64_t next_release{1};
  std::optional<base::UtcTime> reconcile_at;
  std::vector<DeploymentRow> deployments;
  std::vector<ReleaseRow> releases;
  std::vector<ReplicaRow> replicas;
  std::vector<JobRow> jobs;
  std::optional<deployments::Rollout> rollout;
  std::uint64_t revision{0};  ///< raised by each write, as a row lock would make others wait
  std::int64_t promoted{0};   ///< the highest number that ever became live

  DeploymentRow* deployment(base::DeploymentId id);
  ReleaseRow* release(base::ReleaseId id);
  ReplicaRow* replica(base::ReplicaId id);
  JobRow* job_of(base::DeploymentId id);
  JobRow* job(base::JobId id);
};

struct WorkerRow {
  base::WorkerId id;
  std::string name;
  std::string address;
  std::string state{"enrolled"};
  bool build{false};
  bool edge{false};
  base::UtcTime last_seen;
  std::int64_t session_epoch{0};
  std::int64_t epoch_offset{0};
};

struct ObjectRow {
  protocol::Digest sha256;
  std::string body;
  bool removed{false};
  std::optional<std::int64_t> sent_generation;
  bool confirmed{false};
};

struct AssignmentRow {
  std::int64_t epoch{0};
  std::int64_t generation{0};
  bool dirty{true};
  std::int64_t applied_epoch{0};
  std::int64_t applied_generation{0};
  std::map<base::Uuid, ObjectRow> objects;
};

/// A port that a replica left.
struct ReleasedPort {
  base::UtcTime at;
  base::AppEnvironmentId environment;
  bool edges_confirmed{false};  ///< every edge that had its route confirmed one without it
};

struct LeaseRow {
  std::string holder;
  std::int64_t epoch{0};
  base::UtcTime expires_at;
};

/// The tables with the semantics of the stores' statements. An event that uses it is a transaction: whole or not begun.
struct Database {
  bool away{false};
  std::map<base::AppEnvironmentId, EnvironmentRow> environments;
  std::vector<WorkerRow> workers;
  std::map<std::pair<base::WorkerId, std::string>, AssignmentRow> assignments;
  std::map<std::pair<base::WorkerId, int>, ReleasedPort> released_ports;
  LeaseRow lease;
  Planted planted{Planted::none};

  WorkerRow& worker(base::WorkerId id);
  std::vector<base::WorkerId> online_edges() const;

  // jobs::take_lease, hold_lease; `now` is the database's clock.
  std::optional<std::int64_t> take_lease(const std::string& holder, base::UtcTime now);
  bool hold_lease(std::int64_t epoch, base::UtcTime now) const;

  // fleet::Assignments. True: something changed, the worker's connection is to be nudged.
  bool put(base::WorkerId worker, const std::string& kind, base::Uuid object, const std::string& body,
           const protocol::Digest& digest);
  bool remove(base::WorkerId worker, const std::string& kind, base::Uuid object);
  bool confirmed(const std::string& kind, base::Uuid object, const std::vector<base::WorkerId>& workers,
                 const protocol::Digest& digest) const;
  std::vector<base::WorkerId> holders(const std::string& kind, base::Uuid object) const;
  /// The next command for a dirty assignment, its position taken.
  std::optional<protocol::AssignmentCommand> take_command(base::WorkerId worker, const std::string& kind,
                                                          base::UtcTime now);
  bool resume(base::WorkerId worker, const std::map<std::string, protocol::CommandPosition>& reported);
  std::vector<base::Uuid> confirm(base::WorkerId worker, const std::string& kind, std::int64_t epoch,
                                  std::int64_t generation, const std::vector<base::Uuid>& pending);
  /// fleet::Workers::refresh; true: it is online again.
  bool refresh(base::WorkerId worker, base::UtcTime now);
  std::optional<std::string> object_body(base::WorkerId worker, const protocol::Digest& digest) const;

  // scheduling::store
  std::optional<int> free_port(base::WorkerId worker, int low, int high, base::UtcTime now) const;
  void collect(EnvironmentRow& environment, base::UtcTime now);
  void confirm_ports();
  /// `whole`: an inventory, which counts whatever the agent's clock said before.
  void observe(base::WorkerId worker, const std::vector<Report>& reports, base::UtcTime now, bool whole);

  static void wake(EnvironmentRow& environment, base::UtcTime now);
  void wake_all(base::UtcTime now);
};

}  // namespace simulation

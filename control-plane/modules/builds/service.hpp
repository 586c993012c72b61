#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol/messages/inventory_report.hpp"
#include "common/protocol/messages/job_finished.hpp"
#include "common/protocol/messages/job_rejected.hpp"
#include "common/protocol/messages/stream_data.hpp"
#include "common/protocol/messages/stream_open.hpp"
#include "common/protocol/text_forms.hpp"
#include "control-plane/modules/builds/store.hpp"
#include "control-plane/modules/builds/types.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/fleet/hub.hpp"
#include "control-plane/modules/fleet/registry_access.hpp"
#include "control-plane/modules/projects/service.hpp"

namespace builds {

struct Options {
  bool allow_private_sources{false};  ///< embedded default: repositories on the machine itself may be built
};

/// Build jobs, from the order to the stored result and log. At most one accepted result per (job, attempt).
class Service {
 public:
  Service(const base::Clock& clock, Options options, feed::Feed& feed, projects::Service& projects,
          fleet::RegistryAccess& registry, const fleet::Keys& keys, fleet::Workers& workers,
          std::function<void()> nudge_assigner, std::function<void(base::WorkerId)> nudge_worker,
          std::function<void(base::DeploymentId)> log_grew);

  void enqueue(Tx& tx, const Order& order);
  std::optional<Job> of_deployment(Tx& tx, base::DeploymentId deployment);
  void request_cancel(Tx& tx, base::DeploymentId deployment);

  /// True when the deployment is the organization's.
  bool owns(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment);
  std::string deployment_state(Tx& tx, base::DeploymentId deployment);
  /// Up to 1 MiB of the log from `offset`.
  LogSlice read_log(Tx& tx, base::DeploymentId deployment, std::uint64_t offset, std::size_t limit);
  /// Where the last `lines` lines begin.
  std::uint64_t offset_of_last(Tx& tx, base::DeploymentId deployment, std::int64_t lines);
  /// Where what was stored at `since` or later begins; to the piece, not to the line.
  std::uint64_t offset_since(Tx& tx, base::DeploymentId deployment, base::UtcTime since);
  std::int64_t log_bytes(Tx& tx, base::DeploymentId deployment);
  /// Of all these deployments, in one statement.
  std::map<base::DeploymentId, Progress> progress_of(Tx& tx, const std::vector<base::DeploymentId>& deployments);
  /// Nothing follows in this deployment's log.
  void complete_log(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment);
  void erase_logs(Tx& tx, base::AppEnvironmentId environment);
  /// What it pushed goes from the registry after this transaction, which erases it.
  void abandon_images(Tx& tx, base::AppEnvironmentId environment);
  /// Makes the coming days' partitions and drops those older than 90 days. Idempotent.
  void maintain_logs(Tx& tx);

  /// Gives pending jobs to workers with a free slot. Leader only. Returns how many were given.
  int assign(Tx& tx);
  /// Fails what was leased to a lost worker or for too long. Leader only.
  void expire(Tx& tx);

  /// Registers the handlers of `job.*` and `stream.*` and the dispatcher of jobs.
  void serve(fleet::Hub& hub);

 private:
  std::vector<fleet::Outgoing> dispatch(Tx& tx, const fleet::Peer& peer);
  /// The build-time variables, sealed to the worker; nothing when there are none.
  base::Result<std::optional<protocol::Binary>> secrets_for(Tx& tx, const fleet::Peer& peer,
                                                            base::AppEnvironmentId environment);
  void not_dispatched(Tx& tx, const store::Leased& job, const base::Error& why);
  base::Result<fleet::Outgoing> command_for(Tx& tx, const fleet::Peer& peer, const store::Leased& job);
  base::Result<fleet::Reply> inventory(Tx& tx, const fleet::Peer& peer, const protocol::InventoryReport& report);
  base::Result<fleet::Reply> open_stream(Tx& tx, const fleet::Peer& peer, const protocol::StreamOpen& open);
  base::Result<fleet::Reply> store_bytes(Tx& tx, const fleet::Peer& peer, const protocol::StreamData& data,
                                         const std::string& bytes);
  void settle(Tx& tx, const store::Leased& job, const protocol::JobFinished& message);
  base::Result<fleet::Reply> rejected(Tx& tx, const fleet::Peer& peer, const protocol::JobRejected& message);
  base::Result<fleet::Reply> finished(Tx& tx, const fleet::Peer& peer, const protocol::JobFinished& message);
  void append(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment, std::string_view raw);
  void announce(Tx& tx, base::OrganizationId organization, base::DeploymentId deployment, const std::string& kind,
                const std::string& data);

  const base::Clock& clock_;
  Options options_;
  feed::Feed& feed_;
  projects::Service& projects_;
  fleet::RegistryAccess& registry_;
  const fleet::Keys& keys_;
  fleet::Workers& workers_;
  std::function<void()> nudge_assigner_;
  std::function<void(base::WorkerId)> nudge_worker_;
  std::function<void(base::DeploymentId)> log_grew_;
};

}  // namespace builds

#include "control-plane/modules/builds/retention.hpp"

#include <algorithm>

#include "common/log/log.hpp"
#include "common/protocol/messages/job_dispatch.hpp"
#include "common/protocol/messages/job_finished.hpp"
#include "common/protocol/messages/job_rejected.hpp"
#include "control-plane/modules/builds/abandoned_store.hpp"

namespace builds {
namespace {

constexpr int kEnvironmentsAtOnce = 50;
constexpr std::chrono::minutes kLease{25};
constexpr std::chrono::minutes kTokenLife{30};
constexpr std::chrono::hours kAgainAfter{1};

}  // namespace

Retention::Retention(const base::Clock& clock, fleet::RegistryAccess& registry, const fleet::Keys& keys,
                     fleet::Workers& workers, std::function<void()> nudge_assigner,
                     std::function<void(base::WorkerId)> nudge_worker)
    : clock_(clock),
      registry_(registry),
      keys_(keys),
      workers_(workers),
      nudge_assigner_(std::move(nudge_assigner)),
      nudge_worker_(std::move(nudge_worker)) {}

int Retention::plan(Tx& tx) {
  const auto keeper = registry_.keeper(tx);
  if (!keeper) return 0;
  const auto now = clock_.utc_now();
  int made = 0;
  for (const auto& environment : store::environments_to_collect(tx, kEnvironmentsAtOnce)) {
    if (store::insert_collect_job(tx, base::JobId::make(clock_), environment, *keeper, now, now + kLease)) ++made;
  }
  for (const auto& id : store::abandoned_to_collect(tx, now, kEnvironmentsAtOnce)) {
    if (store::lease_abandoned(tx, id, *keeper, now, now + kLease)) ++made;
  }
  if (made > 0) tx.after_commit([nudge = nudge_worker_, id = *keeper] { nudge(id); });
  return made;
}

void Retention::serve(fleet::Hub& hub) {
  using fleet::Peer;
  using fleet::Reply;
  hub.on<protocol::InventoryReport>(
      [](Tx& tx, const Peer& peer, const protocol::InventoryReport& report, const std::string&) -> base::Result<Reply> {
        const auto is_there = [&](const auto& job) {
          return std::ranges::any_of(
              report.jobs, [&](const auto& known) { return known.job_id == job.id && known.attempt == job.attempt; });
        };
        for (const auto& job : store::collect_jobs(tx, peer.worker)) {
          if (!is_there(job)) store::set_collect_dispatched(tx, job.id, false);
        }
        for (const auto& job : store::abandoned_jobs(tx, peer.worker)) {
          if (!is_there(job)) store::set_abandoned_dispatched(tx, job.id, false);
        }
        return Reply{};
      });
  hub.on<protocol::JobRejected>(
      [this](Tx& tx, const Peer& peer, const protocol::JobRejected& rejected, const std::string&) {
        return ended(tx, peer, rejected.job_id, rejected.attempt, false);
      });
  hub.on<protocol::JobFinished>(
      [this](Tx& tx, const Peer& peer, const protocol::JobFinished& message, const std::string&) {
        const bool done = message.outcome == protocol::JobOutcomeKind::succeeded;
        if (!done && message.error) {
          logging::warn("images.not_collected",
                        {{"job", message.job_id.to_string()}, {"reason", message.error->message.substr(0, 300)}});
        }
        return ended(tx, peer, message.job_id, message.attempt, done);
      });
  hub.add_dispatcher([this](Tx& tx, const Peer& peer) { return dispatch(tx, peer); });
}

/// What is not a collect job was answered for by the builds.
base::Result<fleet::Reply> Retention::ended(Tx& tx, const fleet::Peer& peer, base::JobId job, int attempt, bool done) {
  const auto now = clock_.utc_now();
  const bool ours = store::end_collect_job(tx, job, attempt, peer.worker, done ? "succeeded" : "failed", now) ||
                    (done ? store::forget_abandoned(tx, job, attempt, peer.worker)
                          : store::retry_abandoned(tx, job, attempt, peer.worker, now + kAgainAfter));
  if (ours) tx.after_commit(nudge_assigner_);
  return fleet::Reply{};
}

fleet::Outgoing Retention::command_for(Tx& tx, const fleet::Peer& peer, const Removal& removal) {
  CollectSpec spec;
  spec.repository = removal.repository;
  spec.token = registry_.token(removal.id.to_string(), removal.repository, {"pull", "delete"}, kTokenLife);
  spec.tags = removal.tags;
  spec.keep = removal.keep;
  protocol::JobCommand command;
  command.head = {protocol::CommandType::job, peer.worker,
                  static_cast<std::uint64_t>(workers_.command_epoch(tx, peer.worker)), clock_.utc_now(),
                  removal.lease_until};
  command.job_id = removal.id;
  command.attempt = removal.attempt;
  command.kind = protocol::JobKind::collect;
  command.lease_s = static_cast<std::uint32_t>(std::chrono::seconds(kLease).count());
  command.spec.text = json::encode(spec);
  auto signed_command = protocol::sign_command(keys_.command, command);
  return fleet::Outgoing{std::string(protocol::JobDispatch::kType), json::encode(signed_command.signature),
                         std::move(signed_command.bytes)};
}

std::vector<fleet::Outgoing> Retention::dispatch(Tx& tx, const fleet::Peer& peer) {
  std::vector<fleet::Outgoing> messages;
  for (const auto& job : store::collect_jobs(tx, peer.worker)) {
    if (job.dispatched) continue;
    messages.push_back(command_for(tx, peer,
                                   {job.id, job.attempt, job.lease_until, job.repository, store::tags_of(tx, job.id),
                                    store::kept_digests(tx, job.environment)}));
    store::set_collect_dispatched(tx, job.id, true);
  }
  for (const auto& job : store::abandoned_jobs(tx, peer.worker)) {
    if (job.dispatched) continue;
    messages.push_back(command_for(
        tx, peer,
        {job.id, job.attempt, job.lease_until, job.repository, job.tags, store::digests_in(tx, job.repository)}));
    store::set_abandoned_dispatched(tx, job.id, true);
  }
  return messages;
}

}  // namespace builds

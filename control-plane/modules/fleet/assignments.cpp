#include "control-plane/modules/fleet/assignments.hpp"

#include <algorithm>

#include "common/base/failure.hpp"
#include "common/crypto/hash.hpp"
#include "common/protocol/limits.hpp"
#include "control-plane/modules/fleet/store.hpp"

namespace fleet {
namespace {

protocol::AssignmentKind kind_of(const std::string& kind) {
  if (kind == kRoutes) return protocol::AssignmentKind::routes;
  if (kind == "mesh") return protocol::AssignmentKind::mesh;
  return protocol::AssignmentKind::replicas;
}

}  // namespace

void Assignments::changed(Tx& tx, base::WorkerId worker, const std::string& kind) {
  store::ensure_assignment(tx, worker, kind, true);
  tx.after_commit([nudge = nudge_, worker] { nudge(worker); });
}

void Assignments::put(Tx& tx, base::WorkerId worker, const std::string& kind, base::Uuid object,
                      base::OrganizationId organization, const std::string& body) {
  store::ensure_assignment(tx, worker, kind, false);
  if (store::put_object(tx, worker, kind, object, organization, crypto::sha256_hex(body), body))
    changed(tx, worker, kind);
}

void Assignments::remove(Tx& tx, base::WorkerId worker, const std::string& kind, base::Uuid object) {
  if (store::remove_object(tx, worker, kind, object)) changed(tx, worker, kind);
}

bool Assignments::confirmed(Tx& tx, const std::string& kind, base::Uuid object,
                            const std::vector<base::WorkerId>& workers, const std::string& body) {
  const auto known = store::confirmations(tx, kind, object);
  const auto sha256 = body.empty() ? std::string() : crypto::sha256_hex(body);
  return std::ranges::all_of(workers, [&](base::WorkerId worker) {
    const auto found = std::ranges::find(known, worker, &store::Confirmation::worker);
    if (body.empty()) return found == known.end();  // a confirmed removal takes the row away
    return found != known.end() && found->confirmed && !found->removed && found->sha256 == sha256;
  });
}

std::vector<base::WorkerId> Assignments::holders(Tx& tx, const std::string& kind, base::Uuid object) {
  std::vector<base::WorkerId> workers;
  for (const auto& known : store::confirmations(tx, kind, object)) workers.push_back(known.worker);
  return workers;
}

std::optional<protocol::SignedCommand> Assignments::take_command(Tx& tx, base::WorkerId worker,
                                                                 const std::string& kind) {
  const auto row = store::lock_assignment(tx, worker, kind);
  if (!row || !row->dirty) return std::nullopt;
  const protocol::CommandPosition used{static_cast<std::uint64_t>(row->epoch),
                                       static_cast<std::uint64_t>(row->generation)};
  const auto own = static_cast<std::uint64_t>(store::leader_epoch(tx) + store::epoch_offset(tx, worker));
  const auto position = protocol::next_position(used, used, std::max(own, used.epoch));
  BASE_CHECK(position.has_value(), "our own position is never ahead of itself");
  protocol::AssignmentCommand command;
  const auto now = clock_.utc_now();
  command.head = {protocol::CommandType::assignment, worker, position->epoch, now, now + protocol::kCommandLife};
  command.kind = kind_of(kind);
  command.generation = position->generation;
  command.shrink = true;  // the reconciler removed each object by a decision of its own; nothing here is a guess
  for (const auto& reference : store::manifest(tx, worker, kind)) {
    command.objects.push_back({reference.object_id, *protocol::Digest::parse(reference.sha256)});
  }
  store::mark_sent(tx, worker, kind, static_cast<std::int64_t>(position->epoch),
                   static_cast<std::int64_t>(position->generation));
  return protocol::sign_command(keys_.command, command);
}

std::vector<protocol::SignedCommand> Assignments::take_commands(Tx& tx, base::WorkerId worker) {
  std::vector<protocol::SignedCommand> commands;
  for (const auto& kind : store::dirty_kinds(tx, worker)) {
    if (auto command = take_command(tx, worker, kind)) commands.push_back(*std::move(command));
  }
  return commands;
}

base::Result<void> Assignments::resume(Tx& tx, const Worker& worker,
                                       const std::map<std::string, protocol::CommandPosition>& reported) {
  const auto leader = static_cast<std::uint64_t>(store::leader_epoch(tx));
  auto offset = static_cast<std::uint64_t>(store::epoch_offset(tx, worker.id));
  for (const auto& [kind, position] : reported) {
    if (position.epoch > leader + offset + protocol::kMaxEpochRaise) {
      return base::fail(base::ErrorKind::forbidden, "protocol.epoch",
                        "The worker reports an epoch that was never given out.");
    }
    if (position.epoch > leader + offset) offset = position.epoch - leader;
  }
  store::set_epoch_offset(tx, worker.id, static_cast<int>(offset));
  std::vector<std::string> kinds;
  if (worker.capabilities.run) kinds.emplace_back(kReplicas);
  if (worker.capabilities.edge) kinds.emplace_back(kRoutes);
  for (const auto& kind : kinds) {
    store::ensure_assignment(tx, worker.id, kind, true);
    const auto found = reported.find(kind);
    if (found == reported.end()) continue;
    store::raise_position(tx, worker.id, kind, static_cast<std::int64_t>(found->second.epoch),
                          static_cast<std::int64_t>(found->second.generation));
  }
  return {};
}

void Assignments::repeat_unanswered(Tx& tx, base::WorkerId worker) {
  store::repeat_unanswered(tx, worker);
}

std::vector<base::Uuid> Assignments::applied(Tx& tx, base::WorkerId worker, const std::string& kind, std::int64_t epoch,
                                             std::int64_t generation, const std::vector<std::string>& pending) {
  return store::confirm(tx, worker, kind, epoch, generation, pending);
}

}  // namespace fleet

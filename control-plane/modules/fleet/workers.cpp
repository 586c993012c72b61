#include "control-plane/modules/fleet/workers.hpp"

#include "control-plane/modules/fleet/store.hpp"

namespace fleet {
namespace {

constexpr std::chrono::seconds kBootWindow{60};
constexpr std::size_t kMostBootChanges = 3;

}  // namespace

std::optional<Worker> Workers::find(Tx& tx, base::WorkerId id) {
  return store::find(tx, id);
}
std::vector<Worker> Workers::list(Tx& tx) {
  return store::list(tx);
}
std::vector<base::WorkerId> Workers::online_edges(Tx& tx) {
  return store::online_with(tx, "edge");
}
std::int64_t Workers::open_session(Tx& tx, base::WorkerId worker) {
  return store::take_session_epoch(tx, worker);
}
bool Workers::fence(Tx& tx, base::WorkerId worker, std::int64_t session_epoch) {
  return store::fence(tx, worker, session_epoch);
}
std::int64_t Workers::leader_epoch(Tx& tx) {
  return store::leader_epoch(tx);
}

std::int64_t Workers::command_epoch(Tx& tx, base::WorkerId worker) {
  return store::leader_epoch(tx) + store::epoch_offset(tx, worker);
}

base::Result<void> Workers::check_boot(Tx& tx, base::WorkerId worker, const std::string& boot_id) {
  const auto history = store::boot_history(tx, worker);
  if (history.boot_id == boot_id) return {};
  const auto now = clock_.utc_now();
  std::vector<std::string> recent;
  for (auto change : history.changes) {
    if (change.ends_with("+00")) change.replace(change.size() - 3, 3, "Z");
    const auto at = base::parse_utc(change);
    if (at && now - *at < kBootWindow) recent.push_back(change);
  }
  if (history.boot_id) recent.push_back(base::format_utc(now));
  store::note_boot(tx, worker, boot_id, recent);
  if (recent.size() > kMostBootChanges) {
    return base::fail(base::ErrorKind::conflict, "worker.duplicate", "Two machines use this worker's credentials.");
  }
  return {};
}

base::Result<void> Workers::hello(Tx& tx, base::WorkerId id, const protocol::AgentHello& hello) {
  const auto worker = store::find(tx, id);
  if (!worker) return base::not_found("worker.not_found", "The worker");
  TRY_CHECK(check_boot(tx, id, hello.boot_id.to_string()));
  std::map<std::string, protocol::CommandPosition> reported;
  for (const auto& [kind, mark] : hello.applied) reported[kind] = {mark.epoch, mark.generation};
  store::note_hello(tx, id, hello.agent_version, clock_.utc_now());
  if (worker->state != "pending" && worker->state != "online") {
    store::set_state(tx, id, "", "online");
    announce(tx, id, "worker.online");
    // Wakes environments, which the reconciler locks before assignments: so does this.
    if (came_online_) came_online_(tx, *worker);
  }
  return assignments_.resume(tx, *worker, reported);
}

base::Result<void> Workers::mark_duplicate(Tx& tx, base::WorkerId worker) {
  if (store::set_state(tx, worker, "", "duplicate")) announce(tx, worker, "worker.duplicate");
  return {};
}

void Workers::refresh(Tx& tx, base::WorkerId id) {
  if (store::still_here(tx, id, clock_.utc_now())) {
    announce(tx, id, "worker.online");
    const auto worker = store::find(tx, id);
    if (came_online_ && worker) came_online_(tx, *worker);
  }
  assignments_.repeat_unanswered(tx, id);
}

void Workers::touch(Tx& tx, const std::vector<base::WorkerId>& connected) {
  std::vector<std::string> ids;
  ids.reserve(connected.size());
  for (const auto& id : connected) ids.push_back(id.to_string());
  store::touch(tx, ids, clock_.utc_now());
}

std::vector<base::WorkerId> Workers::sweep(Tx& tx) {
  const auto now = clock_.utc_now();
  lookout_.look(now);
  store::forget_old_nonces(tx);
  if (!is_looking()) return {};
  auto changed = store::mark_unreachable(tx, now - kUnreachableAfter);
  for (const auto& worker : changed) announce(tx, worker, "worker.unreachable");
  if (!lookout_.sees_lost()) return changed;
  for (const auto& worker : store::mark_lost(tx, now - kLostAfter)) {
    announce(tx, worker, "worker.lost");
    changed.push_back(worker);
  }
  return changed;
}

bool Workers::is_looking() const {
  return lookout_.sees_unreachable();
}

void Workers::announce(Tx& tx, base::WorkerId worker, const std::string& kind) {
  feed::Change change;
  change.kind = kind;
  change.worker = worker;
  feed_.append(tx, change);
}

}  // namespace fleet

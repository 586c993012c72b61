#include "worker-agent/replicas/replica_manager.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"

namespace replicas {
namespace {

constexpr base::Duration kPeriod = std::chrono::seconds(5);
constexpr base::Duration kOrphanGrace = std::chrono::seconds(10);
constexpr int kSilences = 2;
constexpr int kLooksForLeftovers = 3;  // what conmon began while Podman was away may end between two of them

Found::State state_of(runtime::ContainerStatus status) {
  if (status == runtime::ContainerStatus::running) return Found::State::running;
  return status == runtime::ContainerStatus::exited ? Found::State::exited : Found::State::unfinished;
}

}  // namespace

ReplicaManager::ReplicaManager(Surroundings around)
    : around_(std::move(around)),
      networks_(around_.executor, around_.pool, around_.podman, around_.setup, around_.clock),
      nudge_(around_.executor),
      tasks_(around_.executor) {}

base::Deadline ReplicaManager::soon() const {
  return base::Deadline::after(around_.clock, std::chrono::seconds(30));
}

async::Task<agent::ApplyResult> ReplicaManager::apply(std::vector<agent::ObjectBody> objects, bool shrink) {
  std::map<base::ReplicaId, protocol::ReplicaObject> wanted;
  std::vector<base::ReplicaId> wanted_running;
  for (const auto& body : objects) {
    auto object = protocol::decode_replica(body.bytes);
    if (!object) {
      co_return agent::ApplyResult{agent::ApplyOutcome::refused,
                                   "the object " + body.id + " cannot be used: " + object.error().message};
    }
    const auto id = object->replica_id;
    if (object->desired == protocol::DesiredState::running) wanted_running.push_back(id);
    if (!wanted.emplace(id, std::move(*object)).second) {
      co_return agent::ApplyResult{agent::ApplyOutcome::refused, "the replica " + id.to_string() + " is there twice"};
    }
  }
  std::vector<base::ReplicaId> running;
  for (const auto& [id, replica] : replicas_) {
    if (replica->is_running() && !replica->retired()) running.push_back(id);
  }
  if (const auto reason = refuse_shrink(running, wanted_running); reason && !shrink) {
    co_return agent::ApplyResult{agent::ApplyOutcome::refused, *reason};
  }
  for (const auto& [id, replica] : replicas_) {
    if (!wanted.contains(id)) replica->retire();
  }
  for (auto& [id, object] : wanted) {
    auto& replica = replicas_[id];
    if (replica) {
      replica->set_object(std::move(object));
    } else {
      replica = std::make_shared<Replica>(around_, networks_, std::move(object));
      replica->tell();
    }
  }
  applied_ = true;
  nudge_.notify();
  co_return agent::ApplyResult{};
}

std::vector<ReplicaManager::Running> ReplicaManager::running() const {
  std::vector<Running> found;
  for (const auto& [id, replica] : replicas_) {
    if (replica->is_running() && replica->process() > 0)
      found.push_back({id, replica->container(), replica->process()});
  }
  return found;
}

std::vector<agent::ReplicaObservation> ReplicaManager::observations() const {
  std::vector<agent::ReplicaObservation> all;
  for (const auto& [id, replica] : replicas_) all.push_back(replica->status());
  return all;
}

async::Task<void> ReplicaManager::run() {
  for (;;) {
    base::Duration wait = kPeriod;
    try {
      wait = co_await tick();
    } catch (const base::Failure& failure) {
      logging::warn("replicas.tick_failed", {{"reason", failure.what()}});
    }
    co_await nudge_.wait(wait);
  }
}

async::Task<base::Duration> ReplicaManager::tick() {
  if (!around_.service.alive()) {
    const auto ready = co_await around_.service.ensure(soon());
    if (!ready) {
      logging::warn("replicas.no_podman", {{"reason", ready.error().message}});
      co_return std::chrono::seconds(1);
    }
  }
  if (std::exchange(served_by_, around_.service.pid()) != around_.service.pid()) {
    looks_for_leftovers_ = kLooksForLeftovers;
  }
  // Until the first assignment is known nothing is judged, and nothing removed.
  if (!applied_) co_return kPeriod;
  const auto living_before = living();
  auto found = co_await observe();
  if (!found) {
    logging::warn("replicas.not_observed", {{"reason", found.error().message}});
    co_await note_silence(found.error());
    co_return std::chrono::seconds(1);
  }
  silences_ = 0;
  const auto skip = unsettled(living_before);
  std::erase_if(*found, [&](const Found& one) { return skip.contains(one.id); });
  forget_ended();
  std::vector<Wanted> wanted;
  for (const auto& [id, replica] : replicas_) {
    if (!skip.contains(id)) wanted.push_back(replica->wanted());
  }
  for (const auto& action : diff(wanted, *found, around_.clock.steady_now())) carry_out(action);
  note_absent(wanted, *found);
  if (tidying_.due(around_.clock.steady_now())) {
    co_await tidy();
    co_await look_at_disks();
  }
  co_return std::min(kPeriod, until_next_start());
}

std::set<base::ReplicaId> ReplicaManager::living() const {
  std::set<base::ReplicaId> ids;
  for (const auto& [id, replica] : replicas_) {
    if (replica->has_life()) ids.insert(id);
  }
  return ids;
}

std::set<base::ReplicaId> ReplicaManager::unsettled(const std::set<base::ReplicaId>& living_before) const {
  std::set<base::ReplicaId> ids;
  const auto now = living();
  std::ranges::set_symmetric_difference(now, living_before, std::inserter(ids, ids.end()));
  for (const auto& [container, replica] : being_removed_) ids.insert(replica);
  return ids;
}

async::Task<void> ReplicaManager::stop() {
  tasks_.cancel();
  const auto deadline = base::Deadline::after(around_.clock, std::chrono::seconds(5));
  co_await tasks_.join(deadline);
}

async::Task<base::Result<std::vector<Found>>> ReplicaManager::observe() {
  const auto deadline = base::Deadline::after(around_.clock, around_.patience);
  CO_TRY_ASSIGN(const auto containers, co_await around_.podman.list(runtime::kLabelReplica, "", deadline));
  std::vector<Found> found;
  for (const auto& container : containers) {
    const auto id = base::ReplicaId::parse(container.labels.at(runtime::kLabelReplica));
    if (!id || being_removed_.contains(container.id)) continue;
    const auto spec = container.labels.find(runtime::kLabelSpec);
    Found one{.id = *id,
              .container = container.id,
              .spec_sha256 = spec == container.labels.end() ? "" : spec->second,
              .state = state_of(container.status)};
    const auto replica = replicas_.find(*id);
    if (replica != replicas_.end() && replica->second->has_life()) {
      one.proven_alive = replica->second->life_is_sound();
    } else if (one.state == Found::State::running) {
      const auto info = co_await around_.podman.inspect(container.id, soon());
      one.proven_alive = info && proves_alive(*info);
    }
    found.push_back(std::move(one));
  }
  co_return found;
}

/// A Podman that lives and says nothing, whatever it waits for, is ended; the next tick starts one. Containers go on.
async::Task<void> ReplicaManager::note_silence(const base::Error& error) {
  if (error.code != "podman.unavailable" || ++silences_ < kSilences) co_return;
  silences_ = 0;
  logging::warn("podman.silent", {{"pid", around_.service.pid()}});
  co_await around_.service.stop();
}

void ReplicaManager::carry_out(const Action& action) {
  const auto entry = replicas_.find(action.id);
  switch (action.kind) {
    case ActionKind::end: entry->second->ask_to_end(); break;
    case ActionKind::remove: {
      const bool known = entry != replicas_.end();
      const base::Duration grace =
          known ? base::Duration(std::chrono::seconds(entry->second->object().stop_grace_s)) : kOrphanGrace;
      being_removed_.emplace(action.container, action.id);
      tasks_.spawn("replica.remove", remove_container(action, grace));
      break;
    }
    case ActionKind::start:
    case ActionKind::adopt:
    case ActionKind::restart:
    case ActionKind::replace:
      entry->second->begin_life(action);
      tasks_.spawn("replica.life", lead_life(entry->second, action));
      break;
  }
}

async::Task<void> ReplicaManager::lead_life(std::shared_ptr<Replica> replica, Action action) {
  co_await Replica::live(replica, std::move(action));
  nudge_.notify();
}

async::Task<void> ReplicaManager::remove_container(Action action, base::Duration grace) {
  const auto container = action.container;
  std::exception_ptr failed;
  try {
    co_await take_away(std::move(action), grace);
  } catch (...) {
    failed = std::current_exception();
  }
  // Whatever happened: what is still there is removed by the next look.
  being_removed_.erase(container);
  if (failed) std::rethrow_exception(failed);
  nudge_.notify();
}

async::Task<void> ReplicaManager::take_away(Action action, base::Duration grace) {
  logging::info("replica.removing", {{"replica", action.id.to_string()}, {"container", action.container}});
  const auto info = co_await around_.podman.inspect(action.container, soon());
  if (info && info->status == runtime::ContainerStatus::running) {
    co_await around_.podman.ask_to_stop(action.container, soon());
    const auto marks = take_marks(*info);
    const auto until = base::Deadline::after(around_.clock, grace);
    while (marks && still_alive(*marks) && !until.passed(around_.clock)) {
      co_await async::sleep(std::chrono::milliseconds(50));
    }
  }
  const auto removed = co_await around_.podman.remove(action.container, soon());
  if (removed) co_await drop_left_behind(around_, soon());
  const auto replica = replicas_.find(action.id);
  if (removed && replica != replicas_.end()) replica->second->note_stopped();
  if (!removed)
    logging::warn("replica.not_removed", {{"container", action.container}, {"reason", removed.error().message}});
}

/// A replica that nobody wants is forgotten when its life is over; what was never started tells that it is stopped.
void ReplicaManager::forget_ended() {
  std::erase_if(replicas_, [](const auto& entry) {
    Replica& replica = *entry.second;
    if (!replica.retired() || replica.has_life()) return false;
    replica.note_stopped();
    return true;
  });
}

/// What shall be stopped and is not there is stopped.
void ReplicaManager::note_absent(const std::vector<Wanted>& wanted, const std::vector<Found>& found) {
  for (const auto& one : wanted) {
    const bool there = std::ranges::any_of(found, [&](const Found& container) { return container.id == one.id; });
    if (!one.run && !one.has_life && !there) replicas_.at(one.id)->note_stopped();
  }
}

base::Duration ReplicaManager::until_next_start() const {
  const auto now = around_.clock.steady_now();
  base::Duration wait = kPeriod;
  for (const auto& [id, replica] : replicas_) {
    const auto wanted = replica->wanted();
    if (wanted.run && !wanted.has_life && wanted.not_before > now)
      wait = std::min<base::Duration>(wait, wanted.not_before - now);
  }
  return std::max<base::Duration>(wait, std::chrono::milliseconds(1));
}

}  // namespace replicas

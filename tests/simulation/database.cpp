#include "tests/simulation/database.hpp"

#include <algorithm>
#include <tuple>

#include "common/protocol/limits.hpp"

namespace simulation {
namespace {

constexpr std::chrono::seconds kLease{8};
constexpr std::chrono::minutes kQuarantine{10};

template <class Rows, class Id>
auto* find_in(Rows& rows, const Id& id) {
  const auto found = std::ranges::find_if(rows, [&](const auto& row) { return row.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

std::string place_of(const std::string& holder) {
  return holder.substr(0, holder.find('/'));
}

}  // namespace

DeploymentRow* EnvironmentRow::deployment(base::DeploymentId id) {
  return find_in(deployments, id);
}
ReleaseRow* EnvironmentRow::release(base::ReleaseId id) {
  return find_in(releases, id);
}
JobRow* EnvironmentRow::job(base::JobId id) {
  return find_in(jobs, id);
}
ReplicaRow* EnvironmentRow::replica(base::ReplicaId id) {
  const auto found = std::ranges::find_if(replicas, [&](const auto& row) { return row.data.id == id; });
  return found == replicas.end() ? nullptr : &*found;
}
JobRow* EnvironmentRow::job_of(base::DeploymentId id) {
  const auto found = std::ranges::find(jobs, id, &JobRow::deployment);
  return found == jobs.end() ? nullptr : &*found;
}

WorkerRow& Database::worker(base::WorkerId id) {
  return *find_in(workers, id);
}

std::vector<base::WorkerId> Database::online_edges() const {
  std::vector<base::WorkerId> found;
  for (const auto& worker : workers) {
    if (worker.edge && worker.state == "online") found.push_back(worker.id);
  }
  return found;
}

std::optional<std::int64_t> Database::take_lease(const std::string& holder, base::UtcTime now) {
  const bool ours = lease.holder == holder;
  const bool over = lease.expires_at <= now;
  if (!ours && !over && place_of(lease.holder) != place_of(holder)) return std::nullopt;
  if (!ours || over) ++lease.epoch;
  lease.holder = holder;
  lease.expires_at = now + kLease;
  return lease.epoch;
}

bool Database::hold_lease(std::int64_t epoch, base::UtcTime now) const {
  return lease.epoch == epoch && lease.expires_at > now;
}

bool Database::put(base::WorkerId worker, const std::string& kind, base::Uuid object, const std::string& body,
                   const protocol::Digest& digest) {
  auto& assignment = assignments[{worker, kind}];
  const auto found = assignment.objects.find(object);
  if (found != assignment.objects.end() && found->second.sha256 == digest && !found->second.removed) return false;
  assignment.objects[object] = ObjectRow{digest, body, false, std::nullopt, false};
  assignment.dirty = true;
  return true;
}

bool Database::remove(base::WorkerId worker, const std::string& kind, base::Uuid object) {
  const auto assignment = assignments.find({worker, kind});
  if (assignment == assignments.end()) return false;
  const auto found = assignment->second.objects.find(object);
  if (found == assignment->second.objects.end() || found->second.removed) return false;
  found->second.removed = true;
  found->second.sent_generation.reset();
  found->second.confirmed = false;
  assignment->second.dirty = true;
  return true;
}

bool Database::confirmed(const std::string& kind, base::Uuid object, const std::vector<base::WorkerId>& among,
                         const protocol::Digest& digest) const {
  return std::ranges::all_of(among, [&](base::WorkerId worker) {
    const auto assignment = assignments.find({worker, kind});
    const ObjectRow* row = nullptr;
    if (assignment != assignments.end()) {
      const auto found = assignment->second.objects.find(object);
      if (found != assignment->second.objects.end()) row = &found->second;
    }
    if (digest.empty()) return row == nullptr;
    return row != nullptr && row->confirmed && !row->removed && row->sha256 == digest;
  });
}

std::vector<base::WorkerId> Database::holders(const std::string& kind, base::Uuid object) const {
  std::vector<base::WorkerId> found;
  for (const auto& [key, assignment] : assignments) {
    if (key.second == kind && assignment.objects.contains(object)) found.push_back(key.first);
  }
  return found;
}

std::optional<protocol::AssignmentCommand> Database::take_command(base::WorkerId id, const std::string& kind,
                                                                  base::UtcTime now) {
  const auto found = assignments.find({id, kind});
  if (found == assignments.end() || !found->second.dirty) return std::nullopt;
  auto& row = found->second;
  const protocol::CommandPosition used{static_cast<std::uint64_t>(row.epoch),
                                       static_cast<std::uint64_t>(row.generation)};
  const auto own = static_cast<std::uint64_t>(std::max<std::int64_t>(lease.epoch, 1) + worker(id).epoch_offset);
  const auto position = protocol::next_position(used, used, std::max(own, used.epoch));
  protocol::AssignmentCommand command;
  command.head = {protocol::CommandType::assignment, id, position->epoch, now, now + protocol::kCommandLife};
  command.kind = kind == "routes" ? protocol::AssignmentKind::routes : protocol::AssignmentKind::replicas;
  command.generation = position->generation;
  command.shrink = true;
  const bool new_epoch = row.epoch != static_cast<std::int64_t>(position->epoch);
  row.epoch = static_cast<std::int64_t>(position->epoch);
  row.generation = static_cast<std::int64_t>(position->generation);
  row.dirty = false;
  for (auto& [object, state] : row.objects) {
    if (!state.removed) command.objects.push_back({object.to_string(), state.sha256});
    if (!state.sent_generation || (new_epoch && !state.confirmed)) state.sent_generation = row.generation;
    if (planted == Planted::confirmed_too_early && !state.removed) state.confirmed = true;
  }
  return command;
}

bool Database::resume(base::WorkerId id, const std::map<std::string, protocol::CommandPosition>& reported) {
  auto& row = worker(id);
  const std::int64_t leader = std::max<std::int64_t>(lease.epoch, 1);
  for (const auto& [kind, position] : reported) {
    const auto epoch = static_cast<std::int64_t>(position.epoch);
    if (epoch > leader + row.epoch_offset + static_cast<std::int64_t>(protocol::kMaxEpochRaise)) return false;
    if (epoch > leader + row.epoch_offset) row.epoch_offset = epoch - leader;
  }
  std::vector<std::string> kinds{"replicas"};
  if (row.edge) kinds.emplace_back("routes");
  for (const auto& kind : kinds) {
    auto& assignment = assignments[{id, kind}];
    assignment.dirty = true;
    const auto found = reported.find(kind);
    if (found == reported.end()) continue;
    const auto epoch = static_cast<std::int64_t>(found->second.epoch);
    const auto generation = static_cast<std::int64_t>(found->second.generation);
    if (std::tie(assignment.epoch, assignment.generation) < std::tie(epoch, generation)) {
      assignment.epoch = epoch;
      assignment.generation = generation;
      for (auto& [object, state] : assignment.objects) {
        if (!state.confirmed) state.sent_generation.reset();
      }
    }
  }
  return true;
}

std::vector<base::Uuid> Database::confirm(base::WorkerId id, const std::string& kind, std::int64_t epoch,
                                          std::int64_t generation, const std::vector<base::Uuid>& pending) {
  std::vector<base::Uuid> changed;
  auto& row = assignments[{id, kind}];
  if (row.epoch != epoch) return changed;
  if (std::tie(row.applied_epoch, row.applied_generation) > std::tie(epoch, generation)) return changed;
  row.applied_epoch = epoch;
  row.applied_generation = generation;
  for (auto object = row.objects.begin(); object != row.objects.end();) {
    auto& state = object->second;
    const bool waits = std::ranges::find(pending, object->first) != pending.end();
    const bool covered = !waits && state.sent_generation && *state.sent_generation <= generation;
    if (covered && (state.removed || !state.confirmed)) changed.push_back(object->first);
    if (covered) state.confirmed = !state.removed;
    object = covered && state.removed ? row.objects.erase(object) : std::next(object);
  }
  return changed;
}

bool Database::refresh(base::WorkerId id, base::UtcTime now) {
  for (auto& [key, row] : assignments) {
    const auto applied = std::tie(row.applied_epoch, row.applied_generation);
    const bool open = applied < std::tie(row.epoch, row.generation) ||
                      std::ranges::any_of(row.objects, [](const auto& object) { return !object.second.confirmed; });
    if (key.first == id && row.generation > 0 && open) row.dirty = true;
  }
  auto& one = worker(id);
  if (one.state != "unreachable" && one.state != "lost") return false;
  one.state = "online";
  one.last_seen = now;
  return true;
}

std::optional<std::string> Database::object_body(base::WorkerId id, const protocol::Digest& digest) const {
  for (const auto& [key, assignment] : assignments) {
    if (key.first != id) continue;
    for (const auto& [object, state] : assignment.objects) {
      if (!state.removed && state.sha256 == digest) return state.body;
    }
  }
  return std::nullopt;
}

std::optional<int> Database::free_port(base::WorkerId id, int low, int high, base::UtcTime now) const {
  std::set<int> taken;
  for (const auto& [key, environment] : environments) {
    for (const auto& replica : environment.replicas) {
      if (replica.data.worker == id && !replica.removed_at) taken.insert(replica.data.publish_port);
    }
  }
  for (int port = low; port <= high; ++port) {
    if (taken.contains(port)) continue;
    const auto released = released_ports.find({id, port});
    const bool resting = released != released_ports.end() &&
                         (released->second.at > now - kQuarantine || !released->second.edges_confirmed);
    if (!resting || planted == Planted::quarantine_skipped) return port;
  }
  return std::nullopt;
}

void Database::collect(EnvironmentRow& environment, base::UtcTime now) {
  for (auto& row : environment.replicas) {
    if (row.removed_at || row.data.desired != "stopped") continue;
    const auto& state = worker(row.data.worker).state;
    const auto assignment = assignments.find({row.data.worker, "replicas"});
    const bool held = assignment != assignments.end() && assignment->second.objects.contains(row.data.id.uuid());
    if (held && state != "lost" && state != "revoked") continue;
    row.removed_at = now;
    released_ports[{row.data.worker, row.data.publish_port}] = {now, environment.data.id, false};
    ++environment.revision;
  }
}

void Database::confirm_ports() {
  for (auto& [place, port] : released_ports) {
    port.edges_confirmed = port.edges_confirmed || std::ranges::none_of(assignments, [&](const auto& entry) {
                             const auto& [key, assignment] = entry;
                             if (key.second != "routes") return false;
                             const auto found = assignment.objects.find(port.environment.uuid());
                             if (found == assignment.objects.end()) return false;
                             return found->second.removed || !found->second.confirmed;
                           });
  }
}

void Database::observe(base::WorkerId id, const std::vector<Report>& reports, base::UtcTime now, bool whole) {
  for (const auto& report : reports) {
    for (auto& [key, environment] : environments) {
      auto* row = environment.replica(report.replica);
      if (row == nullptr || row->data.worker != id) continue;
      auto& data = row->data;
      if (!whole && data.observed_since && *data.observed_since > report.since) continue;
      const bool same = data.phase == report.phase && data.health == report.health &&
                        data.restarts == report.restarts && data.reason == report.reason &&
                        data.exit_code == report.exit_code && data.cause == report.cause &&
                        (data.container.has_value() || report.container.empty());
      if (same) continue;
      data.phase = report.phase;
      data.health = report.health;
      data.restarts = report.restarts;
      data.reason = report.reason;
      data.exit_code = report.exit_code;
      data.cause = report.cause;
      if (!report.container.empty()) data.container = report.container;
      data.observed_since = report.since;
      data.observed_at = now;
      ++environment.revision;
    }
  }
}

void Database::wake(EnvironmentRow& environment, base::UtcTime now) {
  environment.reconcile_at = environment.reconcile_at ? std::min(*environment.reconcile_at, now) : now;
  ++environment.revision;
}

void Database::wake_all(base::UtcTime now) {
  for (auto& [id, environment] : environments) wake(environment, now);
}

}  // namespace simulation

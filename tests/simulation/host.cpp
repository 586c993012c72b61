#include "tests/simulation/host.hpp"

#include <algorithm>

#include "tests/simulation/agent.hpp"
#include "tests/simulation/cluster.hpp"

namespace simulation {

namespace rules = ::replicas;

namespace {

constexpr std::chrono::seconds kPeriod{5};

Report a_report(base::ReplicaId replica, base::UtcTime since) {
  Report report;
  report.replica = replica;
  report.since = since;
  return report;
}

}  // namespace

void Host::later(base::Duration delay, std::function<void()> what) {
  cluster_.timeline().after(delay, [this, life = life_, what = std::move(what)] {
    if (agent_lives_ && life_ == life) what();
  });
}

void Host::agent_started() {
  agent_lives_ = true;
  ++life_;
  periodic();
}

void Host::periodic() {
  later(kPeriod, [this] {
    periodic();
    nudge();
  });
}

void Host::agent_crashed() {
  agent_lives_ = applied_ = nudged_ = false;
  replicas_.clear();
  being_removed_.clear();
}

void Host::lose_power() {
  for (auto& container : containers_) {
    container.running = container.answers = false;
    container.exit_code = 255;
  }
  cluster_.invariants().changed();
}

void Host::nudge() {
  if (nudged_) return;
  nudged_ = true;
  later(std::chrono::milliseconds(1), [this] { tick(); });
}

void Host::apply(const std::vector<std::string>& bodies) {
  std::set<base::ReplicaId> wanted;
  for (const auto& body : bodies) wanted.insert(*base::ReplicaId::parse(body));
  for (auto& [id, replica] : replicas_) replica.retired = !wanted.contains(id);
  for (const auto& id : wanted) {
    if (replicas_.contains(id)) continue;
    replicas_[id].status = a_report(id, agent_.now());
    agent_.observe(replicas_[id].status);
  }
  applied_ = true;
  nudge();
}

Container* Host::find(const std::string& id) {
  const auto found = std::ranges::find(containers_, id, &Container::id);
  return found == containers_.end() ? nullptr : &*found;
}
Container* Host::container_of(base::ReplicaId replica) {
  const auto found = std::ranges::find(containers_, replica, &Container::replica);
  return found == containers_.end() ? nullptr : &*found;
}
const Container* Host::listening(int port) const {
  const auto found = std::ranges::find_if(containers_, [&](const auto& c) { return c.running && c.port == port; });
  return found == containers_.end() ? nullptr : &*found;
}
bool Host::healthy(base::ReplicaId replica) const {
  return std::ranges::any_of(containers_,
                             [&](const auto& c) { return c.replica == replica && c.running && c.answers; });
}

Host::Managed* Host::managed(base::ReplicaId id) {
  const auto found = replicas_.find(id);
  return found == replicas_.end() ? nullptr : &found->second;
}
Host::Managed* Host::living(base::ReplicaId id, std::uint64_t serial) {
  auto* replica = managed(id);
  return replica != nullptr && replica->life && replica->life->serial == serial ? replica : nullptr;
}

void Host::tick() {
  nudged_ = false;
  if (!applied_) return;
  std::erase_if(replicas_, [this](auto& entry) {
    if (!entry.second.retired || entry.second.life) return false;
    set(entry.first, "stopped", "unknown");
    return true;
  });
  std::vector<rules::Found> found;
  std::set<base::ReplicaId> skipped;
  for (const auto& container : containers_) {
    if (being_removed_.contains(container.id)) {
      skipped.insert(container.replica);
      continue;
    }
    found.push_back({.id = container.replica,
                     .container = container.id,
                     .spec_sha256 = "spec",
                     .state = container.running ? rules::Found::State::running : rules::Found::State::exited,
                     .proven_alive = container.running});
  }
  std::erase_if(found, [&](const auto& one) { return skipped.contains(one.id); });
  std::vector<rules::Wanted> wanted;
  for (const auto& [id, replica] : replicas_) {
    if (skipped.contains(id)) continue;
    wanted.push_back({.id = id,
                      .spec_sha256 = "spec",
                      .run = !replica.retired,
                      .has_life = replica.life.has_value(),
                      .life_spec = replica.life ? "spec" : "",
                      .life_container = replica.life ? replica.life->container : "",
                      .not_before = replica.not_before});
  }
  for (const auto& action : rules::diff(wanted, found, cluster_.timeline().steady_now())) carry_out(action);
}

void Host::carry_out(const rules::Action& action) {
  switch (action.kind) {
    case rules::ActionKind::end: end_life(action.id); break;
    case rules::ActionKind::remove: remove_container(action); break;
    default: begin_life(action.id, action);
  }
}

void Host::begin_life(base::ReplicaId id, const rules::Action& action) {
  auto& replica = *managed(id);
  const bool adopts = action.kind == rules::ActionKind::adopt;
  replica.life = Life{};
  replica.life->serial = ++last_serial_;
  replica.life->container = action.container;
  replica.life->started = cluster_.timeline().steady_now();
  replica.life->adopted = adopts;
  const auto serial = replica.life->serial;
  if (action.kind == rules::ActionKind::restart || (replica.failures > 0 && !adopts)) ++replica.status.restarts;
  if (adopts) {
    replica.life->health.ever_healthy = true;
    return later(cluster_.random().millis(2, 20), [this, id, serial] {
      if (living(id, serial) != nullptr) watch(id);
    });
  }
  if (!action.container.empty()) erase_container(action.container);
  replica.life->container.clear();
  set(id, "starting", "unknown");
  const bool pulls = cluster_.random().chance(200);
  const auto delay = pulls ? cluster_.random().millis(500, 6'000) : cluster_.random().millis(60, 300);
  later(delay, [this, id, serial] { create(id, serial); });
}

void Host::create(base::ReplicaId id, std::uint64_t serial) {
  auto* replica = living(id, serial);
  if (replica == nullptr) return;
  const auto& about = cluster_.replica(id);
  if (listening(about.port) != nullptr) {
    replica->life.reset();
    fail(id, "the port is in use", std::nullopt, rules::cause::kPort);
    return nudge();
  }
  const auto name = "c" + std::to_string(agent_.index()) + "-" + std::to_string(++last_container_);
  containers_.push_back(
      {.id = name, .replica = id, .running = true, .answers = false, .exit_code = 0, .port = about.port});
  replica->life->container = name;
  replica->life->started = cluster_.timeline().steady_now();
  behave(name, about.behaviour);
  cluster_.invariants().changed();
  watch(id);
}

void Host::watch(base::ReplicaId id) {
  auto& replica = *managed(id);
  auto* container = find(replica.life->container);
  if (container == nullptr || !container->running) return note_exit(id);
  replica.status.exit_code.reset();
  set(id, "running", "unknown");
  if (replica.life->end_asked) return end_life(id);
  const auto serial = replica.life->serial;
  later(std::chrono::milliseconds(10), [this, id, serial] { probe(id, serial); });
  const protocol::HealthProbe about;
  later(std::chrono::seconds(about.grace_s), [this, id, serial] {
    auto* late = living(id, serial);
    if (late == nullptr || late->life->end_asked) return;
    const auto running_for = cluster_.timeline().steady_now() - late->life->started;
    if (!rules::grace_is_over(late->life->health, running_for, protocol::HealthProbe{})) return;
    const auto name = late->life->container;
    late->life.reset();
    fail(id, "it did not answer", std::nullopt, rules::cause::kHealth);
    erase_container(name);
    nudge();
  });
}

/// Probes count only where they change something, so they are made when the app's state changes and, while it does not
/// answer, until that is noticed.
void Host::probe(base::ReplicaId id, std::uint64_t serial) {
  auto* replica = living(id, serial);
  if (replica == nullptr || replica->life->end_asked) return;
  auto* container = find(replica->life->container);
  if (container == nullptr || !container->running) return;
  auto& life = *replica->life;
  const protocol::HealthProbe about;
  const auto before = life.health;
  life.health = rules::after_probe(life.health, container->answers, about);
  set(id, "running", rules::to_string(life.health.health), "");
  const bool noticed =
      container->answers || !life.health.ever_healthy || life.health.health == rules::Health::unhealthy;
  if (noticed || before.failures > about.unhealthy_after) return;
  later(std::chrono::milliseconds(about.interval_ms), [this, id, serial] { probe(id, serial); });
}

void Host::set(base::ReplicaId id, const std::string& phase, const std::string& health, const std::string& reason) {
  auto& replica = *managed(id);
  const auto container = replica.life ? replica.life->container : std::string();
  auto& status = replica.status;
  if (status.phase == phase && status.health == health && status.reason == reason && status.container == container) {
    return;
  }
  if (health == "healthy") status.cause.clear();
  status.phase = phase;
  status.health = health;
  status.reason = reason;
  status.container = container;
  status.since = std::max(agent_.now(), status.since + std::chrono::milliseconds(1));
  if (cluster_.timeline().traced()) {
    cluster_.timeline().note("replica " + cluster_.name_of(id) + " is " + phase + " " + health + " " + reason);
  }
  agent_.observe(status);
}

void Host::fail(base::ReplicaId id, const std::string& reason, std::optional<int> exit_code, const char* cause) {
  auto& replica = *managed(id);
  ++replica.failures;
  const auto wait = rules::backoff(replica.failures);
  replica.not_before = cluster_.timeline().steady_now() + std::chrono::duration_cast<base::SteadyTime::duration>(wait);
  replica.status.exit_code = exit_code;
  replica.status.cause = cause;
  set(id, "failed", "unhealthy", reason);
  later(wait, [this] { nudge(); });
}

void Host::note_exit(base::ReplicaId id) {
  auto& replica = *managed(id);
  const auto* container = find(replica.life->container);
  const auto code = container == nullptr ? std::nullopt : std::optional(container->exit_code);
  const bool asked = replica.life->end_asked;
  replica.life.reset();
  if (asked) {
    note_stopped(id);
  } else {
    fail(id, rules::describe_exit(code.value_or(137), false, 0), code, rules::cause::kExit);
  }
  nudge();
}

void Host::note_stopped(base::ReplicaId id) {
  auto& replica = *managed(id);
  replica.failures = 0;
  replica.not_before = {};
  set(id, "stopped", "unknown");
}

void Host::end_life(base::ReplicaId id) {
  auto& replica = *managed(id);
  if (replica.life->end_asked && replica.status.phase == "stopping") return;
  replica.life->end_asked = true;
  if (replica.life->container.empty()) {
    replica.life.reset();
    note_stopped(id);
    return nudge();
  }
  set(id, "stopping", replica.status.health);
  cluster_.invariants().stopping(id);
  const auto serial = replica.life->serial;
  later(cluster_.random().millis(50, 10'000), [this, id, serial] {
    auto* ending = living(id, serial);
    if (ending == nullptr) return;
    erase_container(ending->life->container);
    ending->life.reset();
    note_stopped(id);
    nudge();
  });
}

void Host::remove_container(const rules::Action& action) {
  being_removed_.insert(action.container);
  cluster_.invariants().stopping(action.id);
  later(cluster_.random().millis(50, 10'000), [this, action] {
    being_removed_.erase(action.container);
    erase_container(action.container);
    if (managed(action.id) != nullptr) note_stopped(action.id);
    nudge();
  });
}

void Host::erase_container(const std::string& id) {
  std::erase_if(containers_, [&](const auto& container) { return container.id == id; });
  cluster_.invariants().changed();
}

void Host::behave(const std::string& container, Behaviour behaviour) {
  auto& timeline = cluster_.timeline();
  auto& random = cluster_.random();
  if (behaviour == Behaviour::crashes) {
    return timeline.after(random.millis(20, 900), [this, container] { app_exits(container, 1); });
  }
  if (behaviour == Behaviour::mute) return;
  const bool slow = behaviour == Behaviour::slow;
  timeline.after(slow ? random.millis(2'000, 15'000) : random.millis(15, 700),
                 [this, container] { app_answers(container, true); });
  if (behaviour != Behaviour::flaky) return;
  timeline.after(random.millis(3'000, 60'000), [this, container] {
    if (cluster_.troubled()) app_exits(container, 139);
  });
}

void Host::app_exits(const std::string& id, int exit_code) {
  auto* container = find(id);
  if (container == nullptr || !container->running) return;
  container->running = container->answers = false;
  container->exit_code = exit_code;
  cluster_.invariants().changed();
  for (auto& [replica, state] : replicas_) {
    if (state.life && state.life->container == id) {
      const auto serial = state.life->serial;
      return later(std::chrono::milliseconds(5), [this, replica_id = replica, serial] {
        if (living(replica_id, serial) != nullptr) note_exit(replica_id);
      });
    }
  }
}

void Host::app_answers(const std::string& id, bool answers) {
  auto* container = find(id);
  if (container == nullptr || !container->running) return;
  container->answers = answers;
  cluster_.invariants().changed();
  for (auto& [replica, state] : replicas_) {
    if (!state.life || state.life->container != id) continue;
    const auto serial = state.life->serial;
    later(cluster_.random().millis(1, 50), [this, replica_id = replica, serial] { probe(replica_id, serial); });
  }
}

}  // namespace simulation

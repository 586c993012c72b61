// Assignments of an agent, as link/assignments.cpp takes them: checked, bodies gathered, kept, applied, answered.

#include <algorithm>

#include "common/json/json.hpp"
#include "tests/simulation/agent.hpp"
#include "tests/simulation/cluster.hpp"

namespace simulation {
namespace {

constexpr std::chrono::seconds kAgain{10};

}  // namespace

void Agent::on(const Sync& sync) {
  auto decision = protocol::check_command(cluster_.pinned_keys(), journal_, id_, protocol::CommandType::assignment,
                                          sync.command, now());
  if (!decision) {
    if (cluster_.timeline().traced()) {
      cluster_.timeline().note("agent " + std::to_string(index_) + " refuses: " + decision.error().message);
    }
    return send(Refused{});
  }
  const auto command = std::get<protocol::AssignmentCommand>(decision->command);
  const std::string name(json::enum_name(command.kind));
  const auto found = kinds_.find(name);
  if (found == kinds_.end()) return;
  if (decision->repeat) {
    if (found->second.answer) send(*found->second.answer);
    return;
  }
  found->second.offer = Offer{command, std::move(*decision)};
  if (!found->second.busy) step(name);
}

void Agent::step(const std::string& name) {
  auto& kind = kinds_.at(name);
  if (!alive_ || kind.busy) return;
  if (kind.offer) {
    take(name);
  } else if (kind.accepted && !kind.answer) {
    if (gather(name, *kind.accepted)) converge(name);
  }
}

bool Agent::gather(const std::string& name, const protocol::AssignmentCommand& command) {
  ObjectGet get;
  for (const auto& object : command.objects) {
    if (!objects_.contains(object.sha256)) get.digests.push_back(object.sha256);
  }
  if (get.digests.empty()) return true;
  send(std::move(get));
  later(kAgain, [this, name] { step(name); });
  return false;
}

void Agent::on(const ObjectPut& put) {
  if (!put.body || protocol::Digest::of(*put.body) != put.digest) return;
  objects_[put.digest] = *put.body;
  for (auto& [name, kind] : kinds_) {
    if (!kind.busy) step(name);
  }
}

void Agent::check_position(const std::string& name, const protocol::AssignmentCommand& command) {
  const protocol::CommandPosition position{command.head.epoch, command.generation};
  auto& highest = highest_[name];
  if (position < highest) throw Violation("an agent accepted an older generation of " + name);
  highest = position;
}

void Agent::take(const std::string& name) {
  auto& kind = kinds_.at(name);
  if (!gather(name, kind.offer->command)) return;
  Offer offer = *std::exchange(kind.offer, std::nullopt);
  check_position(name, offer.command);
  kind.accepted = offer.command;
  kind.answer.reset();
  if (may_crash_here()) return;  // the command is on disk, the mark is not
  journal_ = protocol::accept_command(journal_, offer.decision, now());
  if (may_crash_here()) return;
  converge(name);
}

std::vector<std::string> Agent::bodies_of(const protocol::AssignmentCommand& command) const {
  std::vector<std::string> bodies;
  for (const auto& object : command.objects) bodies.push_back(objects_.at(object.sha256));
  return bodies;
}

void Agent::converge(const std::string& name) {
  auto& kind = kinds_.at(name);
  kind.busy = true;
  if (name == "replicas") {
    host_.apply(bodies_of(*kind.accepted));
    return later(cluster_.random().millis(1, 5), [this, name] { finish(name, true, {}); });
  }
  kind.serial = ++last_serial_;
  edge_.apply(bodies_of(*kind.accepted), kind.serial);
}

void Agent::routes_served(std::uint64_t serial, bool in_force, std::vector<base::Uuid> pending) {
  const auto kind = kinds_.find("routes");
  if (kind == kinds_.end() || !kind->second.busy || kind->second.serial != serial) return;
  finish("routes", in_force, std::move(pending));
}

void Agent::routes_settled(std::vector<base::Uuid> pending) {
  auto& kind = kinds_.at("routes");
  if (kind.busy || !kind.answer) return;
  kind.answer->pending = std::move(pending);
  if (may_crash_here()) return;
  send(*kind.answer);
}

void Agent::finish(const std::string& name, bool in_force, std::vector<base::Uuid> pending) {
  auto& kind = kinds_.at(name);
  kind.busy = false;
  const Applied answer{name, static_cast<std::int64_t>(kind.accepted->head.epoch),
                       static_cast<std::int64_t>(kind.accepted->generation), in_force, std::move(pending)};
  if (may_crash_here()) return;
  send(answer);
  if (in_force) {
    kind.answer = answer;
  } else if (!kind.offer) {
    later(kAgain, [this, name] {
      auto& waiting = kinds_.at(name);
      if (!waiting.busy && !waiting.answer && waiting.accepted) converge(name);
    });
  }
  if (kind.offer) step(name);
}

}  // namespace simulation

#include "tests/simulation/network.hpp"

#include "tests/simulation/cluster.hpp"

namespace simulation {
namespace {

constexpr int kPerMille = 15;  // of messages that meet a fault which the run has

}  // namespace

int Network::connect(int agent, int plane, std::int64_t session_epoch) {
  Connection connection;
  connection.agent = agent;
  connection.plane = plane;
  connection.session_epoch = session_epoch;
  connections_.push_back(connection);
  if (cluster_.timeline().traced()) {
    cluster_.timeline().note("agent " + std::to_string(agent) + " connects to plane " + std::to_string(plane));
  }
  return static_cast<int>(connections_.size()) - 1;
}

void Network::to_agent(int connection, Message message) {
  if (at(connection).plane_side) send(connection, std::move(message), true);
}
void Network::to_plane(int connection, Message message) {
  if (at(connection).agent_side) send(connection, std::move(message), false);
}

void Network::send(int id, Message message, bool to_agent) {
  auto& random = cluster_.random();
  const auto& faults = cluster_.faults();
  if (at(id).broken) return;
  if (faults.losses && random.chance(kPerMille)) return cut(id);
  base::Duration delay = random.millis(1, 8);
  if (faults.delays && random.chance(kPerMille)) delay += random.millis(100, 8'000);
  auto& last = to_agent ? at(id).last_to_agent : at(id).last_to_plane;
  auto arrives = cluster_.timeline().now() + std::chrono::duration_cast<std::chrono::microseconds>(delay);
  const bool overtakes = faults.reorders && at(id).inventory && random.chance(2 * kPerMille);
  if (arrives <= last && !overtakes) arrives = last + std::chrono::microseconds(1);
  if (!overtakes) last = arrives;
  const auto wait = arrives - cluster_.timeline().now();
  // The first two of a connection have their place by the envelope's number; commands have to bear repetition anyway.
  const bool greets = std::holds_alternative<Hello>(message) || std::holds_alternative<Inventory>(message);
  const bool doubled = faults.doubles && !greets && random.chance(2 * kPerMille);
  if (doubled) {
    cluster_.timeline().after(wait + random.millis(0, 3'000),
                              [this, id, message, to_agent] { deliver(id, message, to_agent); });
  }
  cluster_.timeline().after(wait,
                            [this, id, message = std::move(message), to_agent] { deliver(id, message, to_agent); });
}

void Network::deliver(int id, const Message& message, bool to_agent) {
  // What is under way when a connection breaks may still arrive: it had left.
  if (to_agent) {
    if (at(id).agent_side) cluster_.agent(at(id).agent).receive(id, message);
  } else if (at(id).plane_side) {
    cluster_.plane(at(id).plane).receive(id, message);
  }
}

base::Duration Network::notice(bool late) {
  return late ? cluster_.random().millis(1'000, 30'000) : cluster_.random().millis(1, 20);
}

void Network::agent_notices(int id, base::Duration after) {
  cluster_.timeline().after(after, [this, id] {
    if (!at(id).agent_side) return;
    at(id).agent_side = false;
    if (cluster_.timeline().traced()) {
      cluster_.timeline().note("agent " + std::to_string(at(id).agent) + " lost its connection");
    }
    cluster_.agent(at(id).agent).disconnected(id);
  });
}

void Network::plane_notices(int id, base::Duration after) {
  cluster_.timeline().after(after, [this, id] {
    if (!at(id).plane_side) return;
    at(id).plane_side = false;
    cluster_.plane(at(id).plane).disconnected(id);
  });
}

void Network::cut(int id) {
  if (at(id).broken) return;
  at(id).broken = true;
  const bool late = cluster_.random().chance(500);
  agent_notices(id, notice(late));
  plane_notices(id, notice(late));
}

void Network::close_agent_side(int id, bool late) {
  if (!at(id).agent_side) return;
  at(id).agent_side = false;
  at(id).broken = true;
  plane_notices(id, notice(late));
}

void Network::close_plane_side(int id, bool late) {
  if (!at(id).plane_side) return;
  at(id).plane_side = false;
  at(id).broken = true;
  agent_notices(id, notice(late));
}

}  // namespace simulation

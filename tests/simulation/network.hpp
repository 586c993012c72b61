#pragma once

#include <cstdint>
#include <vector>

#include "tests/simulation/messages.hpp"

namespace simulation {

class Cluster;

/// One connection of an agent to a control plane; each side learns of its end by itself.
struct Connection {
  int agent{0};
  int plane{0};
  std::int64_t session_epoch{0};
  bool agent_side{true};  ///< open, as the agent sees it
  bool plane_side{true};
  bool broken{false};  ///< nothing passes any more; both sides notice within 30 s
  bool greeted{false};
  bool inventory{false};
  base::UtcTime last_to_agent;
  base::UtcTime last_to_plane;
};

/// Carries messages in order, after a delay; and, where the run's faults say so, loses, doubles, delays and reorders
/// them, and cuts connections. Memory of a process is not in here: who crashed does not receive.
class Network {
 public:
  explicit Network(Cluster& cluster) : cluster_(cluster) {}

  int connect(int agent, int plane, std::int64_t session_epoch);
  Connection& at(int id) { return connections_[static_cast<std::size_t>(id)]; }
  const std::vector<Connection>& all() const { return connections_; }

  void to_agent(int connection, Message message);
  void to_plane(int connection, Message message);
  /// Nothing passes from here on; the sides notice one after the other.
  void cut(int connection);
  /// A side closes: it knows at once, the other a little later (late: after up to 30 s, as after a power cut).
  void close_agent_side(int connection, bool late);
  void close_plane_side(int connection, bool late);

 private:
  void send(int connection, Message message, bool to_agent);
  void deliver(int connection, const Message& message, bool to_agent);
  void agent_notices(int connection, base::Duration after);
  void plane_notices(int connection, base::Duration after);
  base::Duration notice(bool late);

  Cluster& cluster_;
  std::vector<Connection> connections_;
};

}  // namespace simulation

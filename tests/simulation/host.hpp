#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/messages.hpp"
#include "tests/simulation/options.hpp"
#include "worker-agent/replicas/rules.hpp"

namespace simulation {

class Agent;
class Cluster;

/// A container as Podman has it; it lives without the agent.
struct Container {
  std::string id;
  base::ReplicaId replica;
  bool running{true};
  bool answers{false};  ///< its app answers the probes
  int exit_code{0};
  int port{0};
};

/// The containers of one worker host and the agent's replica manager over them: `diff`, back-off and health are the
/// product's rules, lives and containers are modelled.
class Host {
 public:
  Host(Cluster& cluster, Agent& agent) : cluster_(cluster), agent_(agent) {}

  void agent_started();
  void agent_crashed();
  void lose_power();
  /// Adopts the whole desired set; bodies are replica ids (`Cluster::replica` knows the rest).
  void apply(const std::vector<std::string>& bodies);

  const std::vector<Container>& containers() const { return containers_; }
  Container* container_of(base::ReplicaId replica);
  /// The container that listens at this port, if one does.
  const Container* listening(int port) const;
  bool healthy(base::ReplicaId replica) const;
  /// The app crashes, or stops answering, or answers again.
  void app_exits(const std::string& container, int exit_code);
  void app_answers(const std::string& container, bool answers);

 private:
  struct Life {
    std::uint64_t serial{0};
    std::string container;
    bool end_asked{false};
    bool adopted{false};
    ::replicas::HealthRecord health;
    base::SteadyTime started{};
  };
  struct Managed {
    bool run{true};
    bool retired{false};
    std::optional<Life> life;
    base::SteadyTime not_before{};
    int failures{0};
    Report status;
  };

  void later(base::Duration delay, std::function<void()> what);
  void periodic();
  void nudge();
  void tick();
  void carry_out(const ::replicas::Action& action);
  void begin_life(base::ReplicaId id, const ::replicas::Action& action);
  void create(base::ReplicaId id, std::uint64_t serial);
  void watch(base::ReplicaId id);
  void probe(base::ReplicaId id, std::uint64_t serial);
  void end_life(base::ReplicaId id);
  void fail(base::ReplicaId id, const std::string& reason, std::optional<int> exit_code, const char* cause);
  void note_exit(base::ReplicaId id);
  void remove_container(const ::replicas::Action& action);
  void erase_container(const std::string& id);
  void set(base::ReplicaId id, const std::string& phase, const std::string& health, const std::string& reason = {});
  void note_stopped(base::ReplicaId id);
  Managed* managed(base::ReplicaId id);
  Managed* living(base::ReplicaId id, std::uint64_t serial);
  void behave(const std::string& container, Behaviour behaviour);
  Container* find(const std::string& container);

  Cluster& cluster_;
  Agent& agent_;
  std::vector<Container> containers_;  ///< survive the agent
  int last_container_{0};

  int life_{0};
  bool agent_lives_{false};
  bool applied_{false};
  bool nudged_{false};
  std::uint64_t last_serial_{0};
  std::map<base::ReplicaId, Managed> replicas_;
  std::set<std::string> being_removed_;
};

}  // namespace simulation

#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/simulation/agent.hpp"
#include "tests/simulation/database.hpp"
#include "tests/simulation/invariants.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/options.hpp"
#include "tests/simulation/plane.hpp"
#include "tests/simulation/random.hpp"
#include "tests/simulation/timeline.hpp"

namespace simulation {

/// What the containers of a replica are made from.
struct ReplicaAbout {
  int port{0};
  Behaviour behaviour{Behaviour::good};
  std::string name;
};

/// How a run ended.
struct Outcome {
  bool passed{true};
  std::string what;  ///< the invariant that did not hold
  std::uint64_t events{0};
  std::uint64_t fingerprint{0};
  base::Duration virtual_time{};
  std::vector<std::string> notes;  ///< the trace, when it was asked for
};

/// Two control planes, some agents, a database and a network between them, in one thread and one order.
class Cluster {
 public:
  explicit Cluster(Options options);

  /// Trouble, then calm, then everything has to be as it was asked for.
  Outcome run();

  const Options& options() const { return options_; }
  Timeline& timeline() { return timeline_; }
  Random& random() { return random_; }
  Ids& ids() { return ids_; }
  Database& database() { return database_; }
  Network& network() { return network_; }
  Invariants& invariants() { return invariants_; }
  /// Those that may strike now; none in the calm.
  const Faults& faults() const { return faults_; }
  bool had_faults() const { return had_faults_; }
  /// Apps may still fail.
  bool troubled() const { return troubled_ && had_faults_; }
  Plane& plane(int index) { return *planes_[static_cast<std::size_t>(index)]; }
  Agent& agent(int index) { return *agents_[static_cast<std::size_t>(index)]; }
  const std::vector<std::unique_ptr<Agent>>& agents() const { return agents_; }
  const Agent& agent_at(const std::string& address) const;
  const Host* host_of(base::WorkerId worker) const;
  base::WorkerId worker_of(int agent) const { return agents_[static_cast<std::size_t>(agent)]->id(); }

  void describe(const scheduling::Replica& replica, Behaviour behaviour);
  const ReplicaAbout& replica(base::ReplicaId id) const { return replicas_.at(id); }
  const std::string& name_of(base::ReplicaId id) const { return replicas_.at(id).name; }
  void erase(base::AppEnvironmentId environment);

  static const protocol::CommandSigningKey& signing_key();
  static std::span<const protocol::CommandKey> pinned_keys();

 private:
  void build();
  void choose_faults();
  void run_for(base::Duration how_long);
  void calm_down();
  void settle();
  void mend_apps();

  // people.cpp
  void people();
  void somebody_acts();
  void undo_deletion(EnvironmentRow& environment, base::UtcTime now);
  bool deploy(EnvironmentRow& environment, base::UtcTime now, std::optional<base::ReleaseId> copies);
  void create_app(int number);
  // nature.cpp
  void nature();
  void something_happens();
  void skew_clocks();
  void upset_app();
  // converged.cpp
  std::string unfinished() const;
  /// The rows, into the trace.
  void note_rows();
  std::string unfinished(const EnvironmentRow& environment) const;
  std::string unfinished_on_hosts() const;
  std::string unfinished_at_edges() const;

  Options options_;
  Timeline timeline_;
  Random random_;
  Ids ids_;
  Database database_;
  Network network_;
  Invariants invariants_;
  Faults faults_;
  bool had_faults_{false};
  bool troubled_{true};
  std::vector<std::unique_ptr<Plane>> planes_;
  std::vector<std::unique_ptr<Agent>> agents_;
  std::map<base::ReplicaId, ReplicaAbout> replicas_;
};

/// One seed, once more with a trace when it fails.
Outcome run_seed(Options options);

}  // namespace simulation

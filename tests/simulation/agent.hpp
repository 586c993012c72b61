#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/protocol/command_rules.hpp"
#include "tests/simulation/edge_model.hpp"
#include "tests/simulation/host.hpp"
#include "tests/simulation/messages.hpp"
#include "worker-agent/link/backoff.hpp"

namespace simulation {

class Cluster;

/// An agent: its link, jobs, host of containers and, on an edge, HAProxy. What the product keeps on disk survives a
/// crash; containers and HAProxy live on by themselves.
class Agent {
 public:
  Agent(Cluster& cluster, int index, base::WorkerId id, bool is_edge);

  void start();
  void crash();
  void crash_for_a_while();
  /// The machine loses power: containers and HAProxy stop too.
  void lose_power();
  void partition(base::Duration how_long);
  void end_partition() { partitioned_until_ = {}; }
  bool alive() const { return alive_; }
  bool connected() const { return connection_.has_value(); }
  base::UtcTime now() const;
  void set_skew(std::chrono::milliseconds skew) { skew_ = skew; }

  void receive(int connection, const Message& message);
  void disconnected(int connection);
  /// Breaks the connection, if there is one.
  void cut();

  /// A replica's status changed.
  void observe(const Report& report);
  /// The routes are in force but those that are pending; or the edge gave up for now.
  void routes_served(std::uint64_t serial, bool in_force, std::vector<base::Uuid> pending);
  /// Fewer are pending than was said.
  void routes_settled(std::vector<base::Uuid> pending);

  Host& host() { return host_; }
  const Host& host() const { return host_; }
  EdgeModel& edge() { return edge_; }
  const EdgeModel& edge() const { return edge_; }
  bool is_edge() const { return is_edge_; }
  int index() const { return index_; }
  base::WorkerId id() const { return id_; }
  /// What waits to be sent or applied; empty: nothing.
  std::string unrest() const;

 private:
  struct Offer {
    protocol::AssignmentCommand command;
    protocol::CommandDecision decision;
  };
  struct Kind {
    std::optional<protocol::AssignmentCommand> accepted;  ///< on disk
    std::optional<Offer> offer;
    std::optional<Applied> answer;
    bool busy{false};
    std::uint64_t serial{0};  ///< of the apply that runs
  };
  struct Job {
    std::string outcome;  ///< empty: it runs; on disk like the rest
    int run{0};           ///< the agent's life that runs it
  };
  struct StatusEntry {
    Report report;
    int version{1};
    int acked{0};
    int sent{0};
  };

  /// Unless this life of the agent is over by then.
  void later(base::Duration delay, std::function<void()> what);
  bool may_crash_here();
  void connect();
  void connect_later();
  void send(Message message);

  void on(const Sync& sync);
  void on(const ObjectPut& put);
  void on(const Dispatch& dispatch);
  void on(const JobCancel& cancel);
  void on(const JobAck& ack);
  void on(const StatusAck& ack);
  template <class Other>
  void on(const Other&) {}

  void step(const std::string& name);
  void take(const std::string& name);
  void converge(const std::string& name);
  bool gather(const std::string& name, const protocol::AssignmentCommand& command);
  void finish(const std::string& name, bool in_force, std::vector<base::Uuid> pending);
  std::vector<std::string> bodies_of(const protocol::AssignmentCommand& command) const;
  void check_position(const std::string& name, const protocol::AssignmentCommand& command);

  void run_job(const JobKey& key);
  void end_job(const JobKey& key, const std::string& outcome);
  void send_results();
  void flush_statuses();
  std::vector<Report> take_statuses(bool all);

  Cluster& cluster_;
  int index_;
  base::WorkerId id_;
  bool is_edge_;
  bool alive_{false};
  int life_{0};
  std::chrono::milliseconds skew_{0};
  base::UtcTime partitioned_until_{};
  std::optional<int> connection_;
  agent::Backoff backoff_;
  int last_plane_{-1};

  // On disk.
  protocol::CommandState journal_;
  std::map<std::string, Kind> kinds_;
  std::map<protocol::Digest, std::string> objects_;
  std::map<JobKey, Job> jobs_;
  std::map<std::string, protocol::CommandPosition> highest_;  ///< for the invariant only

  // In memory.
  std::map<base::ReplicaId, StatusEntry> statuses_;
  std::uint64_t in_flight_{0};
  std::uint64_t last_serial_{0};
  Host host_;
  EdgeModel edge_;
};

}  // namespace simulation

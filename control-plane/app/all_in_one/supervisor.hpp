#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/app/all_in_one/cluster.hpp"
#include "control-plane/app/all_in_one/commands.hpp"
#include "control-plane/app/all_in_one/ready_probe.hpp"
#include "control-plane/app/all_in_one/restart_policy.hpp"

namespace all_in_one {

/// A program that is kept running.
struct Service {
  std::string name;
  std::optional<Process> process{};
  RestartPolicy policy{};
  base::SteadyTime started_at{};
  base::SteadyTime not_before{};  ///< back-off
  bool started_once{false};
};

/// The loop: start what may start, notice what ended, stop in order. One thread.
class Supervisor {
 public:
  /// `signals`: a signalfd that gets SIGTERM and SIGINT. Throws `Failure` when something is missing.
  Supervisor(const AllInOneOptions& options, Layout layout, int signals);

  /// Makes the database cluster when there is none. False when it was told to stop meanwhile; throws `Failure` when it
  /// cannot be made.
  bool make_cluster();
  /// Runs until it is told to stop, then stops everything: agent, control plane, PostgreSQL; at most 10 s.
  void run();

 private:
  void start_due();
  void start_agent_side();
  void start(Service& service, const Command& command);
  void notice_endings();
  void notice_ready();
  void take_enrolment(const Ending& ending);
  void wait_for_event();
  bool told_to_stop();
  void stop_all();
  void stop(Service& service, int signal_number, base::Duration grace);
  bool finishes(Process& process, base::Duration grace);
  void write_run_file();
  bool may_start(const Service& service) const;
  std::vector<Service*> services() { return {&postgres_, &control_plane_, &enrolment_, &agent_}; }

  AllInOneOptions options_;
  Layout layout_;
  int signals_;
  Cluster cluster_;
  ReadyProbe probe_;
  base::SystemClock clock_;
  Service postgres_{.name = "postgres"};
  Service control_plane_{.name = "control-plane"};
  Service enrolment_{.name = "worker-token"};
  Service agent_{.name = "agent"};
  std::optional<Enrolment> credentials_;
  bool postgres_ready_{false};
  bool control_plane_ready_{false};
  bool was_ready_{false};  ///< the control plane answered once: the agent copes with any later absence itself
  bool stopping_{false};
};

}  // namespace all_in_one

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/async/nudge.hpp"
#include "common/async/task.hpp"
#include "common/async/task_group.hpp"
#include "common/base/deadline.hpp"
#include "common/protocol/objects.hpp"
#include "worker-agent/replicas/app_networks.hpp"
#include "worker-agent/replicas/layer_size.hpp"
#include "worker-agent/replicas/probe.hpp"
#include "worker-agent/replicas/process_watch.hpp"
#include "worker-agent/replicas/rules.hpp"
#include "worker-agent/replicas/surroundings.hpp"

namespace replicas {

/// One replica on this worker: what it shall be, what was observed, and at most one "life": the coroutine that starts
/// or adopts a container, watches it, and stops it. Phases: pending → pulling → starting → running → (stopping →
/// stopped) or failed, from which the manager starts the next life after a back-off.
class Replica : public std::enable_shared_from_this<Replica> {
 public:
  Replica(const Surroundings& around, AppNetworks& networks, protocol::ReplicaObject object);

  /// The object may change while a life goes on; the next life takes it.
  void set_object(protocol::ReplicaObject object);
  /// Nobody wants it any more: its last life ends with `stopped`.
  void retire() { retired_ = true; }

  Wanted wanted() const;
  const protocol::ReplicaObject& object() const { return object_; }
  const agent::ReplicaObservation& status() const { return status_; }
  bool retired() const { return retired_; }
  bool has_life() const { return has_life_; }
  bool is_running() const { return has_life_ && status_.phase == "running"; }
  /// Its container and that container's first process; 0 while there is none to watch.
  const std::string& container() const { return container_; }
  pid_t process() const { return marks_ ? marks_->process.pid : 0; }
  /// Whether the watched container, and the conmon that watches it, live.
  bool life_is_sound() const { return marks_ && still_alive(*marks_); }

  /// From here on it has a life, which `live` leads. `action`: start, adopt, restart or replace.
  void begin_life(const Action& action);
  /// Returns when the life is over; what went wrong is in the status.
  static async::Task<void> live(std::shared_ptr<Replica> self, Action action);
  /// Asks the life to stop its container with grace.
  void ask_to_end();
  /// Tells the newest status again, for a replica that was just added.
  void tell() const { around_.on_status(status_); }
  void note_stopped();
  /// Counts on in what its container wrote, on the pool: at most `entries` files, and takes off how many it looked at.
  /// One that has more than it may is told in its status.
  static async::Task<void> look_at_disk(std::shared_ptr<Replica> self, std::size_t& entries);

 private:
  async::Task<base::Result<void>> bring_up(Action action);
  async::Task<base::Result<void>> pull();
  async::Task<base::Result<void>> create_and_start();
  async::Task<base::Result<void>> start(std::string container, const runtime::ContainerSpec& spec);
  async::Task<void> watch();
  void step_health(base::SteadyTime now);
  void begin_probe();
  /// What the newest probe means. Nothing is told before the first one: who answers at once costs one message.
  void note_disk(std::uint64_t bytes);
  void tell_health();
  async::Task<void> stop_container();
  async::Task<void> note_exit();
  async::Task<void> give_up();
  static async::Task<void> wait_for_exit(std::shared_ptr<Replica> self, std::shared_ptr<ProcessWatch> watch);
  static async::Task<void> probe_once(std::shared_ptr<Replica> self);
  static async::Task<void> pull_once(std::shared_ptr<Replica> self);

  void fail(std::string reason, std::optional<int> exit_code, const char* cause);
  void set(const char* phase, Health health, std::string reason = {});
  base::Deadline soon() const;
  base::Duration running_for() const;
  std::vector<std::string> last_lines() const;

  const Surroundings& around_;
  AppNetworks& networks_;
  protocol::ReplicaObject object_;
  std::string spec_;
  agent::ReplicaObservation status_;
  bool retired_{false};

  // Of the series of lives.
  int failures_{0};
  base::SteadyTime not_before_{};

  // Of the present life.
  bool has_life_{false};
  std::string life_spec_;
  bool end_asked_{false};
  bool exited_{false};
  bool out_of_memory_{false};
  std::string container_;
  std::optional<LifeMarks> marks_;
  base::SteadyTime started_{};
  std::uint64_t log_start_{0};
  HealthRecord health_;
  std::string last_failure_;
  int probes_done_{0};
  std::optional<base::Result<void>> pulled_;
  bool probing_{false};
  bool leaves_something_{false};  ///< a container of it was made and did not come to its ordinary end
  std::optional<ProbeResult> probe_result_;
  base::SteadyTime next_probe_{};
  std::shared_ptr<LayerSize> layer_;  ///< used by one look at a time
  std::string disk_words_;            ///< while it has more than it may
  std::unique_ptr<async::TaskGroup> watchers_;
  async::Nudge nudge_;
};

}  // namespace replicas

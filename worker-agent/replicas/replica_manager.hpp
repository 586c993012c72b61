#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/async/nudge.hpp"
#include "common/async/task.hpp"
#include "common/async/task_group.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/replicas/app_networks.hpp"
#include "worker-agent/replicas/replica.hpp"
#include "worker-agent/replicas/rules.hpp"
#include "worker-agent/replicas/surroundings.hpp"

namespace replicas {

/// Makes the containers of this host what the accepted assignment says: compares, acts, and does so again on each nudge
/// and every 5 s. Keeps nothing on disk: the link hands over the accepted set again after a restart, and the containers
/// themselves tell what runs. All members on the executor of the surroundings.
class ReplicaManager final : public agent::AssignmentHandler {
 public:
  explicit ReplicaManager(Surroundings around);

  /// The loop; ends by cancellation. Containers go on running.
  async::Task<void> run();
  /// Ends what `run` began; await it after `run` has ended and before this object goes.
  async::Task<void> stop();

  /// Adopts the whole desired set. Refuses what it cannot read, and a large removal that was not said to be meant.
  async::Task<agent::ApplyResult> apply(std::vector<agent::ObjectBody> objects, bool shrink) override;

  /// The containers that run, for measurements.
  struct Running {
    base::ReplicaId replica;
    std::string container;
    pid_t process{0};
  };
  std::vector<Running> running() const;
  /// For `inventory.report`.
  std::vector<agent::ReplicaObservation> observations() const;
  /// Whether a replica is, or shall be, on this host.
  bool is_here(base::ReplicaId replica) const { return replicas_.contains(replica); }

 private:
  struct Every {
    base::Duration period;
    std::optional<base::SteadyTime> last{};

    bool due(base::SteadyTime now) {
      if (last && now - *last < period) return false;
      last = now;
      return true;
    }
  };

  async::Task<base::Duration> tick();
  async::Task<base::Result<std::vector<Found>>> observe();
  async::Task<void> note_silence(const base::Error& error);
  void carry_out(const Action& action);
  async::Task<void> lead_life(std::shared_ptr<Replica> replica, Action action);
  async::Task<void> remove_container(Action action, base::Duration grace);
  async::Task<void> take_away(Action action, base::Duration grace);
  async::Task<void> tidy();
  async::Task<void> tidy_images();
  async::Task<base::Result<void>> remove_half_made();
  async::Task<void> look_at_disks();
  std::set<base::ReplicaId> living() const;
  /// What changed while the host was looked at is left for the next look.
  std::set<base::ReplicaId> unsettled(const std::set<base::ReplicaId>& living_before) const;
  void forget_ended();
  void note_absent(const std::vector<Wanted>& wanted, const std::vector<Found>& found);
  base::Duration until_next_start() const;
  base::Deadline soon() const;

  Surroundings around_;
  AppNetworks networks_;
  std::map<base::ReplicaId, std::shared_ptr<Replica>> replicas_;
  std::map<std::string, base::ReplicaId> being_removed_;  ///< container id → its replica
  bool applied_{false};
  int silences_{0};  ///< in a row
  pid_t served_by_{0};
  int looks_for_leftovers_{0};  ///< still to come, since Podman's service is another one
  Every tidying_{std::chrono::seconds(5)};
  Every tidying_logs_{std::chrono::minutes(10)};
  Every tidying_images_{std::chrono::minutes(10)};  ///< longer than one tidying may take
  base::ReplicaId looked_at_{};                     ///< whose disk is looked at next
  async::Nudge nudge_;
  async::TaskGroup tasks_;  ///< last: its tasks use the members above
};

}  // namespace replicas

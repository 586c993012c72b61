#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/fleet/lookout.hpp"
#include "tests/simulation/database.hpp"
#include "tests/simulation/messages.hpp"

namespace simulation {

class Cluster;

/// A control plane: leadership, reconciler, sweeps and the hub, as application and modules wire them; decisions by the
/// product's rules, rows in the model database. Its memory goes with a crash.
class Plane {
 public:
  Plane(Cluster& cluster, int index) : cluster_(cluster), index_(index) {}

  void start();
  void crash();
  /// The process stands still: what is due happens after that, without it knowing.
  void stall(base::Duration how_long);
  bool alive() const { return alive_; }
  bool leads() const { return alive_ && epoch_.has_value(); }
  base::UtcTime now() const;
  void set_skew(std::chrono::milliseconds skew) { skew_ = skew; }

  // The hub's side of connections.
  std::optional<std::int64_t> admit(base::WorkerId worker);
  void enter(int connection);
  void receive(int connection, const Message& message);
  void disconnected(int connection);

  /// A user's change was committed here.
  void nudge_reconciler();
  void nudge_worker(base::WorkerId worker);

 private:
  /// Unless this life of the process is over by then.
  void later(base::Duration delay, std::function<void()> what);
  bool may_crash_here();
  bool stands_still() const;

  void tick();
  void lead();
  void reconcile_due();
  void next_reconcile();
  void begin_reconcile(base::AppEnvironmentId environment);
  void commit_reconcile(base::AppEnvironmentId environment, std::int64_t epoch, std::uint64_t revision);
  bool begin_as_leader(std::int64_t epoch) const;
  void sweep();
  void move_silent();
  void expire_jobs();
  void assign_jobs();
  void maintain_hub();
  void touch();
  void refresh(int connection);

  void dispatch(int connection);
  bool fenced(int connection);
  void on(int connection, const Hello& hello);
  void on(int connection, const Inventory& inventory);
  void on(int connection, const Status& status);
  void on(int connection, const Applied& applied);
  void on(int connection, const ObjectGet& get);
  void on(int connection, const JobAccepted& accepted);
  void on(int connection, const JobFinished& finished);
  void on(int connection, const Refused& refused);
  template <class Other>
  void on(int, const Other&) {}
  void observe(base::WorkerId worker, const std::vector<Report>& reports, bool whole);
  void settle(EnvironmentRow& environment, JobRow& job, const std::string& outcome);
  std::vector<Message> job_messages(base::WorkerId worker);

  Cluster& cluster_;
  int index_;
  bool alive_{false};
  int life_{0};
  int ticks_{0};
  std::chrono::milliseconds skew_{0};
  base::UtcTime still_until_{};
  std::optional<std::int64_t> epoch_;
  std::map<base::WorkerId, int> connections_;  ///< the newest of each worker here
  fleet::Lookout lookout_;
  std::vector<base::AppEnvironmentId> due_;
  bool reconciling_{false};
  bool nudged_{false};
};

}  // namespace simulation

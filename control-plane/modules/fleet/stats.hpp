#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"
#include "common/protocol/stats.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace fleet {

/// What a worker last said of itself.
struct WorkerStats {
  base::UtcTime at;
  protocol::HostStats host;
  std::map<base::ReplicaId, protocol::ContainerStats> containers;
};

/// Takes `stats.report`: the newest of each worker, in memory and of this instance's connections only; what has to last
/// (records of switches) goes to whoever asked for it, in a transaction. Thread-safe; the listeners are set before the
/// first connection.
class Stats {
 public:
  using Switches = std::vector<protocol::EdgeSwitchStats>;

  // Told of reports, outside any transaction, on the connection's thread: must be quick.
  void on_report(std::function<void(base::WorkerId, const protocol::StatsBody&)> told) { report_ = std::move(told); }
  void on_edge(std::function<void(base::WorkerId, base::UtcTime, const protocol::EdgeStats&)> told) {
    edge_ = std::move(told);
  }
  /// Told of switches that go on or have ended; records come more than once.
  void on_switches(std::function<void(Tx&, base::WorkerId, const Switches&)> told) { switches_ = std::move(told); }

  /// Told when a worker's connection has ended.
  void on_forgotten(std::function<void(base::WorkerId)> told) { forgotten_.push_back(std::move(told)); }

  /// The switches in it, for `tell`. Error `malformed`.
  base::Result<Switches> take(base::WorkerId worker, base::UtcTime at, std::string_view body);
  void tell(Tx& tx, base::WorkerId worker, const Switches& switches) const {
    if (switches_) switches_(tx, worker, switches);
  }
  std::optional<WorkerStats> of(base::WorkerId worker) const;
  /// Its connection ended: what it said is no longer so.
  void forget(base::WorkerId worker);

 private:
  std::function<void(base::WorkerId, const protocol::StatsBody&)> report_;
  std::function<void(base::WorkerId, base::UtcTime, const protocol::EdgeStats&)> edge_;
  std::function<void(Tx&, base::WorkerId, const Switches&)> switches_;
  std::vector<std::function<void(base::WorkerId)>> forgotten_;
  base::Guarded<std::map<base::WorkerId, WorkerStats>> newest_;
};

}  // namespace fleet

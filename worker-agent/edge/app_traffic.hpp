#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/protocol/latency.hpp"
#include "common/protocol/stats.hpp"
#include "worker-agent/edge/route.hpp"
#include "worker-agent/edge/tally.hpp"

namespace edge {

struct Moment {
  base::UtcTime utc;
  base::SteadyTime steady;
};

/// Whole ms, never below 0.
std::uint64_t ms_between(base::SteadyTime from, base::SteadyTime to);

/// Latencies of the last minute, in steps of ten seconds. 2 kB.
class RecentLatency {
 public:
  void add(std::uint64_t micros, base::SteadyTime now);
  protocol::LatencyHistogram last_minute(base::SteadyTime now) const;

 private:
  struct Slot {
    std::int64_t number{-1};
    protocol::LatencyHistogram histogram;
  };
  std::array<Slot, 7> slots_;  // the one that is filling, and six whole ones
};

/// What one app's requests did at this edge, and the record of the switch that goes on. Pure beside its own memory,
/// which is bounded by the app's targets.
class AppTraffic {
 public:
  static constexpr base::Duration kAfter{std::chrono::seconds(30)};
  /// After so long the first counts of a switch are worth a report.
  static constexpr base::Duration kFirstCounts{std::chrono::seconds(1)};

  AppTraffic(base::AppEnvironmentId app, std::string backend) : app_(app), backend_(std::move(backend)) {}

  /// The route that is about to be served. A release that was not in the route before opens a switch. `restored`: the
  /// route comes from disk, after a restart of the agent; two releases in it are a switch that is already going on.
  void plan(const Route& route, Moment now, bool restored);
  /// All rows of this app's backend, of one answer of HAProxy.
  void counted(std::span<const ServerCounters> rows, Moment now);
  /// A request got the first byte of its answer after so many µs.
  void answered(std::uint64_t micros, base::SteadyTime now);
  /// The grace of a server was over with so many connections left.
  void cut(const std::string& server, std::uint64_t connections);
  /// Something happened that the record cannot be complete with.
  void interrupted(const std::string& gap);

  /// True when counters are wanted before HAProxy is told the planned route.
  bool unmeasured() const;
  bool has_open_switch() const { return switch_.has_value(); }
  /// True while a switch goes on that is not in its quiet last part.
  bool watched() const { return switch_ && !switch_->during_end; }

  const std::string& backend() const { return backend_; }
  protocol::TrafficCounts counts() const;
  bool changed() const { return !(counts() == told_); }
  /// For a report; from then on it is not `changed`.
  protocol::EdgeAppStats tell(base::SteadyTime now);
  std::optional<protocol::EdgeSwitchStats> open_switch(Moment now) const;
  /// Switches that became final; hands them over.
  std::vector<protocol::EdgeSwitchStats> take_finished();
  /// How often a switch was opened, had its first counts, came to its last part or became final.
  std::uint64_t steps() const { return steps_; }

 private:
  struct Drain {
    base::SteadyTime since;
    std::optional<std::uint64_t> connections;  ///< at its begin; absent until first counted
    std::uint64_t cut{0};
    std::optional<base::SteadyTime> ended;
  };
  struct Server {
    base::ReplicaId replica;
    std::optional<base::ReleaseId> release;
    Series series;
    std::uint64_t in_flight{0};
    bool gone{false};
    std::optional<Drain> drain;
    std::uint64_t answered_at_open{0};  ///< of the switch
  };
  struct Planned {
    std::optional<base::ReleaseId> release;
    bool drain{false};
  };
  struct Past {
    base::SteadyTime at;
    protocol::TrafficCounts counts;
  };
  struct Switch {
    base::ReleaseId release;
    Moment opened;
    bool measured{false};
    bool counted{false};
    protocol::SwitchPhase before;
    protocol::TrafficCounts at_open;
    protocol::LatencyHistogram during;
    protocol::LatencyHistogram after;
    std::optional<base::SteadyTime> during_end;
    protocol::TrafficCounts at_during_end;
    std::uint64_t requests_old{0};
    std::uint64_t requests_new{0};
    std::set<std::string> gaps;
  };

  void open(base::ReleaseId release, Moment now);
  void measure_opening(base::SteadyTime now);
  void see_server(const ServerCounters& row, Moment now);
  void follow_drain(Server& server, base::SteadyTime now) const;
  void advance(Moment now);
  bool one_sided() const;
  void count_sides(Switch& record) const;
  void finish(Moment now);
  void forget_gone();
  protocol::EdgeSwitchStats told(Moment now, bool final) const;
  Tally servers_total() const;

  base::AppEnvironmentId app_;
  std::string backend_;
  std::map<std::string, Planned> planned_;
  std::set<base::ReleaseId> known_releases_;
  std::map<std::string, Server> servers_;
  Tally departed_;
  Series backend_series_;
  bool primed_{false};
  RecentLatency recent_;
  std::deque<Past> history_;
  protocol::TrafficCounts told_;
  std::optional<Switch> switch_;
  std::vector<protocol::EdgeSwitchStats> finished_;
  std::uint64_t steps_{0};
};

}  // namespace edge

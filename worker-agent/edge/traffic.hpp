#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "worker-agent/edge/app_traffic.hpp"
#include "worker-agent/edge/layout.hpp"

namespace edge {

/// What all apps' requests did at this edge, and the records of their switches (receipts of deployments are made of
/// them). Bounded: by the layout, and 256 records. Pure beside its own memory; not thread-safe.
class Traffic {
 public:
  /// The layout that is about to be served; `restored`: read from disk at the agent's start.
  void plan(const Layout& layout, Moment now, bool restored);
  /// One answer of HAProxy with all rows of one or of all backends.
  void counted(std::span<const ServerCounters> rows, Moment now);
  /// One line of HAProxy's log: "backend server status µs …"; lines of another form are left out.
  void answered(std::string_view line, base::SteadyTime now);
  void cut(const std::string& path, std::uint64_t connections);
  /// HAProxy counts from 0 again: `haproxy_restarted` or `haproxy_reloaded`.
  void interrupted(const std::string& gap);

  /// Backends whose counters are wanted before HAProxy is told the planned layout.
  std::vector<std::string> unmeasured() const;
  /// Backends whose counters are wanted often, for a switch goes on.
  std::vector<std::string> watched() const;
  bool has_open_switch() const;
  /// Counts steps of switches: who sees it grow has something to report at once.
  std::uint64_t steps() const;

  /// The next report, at most about 36 KiB: switches first, then apps that changed, round robin.
  protocol::EdgeStats report(Moment now);
  /// Reports went nowhere: what was told of late is told again.
  void tell_again();

 private:
  /// A final record is told three times, for a report may be lost.
  struct Final {
    protocol::EdgeSwitchStats stats;
    int tell{3};
  };
  void add_switches(protocol::EdgeStats& stats, std::size_t& budget, Moment now);
  void add_apps(protocol::EdgeStats& stats, std::size_t& budget, Moment now);
  void collect_finished();

  std::map<base::AppEnvironmentId, AppTraffic> apps_;
  std::map<std::string, base::AppEnvironmentId, std::less<>> by_backend_;
  std::deque<Final> finals_;
  base::AppEnvironmentId last_told_;
  std::uint64_t restarts_{0};
  std::uint64_t steps_of_gone_{0};
};

}  // namespace edge

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/blocking_pool.hpp"
#include "common/async/nudge.hpp"
#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/protocol/messages/stats_report.hpp"
#include "common/protocol/stats.hpp"
#include "worker-agent/stats/container_meter.hpp"
#include "worker-agent/stats/host_meter.hpp"

namespace stats {

/// Where a report's parts come from and where it goes; all called on the reporter's executor.
struct Ends {
  std::function<std::vector<RunningContainer>()> containers;
  /// What the edge adds; nothing where there is no edge.
  std::function<std::optional<protocol::EdgeStats>()> edge;
  /// True when the report was queued; false: no connection, or its queue is full.
  std::function<bool(const protocol::StatsReport&, std::string body)> send;
  /// A report was not sent after its edge part was taken.
  std::function<void()> not_sent;
};

/// Sends `stats.report`: every 5 s, and at once when asked (but not within 200 ms of the last).
class Reporter {
 public:
  struct Options {
    std::filesystem::path disk;  ///< a folder on the file system that is told
    std::string cgroup_parent;
    base::Duration every{std::chrono::seconds(5)};
    base::Duration at_least{std::chrono::milliseconds(200)};
  };
  Reporter(boost::asio::any_io_executor executor, async::BlockingPool& pool, const base::Clock& clock, Options options,
           Ends ends);

  /// Until cancelled.
  async::Task<void> run();
  /// Something is worth telling before its time. From any thread.
  void at_once() { nudge_.notify(); }

 private:
  async::Task<void> report();
  std::vector<RunningContainer> next_containers();

  async::BlockingPool& pool_;
  const base::Clock& clock_;
  Options options_;
  Ends ends_;
  HostMeter host_;
  ContainerMeter meter_;
  async::Nudge nudge_;
  std::size_t first_container_{0};  ///< of the next report, where not all fit
  std::uint64_t dropped_{0};
};

}  // namespace stats

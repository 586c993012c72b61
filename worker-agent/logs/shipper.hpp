#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/async/nudge.hpp"
#include "worker-agent/logs/collector.hpp"
#include "worker-agent/logs/drain.hpp"

namespace logs {

/// Sends what the replicas of this host print to a drain, out of their spools: each replica from where it stopped, also
/// over a restart of the agent. While the drain is away the spools keep what they may; what they had to drop is told as
/// a gap. At least once: after a failure or a crash a line may come again. A drain that is slow holds up nobody else.
/// Main thread.
class Shipper {
 public:
  struct Options {
    std::filesystem::path state_file;             ///< how far each replica's log was sent
    std::chrono::milliseconds save_every{1'000};  ///< at most so much comes again after a crash
    std::chrono::milliseconds retry{1'000};       ///< doubles up to `retry_most`
    std::chrono::milliseconds retry_most{60'000};
    std::chrono::seconds patience{20};  ///< of one delivery
  };

  /// `is_here`: whether a replica still is on this worker. The references outlive this object.
  Shipper(DrainTools tools, Collector& collector, std::unique_ptr<Drain> drain,
          std::function<bool(base::ReplicaId)> is_here, Options options);

  /// This replica's output is sent from now on: from its log's beginning, or where it was left off.
  void add(const Origin& origin);
  /// Ends by cancellation.
  async::Task<void> run();

 private:
  struct Source {
    Origin origin;
    std::uint64_t offset{0};
    std::shared_ptr<std::function<void()>> woken;  ///< the subscription to the spool
  };
  struct Piece {
    std::string lines;
    std::uint64_t next{0};
  };
  async::Task<bool> round();
  async::Task<base::Result<bool>> send_some(base::ReplicaId replica);
  async::Task<void> save();
  void blocking_load();

  DrainTools tools_;
  Collector& collector_;
  std::unique_ptr<Drain> drain_;
  std::function<bool(base::ReplicaId)> is_here_;
  Options options_;
  std::map<base::ReplicaId, Source> sources_;
  std::map<std::string, std::uint64_t> left_off_;  ///< by replica, of an earlier process
  std::shared_ptr<async::Nudge> wake_;
  bool unsaved_{false};
  base::SteadyTime saved_{};
};

}  // namespace logs

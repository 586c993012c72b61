#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/guarded.hpp"
#include "common/base/id.hpp"
#include "common/protocol/stats.hpp"
#include "control-plane/modules/fleet/hub.hpp"

namespace observability {

/// What a replica used between two reports, at the later one.
struct ReplicaPoint {
  base::UtcTime at;
  std::uint32_t cpu_permille{0};  ///< of one processor
  std::uint64_t memory_bytes{0};
  std::uint64_t received_per_s{0};
  std::uint64_t sent_per_s{0};
};

struct HostPoint {
  base::UtcTime at;
  protocol::HostStats stats;
};

template <class Point>
struct Line {
  std::vector<Point> points;  ///< oldest first
  bool live{false};           ///< the newest is less than 45 s old
};

/// The last quarter of an hour of the workers that are connected to this instance. Thread-safe; a report costs time in
/// its own containers only.
class History {
 public:
  explicit History(const base::Clock& clock) : clock_(clock) {}

  /// Before the first connection.
  void serve(fleet::Hub& hub);
  /// Times are ours, of the report's arrival: agents' clocks may be off.
  void take(base::WorkerId worker, const protocol::HostStats& host,
            const std::vector<protocol::ContainerStats>& containers);
  void forgotten(base::WorkerId worker);

  /// Points after a moment, or all. Empty and not live when nothing was told.
  Line<ReplicaPoint> of(base::WorkerId worker, base::ReplicaId replica, std::optional<base::UtcTime> after) const;
  Line<HostPoint> of(base::WorkerId worker, std::optional<base::UtcTime> after) const;
  base::UtcTime now() const { return clock_.utc_now(); }

 private:
  struct Replica {
    base::UtcTime at;  ///< of `last`
    protocol::ContainerStats last;
    std::deque<ReplicaPoint> points;
  };
  struct Worker {
    std::deque<HostPoint> points;
    std::map<base::ReplicaId, Replica> replicas;
  };
  struct All {
    std::map<base::WorkerId, Worker> workers;
    std::deque<std::pair<base::UtcTime, base::WorkerId>> left;  ///< connections that ended, oldest first
    std::size_t replicas{0};
  };
  static void drop_left(All& all, base::UtcTime now);
  static void drop_silent(All& all, Worker& worker, base::UtcTime now);
  static void extend(Replica& replica, const protocol::ContainerStats& stats, base::UtcTime now);

  const base::Clock& clock_;
  base::Guarded<All> all_;
};

}  // namespace observability

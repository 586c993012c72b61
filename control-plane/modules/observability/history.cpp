#include "control-plane/modules/observability/history.hpp"

#include <algorithm>

namespace observability {
namespace {

constexpr std::chrono::minutes kKept{15};
constexpr std::chrono::seconds kLive{45};
/// Where containers come in turns, one may be left out of some reports; after more its counters are no rate.
constexpr std::chrono::seconds kLongestStep{120};
constexpr std::size_t kMostPoints = 181;
constexpr std::size_t kMostReplicas = 20'000;
constexpr std::size_t kMostWorkers = 2'000;

template <class Point>
void append(std::deque<Point>& points, Point point) {
  const auto now = point.at;
  points.push_back(std::move(point));
  while (points.size() > kMostPoints || now - points.front().at > kKept) points.pop_front();
}

std::uint64_t per_second(std::uint64_t from, std::uint64_t to, base::Duration step) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(step).count();
  return ms <= 0 ? 0 : (to - from) * 1'000 / static_cast<std::uint64_t>(ms);
}

template <class Point>
Line<Point> line_of(const std::deque<Point>& points, std::optional<base::UtcTime> after, base::UtcTime now) {
  Line<Point> line;
  line.live = !points.empty() && now - points.back().at < kLive;
  for (const auto& point : points) {
    if (now - point.at <= kKept && (!after || point.at > *after)) line.points.push_back(point);
  }
  return line;
}

}  // namespace

void History::serve(fleet::Hub& hub) {
  hub.stats().on_report(
      [this](base::WorkerId worker, const protocol::StatsBody& body) { take(worker, body.host, body.containers); });
  hub.stats().on_forgotten([this](base::WorkerId worker) { forgotten(worker); });
}

void History::extend(Replica& replica, const protocol::ContainerStats& stats, base::UtcTime now) {
  const auto& last = replica.last;
  const auto step = now - replica.at;
  const bool grew =
      stats.cpu_ms >= last.cpu_ms && stats.received_bytes >= last.received_bytes && stats.sent_bytes >= last.sent_bytes;
  if (grew && step > base::Duration{0} && step <= kLongestStep) {
    append(replica.points,
           ReplicaPoint{.at = now,
                        .cpu_permille = static_cast<std::uint32_t>(per_second(last.cpu_ms, stats.cpu_ms, step)),
                        .memory_bytes = stats.memory_bytes,
                        .received_per_s = per_second(last.received_bytes, stats.received_bytes, step),
                        .sent_per_s = per_second(last.sent_bytes, stats.sent_bytes, step)});
  }
  replica.at = now;
  replica.last = stats;
}

void History::take(base::WorkerId id, const protocol::HostStats& host,
                   const std::vector<protocol::ContainerStats>& containers) {
  const auto now = clock_.utc_now();
  all_.with([&](All& all) {
    drop_left(all, now);
    if (all.workers.size() >= kMostWorkers && !all.workers.contains(id)) return;
    auto& worker = all.workers[id];
    append(worker.points, HostPoint{now, host});
    for (const auto& stats : containers) {
      const auto found = worker.replicas.find(stats.replica_id);
      if (found != worker.replicas.end()) {
        extend(found->second, stats, now);
      } else if (all.replicas < kMostReplicas) {
        worker.replicas.emplace(stats.replica_id, Replica{now, stats, {}});
        ++all.replicas;
      }
    }
    drop_silent(all, worker, now);
  });
}

void History::drop_silent(All& all, Worker& worker, base::UtcTime now) {
  all.replicas -= std::erase_if(worker.replicas, [&](const auto& entry) { return now - entry.second.at > kKept; });
}

void History::forgotten(base::WorkerId worker) {
  const auto now = clock_.utc_now();
  all_.with([&](All& all) {
    drop_left(all, now);
    all.left.emplace_back(now, worker);
  });
}

void History::drop_left(All& all, base::UtcTime now) {
  while (!all.left.empty() && now - all.left.front().first > kKept) {
    const auto found = all.workers.find(all.left.front().second);
    all.left.pop_front();
    if (found == all.workers.end() || now - found->second.points.back().at <= kKept) continue;  // it came back
    all.replicas -= found->second.replicas.size();
    all.workers.erase(found);
  }
}

Line<ReplicaPoint> History::of(base::WorkerId worker, base::ReplicaId replica,
                               std::optional<base::UtcTime> after) const {
  const auto now = clock_.utc_now();
  return all_.with([&](const All& all) {
    const auto host = all.workers.find(worker);
    if (host == all.workers.end()) return Line<ReplicaPoint>{};
    const auto found = host->second.replicas.find(replica);
    if (found == host->second.replicas.end()) return Line<ReplicaPoint>{};
    return line_of(found->second.points, after, now);
  });
}

Line<HostPoint> History::of(base::WorkerId worker, std::optional<base::UtcTime> after) const {
  const auto now = clock_.utc_now();
  return all_.with([&](const All& all) {
    const auto host = all.workers.find(worker);
    return host == all.workers.end() ? Line<HostPoint>{} : line_of(host->second.points, after, now);
  });
}

}  // namespace observability

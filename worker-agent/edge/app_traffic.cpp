#include "worker-agent/edge/app_traffic.hpp"

#include <algorithm>

namespace edge {
namespace {

using std::chrono::seconds;

constexpr base::Duration kSlot = seconds(10);
constexpr base::Duration kBefore = seconds(60);
constexpr base::Duration kHistoryStep = seconds(4);

}  // namespace

std::uint64_t ms_between(base::SteadyTime from, base::SteadyTime to) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count()));
}

void RecentLatency::add(std::uint64_t micros, base::SteadyTime now) {
  const auto number = now.time_since_epoch() / kSlot;
  Slot& slot = slots_[static_cast<std::size_t>(number) % slots_.size()];
  if (slot.number != number) {
    slot.number = number;
    slot.histogram.clear();
  }
  slot.histogram.add(micros);
}

protocol::LatencyHistogram RecentLatency::last_minute(base::SteadyTime now) const {
  const auto number = now.time_since_epoch() / kSlot;
  protocol::LatencyHistogram all;
  for (const Slot& slot : slots_) {
    if (slot.number >= 0 && number - slot.number <= 6) all.merge(slot.histogram);
  }
  return all;
}

void AppTraffic::plan(const Route& route, Moment now, bool restored) {
  std::map<std::string, Planned> next;
  std::set<base::ReleaseId> releases;
  std::optional<base::ReleaseId> newcomer;
  for (const auto& target : route.targets) {
    next.emplace(server_name(target), Planned{target.release, target.drain});
    if (!target.release) continue;
    releases.insert(*target.release);
    if (!target.drain && !known_releases_.contains(*target.release)) newcomer = std::max(newcomer, target.release);
  }
  for (auto& [name, server] : servers_) {
    const auto planned = next.find(name);
    const bool leaves = planned == next.end() || planned->second.drain;
    if (!leaves) server.drain.reset();
    if (leaves && !server.drain && !server.gone) server.drain = Drain{now.steady, {}, 0, {}};
  }
  planned_ = std::move(next);
  known_releases_ = std::move(releases);
  if (restored && known_releases_.size() < 2) return;
  if (!newcomer) return;
  if (switch_ && switch_->release == *newcomer) return;
  if (switch_) {
    if (!switch_->during_end) switch_->gaps.insert("overtaken");
    finish(now);
  }
  open(*newcomer, now);
  if (restored) switch_->gaps.insert("agent_restarted");
}

void AppTraffic::open(base::ReleaseId release, Moment now) {
  Switch record;
  record.release = release;
  record.opened = now;
  const auto latency = recent_.last_minute(now.steady);
  record.before.latency = latency.row();
  switch_ = std::move(record);
  ++steps_;
}

bool AppTraffic::unmeasured() const {
  return !primed_ || (switch_ && !switch_->measured);
}

/// The counters as they were when the switch was opened.
void AppTraffic::measure_opening(base::SteadyTime now) {
  Switch& record = *switch_;
  record.measured = true;
  record.at_open = counts();
  for (auto& [name, server] : servers_) server.answered_at_open = server.series.total()[Tally::answered];
  if (history_.empty()) return;
  record.before.counts = difference(record.at_open, history_.front().counts);
  record.before.milliseconds = ms_between(history_.front().at, now);
}

void AppTraffic::counted(std::span<const ServerCounters> rows, Moment now) {
  std::set<std::string> present;
  for (const auto& row : rows) {
    if (row.name == kBackendRow) {
      if (!primed_) backend_series_.begin_at(row);
      backend_series_.see(row);
    } else {
      present.insert(row.name);
      see_server(row, now);
    }
  }
  for (auto& [name, server] : servers_) {
    if (present.contains(name) || server.gone) continue;
    server.gone = true;
    server.in_flight = 0;
    if (server.drain) follow_drain(server, now.steady);
  }
  primed_ = true;
  if (switch_ && !switch_->measured) measure_opening(now.steady);
  while (!history_.empty() && now.steady - history_.front().at > kBefore) history_.pop_front();
  if (history_.empty() || now.steady - history_.back().at >= kHistoryStep) history_.push_back({now.steady, counts()});
  advance(now);
}

void AppTraffic::see_server(const ServerCounters& row, Moment now) {
  auto found = servers_.find(row.name);
  if (found == servers_.end()) {
    Server server;
    server.replica = base::ReplicaId::parse(std::string_view(row.name).substr(0, 36)).value_or(base::ReplicaId{});
    const auto planned = planned_.find(row.name);
    if (planned != planned_.end()) server.release = planned->second.release;
    if (!primed_) server.series.begin_at(row);
    // One that HAProxy still has and the route has not, or has no longer for new requests.
    const bool leaves = planned == planned_.end() || planned->second.drain;
    if (leaves) server.drain = Drain{now.steady, {}, 0, {}};
    found = servers_.emplace(row.name, std::move(server)).first;
  }
  Server& server = found->second;
  server.gone = false;
  server.series.see(row);
  server.in_flight = row.in_flight;
  if (server.drain) follow_drain(server, now.steady);
}

void AppTraffic::follow_drain(Server& server, base::SteadyTime now) const {
  Drain& drain = *server.drain;
  if (!drain.connections) drain.connections = server.in_flight;
  if (server.in_flight == 0 && !drain.ended) drain.ended = now;
}

void AppTraffic::answered(std::uint64_t micros, base::SteadyTime now) {
  recent_.add(micros, now);
  if (!switch_) return;
  (switch_->during_end ? switch_->after : switch_->during).add(micros);
}

void AppTraffic::cut(const std::string& server, std::uint64_t connections) {
  const auto found = servers_.find(server);
  if (found != servers_.end() && found->second.drain)
    found->second.drain->cut = std::max(found->second.drain->cut, connections);
}

void AppTraffic::interrupted(const std::string& gap) {
  backend_series_.interrupted();
  for (auto& [name, server] : servers_) server.series.interrupted();
  if (switch_) switch_->gaps.insert(gap);
}

Tally AppTraffic::servers_total() const {
  Tally sum = departed_;
  for (const auto& [name, server] : servers_) sum += server.series.total();
  return sum;
}

protocol::TrafficCounts AppTraffic::counts() const {
  return counts_of(servers_total(), backend_series_.total());
}

protocol::EdgeAppStats AppTraffic::tell(base::SteadyTime now) {
  protocol::EdgeAppStats stats;
  stats.app_environment_id = app_;
  stats.counts = told_ = counts();
  stats.latency_60s = recent_.last_minute(now).row();
  for (const auto& [name, server] : servers_) {
    if (server.gone) continue;
    const Tally total = server.series.total();
    protocol::EdgeReplicaStats replica;
    replica.replica_id = server.replica;
    replica.in_flight = server.in_flight;
    replica.counts.requests = total[Tally::answered];
    replica.counts.app_errors = total[Tally::own_5xx];
    replica.counts.connect_errors = total[Tally::connect];
    replica.counts.response_errors = total[Tally::response];
    replica.counts.aborted = total[Tally::aborted];
    replica.counts.retries = total[Tally::retries];
    stats.replicas.push_back(replica);
  }
  return stats;
}

}  // namespace edge

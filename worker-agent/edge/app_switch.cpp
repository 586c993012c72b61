// The record of one switch: how it goes on, ends, and is told.

#include <algorithm>
#include <utility>

#include "worker-agent/edge/app_traffic.hpp"

namespace edge {
/// True when all that is planned is served, and planned and served are of the new release alone, or of others alone.
bool AppTraffic::one_sided() const {
  bool is_new = false;
  bool is_old = false;
  for (const auto& [name, planned] : planned_) {
    const auto served = servers_.find(name);
    if (served == servers_.end() || served->second.gone) return false;
    (planned.release == switch_->release ? is_new : is_old) = true;
  }
  for (const auto& [name, server] : servers_) {
    if (!server.gone) (server.release == switch_->release ? is_new : is_old) = true;
  }
  return !(is_new && is_old);
}

void AppTraffic::count_sides(Switch& record) const {
  record.requests_old = 0;
  record.requests_new = 0;
  for (const auto& [name, server] : servers_) {
    const std::uint64_t answered = server.series.total()[Tally::answered];
    const std::uint64_t added = answered > server.answered_at_open ? answered - server.answered_at_open : 0;
    (server.release == record.release ? record.requests_new : record.requests_old) += added;
  }
}

void AppTraffic::advance(Moment now) {
  if (switch_ && switch_->measured && !switch_->during_end) {
    count_sides(*switch_);
    if (now.steady - switch_->opened.steady >= kFirstCounts && !std::exchange(switch_->counted, true)) ++steps_;
    if (one_sided()) {
      switch_->during_end = now.steady;
      switch_->at_during_end = counts();
      ++steps_;
    }
  }
  if (switch_ && switch_->during_end && now.steady - *switch_->during_end >= kAfter) finish(now);
  if (!switch_) forget_gone();
}

void AppTraffic::finish(Moment now) {
  finished_.push_back(told(now, true));
  switch_.reset();
  ++steps_;
}

void AppTraffic::forget_gone() {
  std::erase_if(servers_, [this](const auto& entry) {
    if (!entry.second.gone) return false;
    departed_ += entry.second.series.total();
    return true;
  });
}

protocol::EdgeSwitchStats AppTraffic::told(Moment now, bool final) const {
  const Switch& record = *switch_;
  protocol::EdgeSwitchStats stats;
  stats.app_environment_id = app_;
  stats.release_id = record.release;
  stats.opened_at = record.opened.utc;
  stats.phase = final ? "final" : record.during_end ? "after" : "during";
  stats.before = record.before;
  const auto end = record.during_end.value_or(now.steady);
  const auto counts_now = counts();
  stats.during.milliseconds = ms_between(record.opened.steady, end);
  stats.during.counts = difference(record.during_end ? record.at_during_end : counts_now, record.at_open);
  stats.during.latency = record.during.row();
  if (record.during_end) {
    stats.after.milliseconds = ms_between(*record.during_end, now.steady);
    stats.after.counts = difference(counts_now, record.at_during_end);
    stats.after.latency = record.after.row();
  }
  stats.requests_old = record.requests_old;
  stats.requests_new = record.requests_new;
  for (const auto& [name, server] : servers_) {
    // What already drained for the release before is in its record.
    if (!server.drain || server.drain->since < record.opened.steady) continue;
    const auto& drain = *server.drain;
    const std::uint64_t connections = drain.connections.value_or(0);
    stats.connections_cut += drain.cut;
    stats.connections_drained += connections > drain.cut ? connections - drain.cut : 0;
    if (connections > 0) {
      stats.longest_drain_ms =
          std::max(stats.longest_drain_ms, ms_between(drain.since, drain.ended.value_or(now.steady)));
    }
  }
  stats.gaps.assign(record.gaps.begin(), record.gaps.end());
  // Overtaken: the record ends early, and what is in it was counted in full.
  stats.complete =
      record.measured && std::ranges::all_of(record.gaps, [](const auto& gap) { return gap == "overtaken"; });
  return stats;
}

std::optional<protocol::EdgeSwitchStats> AppTraffic::open_switch(Moment now) const {
  if (!switch_) return std::nullopt;
  return told(now, false);
}

std::vector<protocol::EdgeSwitchStats> AppTraffic::take_finished() {
  return std::exchange(finished_, {});
}

}  // namespace edge

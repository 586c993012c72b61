#include "control-plane/modules/ingress/rules.hpp"

#include <algorithm>
#include <set>

#include "common/protocol/latency.hpp"

namespace ingress::rules {
namespace {

using protocol::LatencyHistogram;

void add(protocol::TrafficCounts& sum, const protocol::TrafficCounts& more) {
  sum.requests += more.requests;
  sum.app_errors += more.app_errors;
  sum.connect_errors += more.connect_errors;
  sum.response_errors += more.response_errors;
  sum.unserved += more.unserved;
  sum.aborted += more.aborted;
  sum.retries += more.retries;
  sum.limited += more.limited;
}

std::optional<double> milliseconds(const LatencyHistogram& histogram, double share) {
  const auto micros = histogram.quantile(share);
  if (!micros) return std::nullopt;
  return static_cast<double>(*micros) / 1000.0;
}

std::int64_t as_signed(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

/// One of before, during and after, over all records.
class PhaseSum {
 public:
  void add(const protocol::SwitchPhase& phase) {
    milliseconds_ = std::max(milliseconds_, phase.milliseconds);
    rules::add(counts_, phase.counts);
    histogram_.merge(LatencyHistogram::from_row(phase.latency));
  }
  const protocol::TrafficCounts& counts() const { return counts_; }
  deployments::ReceiptPhase told() const {
    deployments::ReceiptPhase phase;
    phase.milliseconds = as_signed(milliseconds_);
    phase.requests = as_signed(counts_.requests);
    phase.failed = as_signed(counts_.connect_errors + counts_.response_errors + counts_.unserved);
    phase.app_errors = as_signed(counts_.app_errors);
    phase.p50_ms = rules::milliseconds(histogram_, 0.50);
    phase.p99_ms = rules::milliseconds(histogram_, 0.99);
    return phase;
  }

 private:
  std::uint64_t milliseconds_{0};
  protocol::TrafficCounts counts_;
  LatencyHistogram histogram_;
};

}  // namespace

deployments::Receipt receipt_of(std::span<const SwitchRecord> records, base::UtcTime now) {
  deployments::Receipt receipt;
  receipt.final = true;
  receipt.opened_at = records.front().stats.opened_at;
  std::set<base::WorkerId> edges;
  std::set<std::string> gaps;
  PhaseSum before;
  PhaseSum during;
  PhaseSum after;
  for (const auto& record : records) {
    const auto& stats = record.stats;
    edges.insert(record.worker);
    gaps.insert(stats.gaps.begin(), stats.gaps.end());
    receipt.complete = receipt.complete && stats.complete;
    const bool silent = now - record.updated_at > kSilent;
    if (stats.phase != "final" && silent) {
      gaps.insert("edge_silent");
      receipt.complete = false;
    }
    receipt.final = receipt.final && (stats.phase == "final" || silent);
    receipt.opened_at = std::min(receipt.opened_at, stats.opened_at);
    before.add(stats.before);
    during.add(stats.during);
    after.add(stats.after);
    receipt.requests_old += as_signed(stats.requests_old);
    receipt.requests_new += as_signed(stats.requests_new);
    receipt.connections_drained += as_signed(stats.connections_drained);
    receipt.connections_cut += as_signed(stats.connections_cut);
    receipt.longest_drain_ms = std::max(receipt.longest_drain_ms, as_signed(stats.longest_drain_ms));
  }
  receipt.edges = static_cast<int>(edges.size());
  receipt.gaps.assign(gaps.begin(), gaps.end());
  const auto& counts = during.counts();
  receipt.app_errors = as_signed(counts.app_errors);
  receipt.connect_errors = as_signed(counts.connect_errors);
  receipt.response_errors = as_signed(counts.response_errors);
  receipt.unserved = as_signed(counts.unserved);
  receipt.aborted = as_signed(counts.aborted);
  receipt.retries = as_signed(counts.retries);
  receipt.before = before.told();
  receipt.during = during.told();
  receipt.after = after.told();
  return receipt;
}

AppTraffic traffic_of(std::span<const protocol::EdgeAppStats> edges) {
  AppTraffic traffic;
  LatencyHistogram histogram;
  for (const auto& edge : edges) {
    ++traffic.edges;
    add(traffic.counts, edge.counts);
    histogram.merge(LatencyHistogram::from_row(edge.latency_60s));
    for (const auto& replica : edge.replicas) {
      add(traffic.replicas[replica.replica_id], replica.counts);
      traffic.in_flight += replica.in_flight;
    }
  }
  traffic.p50_ms = milliseconds(histogram, 0.50);
  traffic.p99_ms = milliseconds(histogram, 0.99);
  return traffic;
}

}  // namespace ingress::rules

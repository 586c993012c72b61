#include "worker-agent/link/statuses.hpp"

#include "common/base/crash_point.hpp"
#include "common/json/json.hpp"

namespace agent {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{40} << 10U;
constexpr std::size_t kReasonBytes = 512;

std::optional<std::string> present(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

protocol::ReplicaReport to_report(const ReplicaObservation& observation) {
  protocol::ReplicaReport report;
  report.replica_id = observation.replica_id;
  report.phase = json::enum_from<protocol::ReplicaPhase>(observation.phase).value_or(protocol::ReplicaPhase::failed);
  report.health =
      json::enum_from<protocol::ReplicaHealth>(observation.health).value_or(protocol::ReplicaHealth::unknown);
  report.container_id = present(observation.container_id);
  report.address = present(observation.address);
  if (observation.port > 0 && observation.port <= 65'535) report.port = static_cast<std::uint16_t>(observation.port);
  report.restarts = observation.restarts > 0 ? static_cast<std::uint32_t>(observation.restarts) : 0;
  report.exit_code = observation.exit_code;
  report.reason = present(observation.reason.substr(0, kReasonBytes));
  report.since = observation.since;
  report.cause = present(observation.cause);
  report.restart_in_s = observation.restart_in_s;
  return report;
}

void Statuses::observe(const ReplicaObservation& observation) {
  auto report = to_report(observation);
  const auto [entry, fresh] = entries_.try_emplace(observation.replica_id, Entry{.report = report});
  if (!fresh) {
    entry->second.report = std::move(report);
    ++entry->second.version;
  }
  flush();
}

std::vector<protocol::ReplicaReport> Statuses::take(bool all) {
  std::vector<protocol::ReplicaReport> reports;
  std::size_t bytes = 0;
  for (auto& [id, entry] : entries_) {
    if (!all && entry.acked == entry.version) continue;
    bytes += json::encode(entry.report).size();
    if (bytes > kBatchBytes) break;
    entry.sent = entry.version;
    reports.push_back(entry.report);
  }
  return reports;
}

std::vector<protocol::ReplicaReport> Statuses::inventory() {
  for (auto& [id, entry] : entries_) entry.sent = 0;
  return take(true);
}

void Statuses::flush() {
  if (in_flight_ || !line_.up()) return;
  for (auto& [id, entry] : entries_) entry.sent = 0;
  protocol::ReplicaStatus status{.replicas = take(false)};
  if (status.replicas.empty()) return;
  in_flight_ = line_.send(status);
  base::crash_point("link.status.sent");
}

bool Statuses::acked(protocol::EnvelopeId re) {
  if (in_flight_ != re) return false;
  base::crash_point("link.status.acked");
  in_flight_.reset();
  for (auto item = entries_.begin(); item != entries_.end();) {
    Entry& entry = item->second;
    if (entry.sent != 0) entry.acked = entry.sent;
    const bool over = entry.acked == entry.version && entry.report.phase == protocol::ReplicaPhase::stopped;
    item = over ? entries_.erase(item) : std::next(item);
  }
  flush();
  return true;
}

}  // namespace agent

#pragma once

#include <map>
#include <vector>

#include "common/protocol/messages/inventory_report.hpp"
#include "worker-agent/link/capability.hpp"
#include "worker-agent/link/line.hpp"

namespace agent {

/// Tells the control plane what the replicas do: the newest of each, sent until acknowledged, one message under way at
/// a time so that a storm of changes becomes few messages. Main thread.
class Statuses {
 public:
  explicit Statuses(Line& line) : line_(line) {}

  void observe(const ReplicaObservation& observation);
  /// What fits into `inventory.report`; its ack counts for these.
  std::vector<protocol::ReplicaReport> inventory();
  void inventory_sent(protocol::EnvelopeId id) { in_flight_ = id; }
  void disconnected() { in_flight_.reset(); }
  /// Sends what is newer than what was acknowledged, unless something is under way.
  void flush();
  /// True when `re` was ours.
  bool acked(protocol::EnvelopeId re);
  /// The message had no effect; what it said goes with the next one.
  void refused(protocol::EnvelopeId re) {
    if (in_flight_ == re) in_flight_.reset();
  }

 private:
  struct Entry {
    protocol::ReplicaReport report;
    std::uint64_t version{1};
    std::uint64_t sent{0};
    std::uint64_t acked{0};
  };
  std::vector<protocol::ReplicaReport> take(bool all);

  Line& line_;
  std::map<base::ReplicaId, Entry> entries_;
  std::optional<protocol::EnvelopeId> in_flight_;
};

/// The report of an observation; unknown words become `failed` and `unknown`. Pure.
protocol::ReplicaReport to_report(const ReplicaObservation& observation);

}  // namespace agent

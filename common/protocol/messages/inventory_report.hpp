#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"
#include "common/protocol/messages/replica_status.hpp"

namespace protocol {

/// A job that the agent has accepted and whose result was not acknowledged yet.
struct InventoryJob {
  base::JobId job_id{};
  int attempt{1};
  std::string phase{};  ///< `accepted`, the last `job.progress` phase, or `finished`

  template <class F>
  void map(F& f) {
    f.required("job_id", job_id);
    f.required("attempt", attempt);
    f.required("phase", phase);
  }
};

/// A stream that the agent still keeps bytes of.
struct InventoryStream {
  base::StreamId stream{};
  std::uint64_t offset{0};  ///< acknowledged so far

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.required("offset", offset);
  }
};

/// Agent → control plane, right after its hello: what is there. Latest wins. Answered by `ack`. Since v1.
struct InventoryReport {
  static constexpr MessageInfo kInfo{.type = "inventory.report",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "ack",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  std::vector<ReplicaReport> replicas{};
  std::vector<InventoryJob> jobs{};
  std::vector<InventoryStream> streams{};

  template <class F>
  void map(F& f) {
    f.required("replicas", replicas);
    f.required("jobs", jobs);
    f.required("streams", streams);
  }
};

}  // namespace protocol

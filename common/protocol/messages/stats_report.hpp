#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Agent → control plane, every 5 s: measurements as JSON attachment. Dropped when the send queue is full; the next one
/// says how many were. Not answered. Since v1.
struct StatsReport {
  static constexpr MessageInfo kInfo{.type = "stats.report",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::stats};
  static constexpr auto kType = kInfo.type;

  base::UtcTime at{};
  std::optional<std::uint64_t> dropped{};  ///< reports lost before this one

  template <class F>
  void map(F& f) {
    f.required("at", at);
    f.optional("dropped", dropped);
  }
};

}  // namespace protocol

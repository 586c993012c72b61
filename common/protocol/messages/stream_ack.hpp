#pragma once

#include <cstdint>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// The receiving side: everything below `durable_offset` is stored for good. Latest wins. Not answered. Since v1.
struct StreamAck {
  static constexpr MessageInfo kInfo{.type = "stream.ack",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  std::uint64_t durable_offset{0};

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.required("durable_offset", durable_offset);
  }
};

}  // namespace protocol

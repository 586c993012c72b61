#pragma once

#include <cstdint>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Either side: bytes of a stream, at most 64 KiB. The sender keeps them until `stream.ack` covers them. Not answered.
/// Since v1.
struct StreamData {
  static constexpr MessageInfo kInfo{.type = "stream.data",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::stream};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  std::uint64_t offset{0};  ///< of the first byte

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.required("offset", offset);
  }
};

}  // namespace protocol

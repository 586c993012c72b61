#pragma once

#include <cstdint>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// The receiving side: so many more bytes may be sent. Once; nothing carries over to another connection. Not answered.
/// Since v1.
struct StreamCredit {
  static constexpr MessageInfo kInfo{.type = "stream.credit",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  std::uint64_t bytes{0};

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.required("bytes", bytes);
  }
};

}  // namespace protocol

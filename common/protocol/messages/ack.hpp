#pragma once

#include "common/protocol/message_info.hpp"

namespace protocol {

/// Either side: done, and committed where the answered message asks for it. Once. Never answered. Since v1.
struct Ack {
  static constexpr MessageInfo kInfo{.type = "ack",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  template <class F>
  void map(F& /*f*/) {}
};

}  // namespace protocol

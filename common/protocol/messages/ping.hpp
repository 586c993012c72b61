#pragma once

#include "common/protocol/message_info.hpp"

namespace protocol {

/// Either side, every 10 s. Once. Answered by `pong`. Since v1.
struct Ping {
  static constexpr MessageInfo kInfo{.type = "ping",
                                     .direction = Direction::both,
                                     .answered_by = "pong",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  template <class F>
  void map(F& /*f*/) {}
};

/// The answer to `ping`. Once. Not answered. Since v1.
struct Pong {
  static constexpr MessageInfo kInfo{.type = "pong",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  template <class F>
  void map(F& /*f*/) {}
};

}  // namespace protocol

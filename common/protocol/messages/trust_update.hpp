#pragma once

#include "common/protocol/message_info.hpp"
#include "common/protocol/messages/signature.hpp"

namespace protocol {

/// Control plane → agent: a signed `trust` command. At least once, told apart by (epoch, generation).
/// Answered by `ack`. Since v1.
struct TrustUpdate {
  static constexpr MessageInfo kInfo{.type = "trust.update",
                                     .direction = Direction::to_agent,
                                     .answered_by = "ack",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::command};
  static constexpr auto kType = kInfo.type;

  CommandSignature signature{};

  template <class F>
  void map(F& f) {
    signature.map(f);
  }
};

}  // namespace protocol

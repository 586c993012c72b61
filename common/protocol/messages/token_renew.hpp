#pragma once

#include <string>

#include "common/protocol/message_info.hpp"

namespace protocol {

/// Agent → control plane: a fresh worker JWT for this connection. Latest wins. Answered by `ack` or `error`
/// `invalid_token`. Since v1.
struct TokenRenew {
  static constexpr MessageInfo kInfo{.type = "token.renew",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "ack",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  std::string token{};

  template <class F>
  void map(F& f) {
    f.required("token", token);
  }
};

}  // namespace protocol

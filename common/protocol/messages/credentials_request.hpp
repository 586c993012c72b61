#pragma once

#include <string>

#include "common/protocol/message_info.hpp"

namespace protocol {

/// Control plane → agent: rotate your credentials. Latest wins. Answered by `credentials.rotate`. Since v1.
struct CredentialsRequest {
  static constexpr MessageInfo kInfo{.type = "credentials.request",
                                     .direction = Direction::to_agent,
                                     .answered_by = "credentials.rotate",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  std::string reason{};

  template <class F>
  void map(F& f) {
    f.required("reason", reason);
  }
};

}  // namespace protocol

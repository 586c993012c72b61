#pragma once

#include <string>

#include "common/protocol/message_info.hpp"

namespace protocol {

/// Control plane → agent: this instance goes away; connect elsewhere. Once. Not answered. Since v1.
struct Drain {
  static constexpr MessageInfo kInfo{.type = "drain",
                                     .direction = Direction::to_agent,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  std::string reason{};

  template <class F>
  void map(F& f) {
    f.required("reason", reason);
  }
};

}  // namespace protocol

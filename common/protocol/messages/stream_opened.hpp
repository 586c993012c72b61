#pragma once

#include <optional>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"
#include "common/protocol/messages/stream_open.hpp"

namespace protocol {

/// The answer to `stream.open`. Once. Not answered. Since v1.
struct StreamOpened {
  static constexpr MessageInfo kInfo{.type = "stream.opened",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  std::optional<StreamReceive> receive{};  ///< present when the sender of this message receives

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.optional("receive", receive);
  }
};

}  // namespace protocol

#pragma once

#include <string>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Control plane → agent: a signal for the process of an exec stream. Once. Not answered. Since v1.
struct StreamSignal {
  static constexpr MessageInfo kInfo{.type = "stream.signal",
                                     .direction = Direction::to_agent,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  std::string signal{};  ///< a name, e.g. `INT`

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.required("signal", signal);
  }
};

}  // namespace protocol

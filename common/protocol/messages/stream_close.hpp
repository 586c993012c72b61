#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Either side: the sender says where the stream ends (`final_offset`), the receiver that it wants no more. Not
/// answered. Since v1.
struct StreamClose {
  static constexpr MessageInfo kInfo{.type = "stream.close",
                                     .direction = Direction::both,
                                     .answered_by = "",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  std::optional<std::uint64_t> final_offset{};  ///< the length of the whole stream
  std::optional<std::string> reason{};

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.optional("final_offset", final_offset);
    f.optional("reason", reason);
  }
};

}  // namespace protocol

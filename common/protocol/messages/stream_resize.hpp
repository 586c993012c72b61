#pragma once

#include <cstdint>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Control plane → agent: the terminal of an exec stream changed its size. Latest wins. Not answered. Since v1.
struct StreamResize {
  static constexpr MessageInfo kInfo{.type = "stream.resize",
                                     .direction = Direction::to_agent,
                                     .answered_by = "",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::StreamId stream{};
  std::uint16_t columns{80};
  std::uint16_t rows{24};

  template <class F>
  void map(F& f) {
    f.required("stream", stream);
    f.required("columns", columns);
    f.required("rows", rows);
  }
};

}  // namespace protocol

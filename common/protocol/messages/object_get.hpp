#pragma once

#include <vector>

#include "common/protocol/message_info.hpp"
#include "common/protocol/text_forms.hpp"

namespace protocol {

/// Agent → control plane: bodies that an assignment names and that are lacking; at most 64. Asked again until there.
/// Answered by one `object.put` each. Since v1.
struct ObjectGet {
  static constexpr MessageInfo kInfo{.type = "object.get",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "object.put",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  std::vector<Digest> sha256{};

  template <class F>
  void map(F& f) {
    f.required("sha256", sha256);
  }
};

}  // namespace protocol

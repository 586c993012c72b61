#pragma once

#include <optional>

#include "common/protocol/message_info.hpp"
#include "common/protocol/text_forms.hpp"

namespace protocol {

/// Control plane → agent: one body as attachment, or `missing`. Once for each time asked. Not answered. Since v1.
struct ObjectPut {
  static constexpr MessageInfo kInfo{.type = "object.put",
                                     .direction = Direction::to_agent,
                                     .answered_by = "",
                                     .delivery = Delivery::once,
                                     .attachment = Attachment::object};
  static constexpr auto kType = kInfo.type;

  Digest sha256{};
  std::optional<bool> missing{};

  template <class F>
  void map(F& f) {
    f.required("sha256", sha256);
    f.optional("missing", missing);
  }
};

}  // namespace protocol

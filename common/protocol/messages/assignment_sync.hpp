#pragma once

#include "common/protocol/message_info.hpp"
#include "common/protocol/messages/signature.hpp"

namespace protocol {

/// Control plane → agent: the whole desired set of one kind, as a signed `assignment` command. Latest wins by (epoch,
/// generation). Answered by `assignment.applied`. Since v1.
struct AssignmentSync {
  static constexpr MessageInfo kInfo{.type = "assignment.sync",
                                     .direction = Direction::to_agent,
                                     .answered_by = "assignment.applied",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::command};
  static constexpr auto kType = kInfo.type;

  CommandSignature signature{};

  template <class F>
  void map(F& f) {
    signature.map(f);
  }
};

}  // namespace protocol

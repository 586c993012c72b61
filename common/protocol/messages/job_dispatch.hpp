#pragma once

#include "common/protocol/message_info.hpp"
#include "common/protocol/messages/signature.hpp"

namespace protocol {

/// Control plane → agent: a signed `job` command. At least once, told apart by (job_id, attempt).
/// Answered by `job.accepted` or `job.rejected`. Since v1.
struct JobDispatch {
  static constexpr MessageInfo kInfo{.type = "job.dispatch",
                                     .direction = Direction::to_agent,
                                     .answered_by = "job.accepted",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::command};
  static constexpr auto kType = kInfo.type;

  CommandSignature signature{};

  template <class F>
  void map(F& f) {
    signature.map(f);
  }
};

}  // namespace protocol

#pragma once

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Control plane → agent: stop a job. At least once by (job_id, attempt). Answered by `job.finished`. Since v1.
struct JobCancel {
  static constexpr MessageInfo kInfo{.type = "job.cancel",
                                     .direction = Direction::to_agent,
                                     .answered_by = "job.finished",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::JobId job_id{};
  int attempt{1};

  template <class F>
  void map(F& f) {
    f.required("job_id", job_id);
    f.required("attempt", attempt);
  }
};

}  // namespace protocol

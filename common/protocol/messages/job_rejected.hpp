#pragma once

#include <optional>
#include <string>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Agent → control plane: the job will not run here. Repeated when dispatched again. Not answered. Since v1.
struct JobRejected {
  static constexpr MessageInfo kInfo{.type = "job.rejected",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "",
                                     .delivery = Delivery::at_least_once,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::JobId job_id{};
  int attempt{1};
  std::optional<std::string> reason{};

  template <class F>
  void map(F& f) {
    f.required("job_id", job_id);
    f.required("attempt", attempt);
    f.optional("reason", reason);
  }
};

}  // namespace protocol

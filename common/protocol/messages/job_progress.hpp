#pragma once

#include <optional>
#include <string>

#include "common/base/id.hpp"
#include "common/protocol/message_info.hpp"

namespace protocol {

/// Agent → control plane: where a job is. Latest wins. Not answered. Since v1.
struct JobProgress {
  static constexpr MessageInfo kInfo{.type = "job.progress",
                                     .direction = Direction::to_control_plane,
                                     .answered_by = "",
                                     .delivery = Delivery::latest_wins,
                                     .attachment = Attachment::none};
  static constexpr auto kType = kInfo.type;

  base::JobId job_id{};
  int attempt{1};
  std::string phase{};           ///< short lower-case word
  std::optional<int> percent{};  ///< 0 to 100

  template <class F>
  void map(F& f) {
    f.required("job_id", job_id);
    f.required("attempt", attempt);
    f.required("phase", phase);
    f.optional("percent", percent);
  }
};

}  // namespace protocol

#pragma once

#include <optional>

#include "control-plane/modules/fleet/types.hpp"

namespace fleet {

/// How long somebody has been looking who is silent. While nobody was (this process did not run or lead, the database
/// was away, the clock jumped) nobody could be heard either: silence counts from when looking began again. Pure.
class Lookout {
 public:
  /// A sweep looks at `now`; after more than `kBlind` since the last, or back in time, looking begins anew.
  void look(base::UtcTime now) {
    if (!at_ || now < *at_ || now - *at_ > kBlind) since_ = now;
    at_ = now;
  }
  /// For so long that who is silent would be unreachable by now.
  bool sees_unreachable() const { return at_ && *at_ - since_ >= kUnreachableAfter; }
  /// For so long that who is silent would be lost by now.
  bool sees_lost() const { return at_ && *at_ - since_ >= kLostAfter; }

 private:
  static constexpr std::chrono::seconds kBlind{20};
  std::optional<base::UtcTime> at_;
  base::UtcTime since_{};
};

}  // namespace fleet

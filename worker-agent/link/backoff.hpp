#pragma once

#include <algorithm>
#include <chrono>

#include "common/base/clock.hpp"

namespace agent {

/// Full jitter: between 0 and a bound that doubles from 0.5 s to 30 s (PROTOCOL 4). Pure.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{500};
  static constexpr std::chrono::milliseconds kLongest{30'000};

  /// The next wait; `chance` is uniform in [0, 1).
  base::Duration next(double chance) {
    const auto wait = std::chrono::duration_cast<base::Duration>(bound_ * std::clamp(chance, 0.0, 1.0));
    bound_ = std::min(bound_ * 2, kLongest);
    return wait;
  }
  void reset() { bound_ = kFirst; }
  /// For refusals that time alone does not heal.
  void slow_down() { bound_ = kLongest; }
  std::chrono::milliseconds bound() const { return bound_; }

 private:
  std::chrono::milliseconds bound_{kFirst};
};

}  // namespace agent

#pragma once

#include <algorithm>
#include <chrono>

#include "common/base/clock.hpp"

namespace all_in_one {

/// When a program that ended is started again: at once after a good life of 5 s, else after 0.2 s, doubling to 10 s.
class RestartPolicy {
 public:
  base::Duration delay_after(base::Duration lived) {
    using namespace std::chrono_literals;
    if (lived >= 5s) {
      next_ = 200ms;
      return base::Duration::zero();
    }
    const base::Duration delay = next_;
    next_ = std::min<base::Duration>(next_ * 2, 10s);
    return delay;
  }

 private:
  base::Duration next_{std::chrono::milliseconds(200)};
};

}  // namespace all_in_one

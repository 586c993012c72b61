#pragma once

#include <boost/asio/steady_timer.hpp>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"

namespace async::detail {

/// Farther than anybody waits; adding it to now cannot overflow.
inline constexpr base::Duration kLongest = std::chrono::hours(24 * 365);

inline base::SteadyTime time_after(base::Duration wait) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::min(wait, kLongest));
}
/// Arms `timer` and waits for its expiry or for `cancel()`; throws for neither.
Task<void> wait_until(boost::asio::steady_timer& timer, base::SteadyTime time);
/// What a cancelled await throws.
[[noreturn]] void throw_aborted();

}  // namespace async::detail

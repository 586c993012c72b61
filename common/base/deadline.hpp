#pragma once

#include <algorithm>

#include "common/base/clock.hpp"

namespace base {

/// A point in monotonic time after which nobody waits any more. Given by the caller and passed down, never re-derived.
class Deadline {
 public:
  static Deadline after(const Clock& clock, Duration wait) {
    return Deadline(clock.steady_now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait));
  }
  static Deadline at(SteadyTime time) { return Deadline(time); }
  static Deadline never() { return Deadline(SteadyTime::max()); }

  SteadyTime time() const { return time_; }
  bool passed(const Clock& clock) const { return clock.steady_now() >= time_; }
  /// The earlier of this and `other`.
  Deadline sooner(Deadline other) const { return Deadline(std::min(time_, other.time_)); }

 private:
  explicit Deadline(SteadyTime time) : time_(time) {}
  SteadyTime time_;
};

}  // namespace base

#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/clock.hpp"

namespace simulation {

/// An invariant that does not hold; ends the run.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Virtual time: what shall happen, when, in one order. Time passes only from one event to the next.
class Timeline {
 public:
  explicit Timeline(bool traced) : traced_(traced), clock_(base::UtcTime{std::chrono::hours(24 * 365 * 50)}) {}

  base::UtcTime now() const { return now_; }
  base::SteadyTime steady_now() const { return clock_.steady_now(); }
  const base::Clock& clock() const { return clock_; }

  void after(base::Duration delay, std::function<void()> what);
  /// Runs the next event; false when there is none.
  bool run_next();

  std::uint64_t events() const { return events_; }
  /// A fold of all that happened, for comparing runs.
  std::uint64_t fingerprint() const { return fingerprint_; }
  void fold(std::uint64_t value) { fingerprint_ = (fingerprint_ ^ value) * 0x100000001b3U; }

  bool traced() const { return traced_; }
  /// Only when `traced`; callers ask first, since the words cost more than the event.
  void note(const std::string& words);
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Event {
    base::UtcTime at;
    std::uint64_t order;
    std::function<void()> what;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };

  bool traced_;
  base::ManualClock clock_;
  base::UtcTime now_{clock_.utc_now()};
  std::uint64_t order_{0};
  std::uint64_t events_{0};
  std::uint64_t fingerprint_{0xcbf29ce484222325U};
  std::priority_queue<Event, std::vector<Event>, Later> queue_;
  std::vector<std::string> notes_;
};

}  // namespace simulation

#include "tests/simulation/timeline.hpp"

#include <cstdio>

namespace simulation {

void Timeline::after(base::Duration delay, std::function<void()> what) {
  queue_.push({now_ + std::chrono::duration_cast<std::chrono::microseconds>(delay), ++order_, std::move(what)});
}

bool Timeline::run_next() {
  if (queue_.empty()) return false;
  Event event = std::move(const_cast<Event&>(queue_.top()));  // popped before anybody can look at it again
  queue_.pop();
  if (event.at > now_) {
    clock_.advance(event.at - now_);
    now_ = event.at;
  }
  ++events_;
  fold(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  event.what();
  return true;
}

void Timeline::note(const std::string& words) {
  const auto since = now_ - base::UtcTime{std::chrono::hours(24 * 365 * 50)};
  char at[32];
  std::snprintf(at, sizeof at, "%10.3f s  ", std::chrono::duration<double>(since).count());
  notes_.push_back(at + words);
}

}  // namespace simulation

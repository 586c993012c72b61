#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/guarded.hpp"
#include "common/base/result.hpp"

namespace base {

using Duration = std::chrono::nanoseconds;
/// Wall time, for records. Milliseconds on every wire.
using UtcTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
/// Monotonic time, for deadlines.
using SteadyTime = std::chrono::steady_clock::time_point;

/// The only source of "now". Injected everywhere; rules take `now` as a parameter. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime utc_now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime utc_now() const override;
  SteadyTime steady_now() const override;
};

/// A clock that tests move by hand. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UtcTime start);
  UtcTime utc_now() const override;
  SteadyTime steady_now() const override;
  void advance(Duration by);

 private:
  struct State {
    UtcTime utc;
    SteadyTime steady;
  };
  Guarded<State> state_;
};

/// RFC 3339 in UTC with milliseconds: `2026-11-21T10:00:00.000Z`.
std::string format_utc(UtcTime time);
/// Reads RFC 3339; accepts any number of fraction digits (cut to microseconds) and only the zone `Z`.
Result<UtcTime> parse_utc(std::string_view text);

}  // namespace base

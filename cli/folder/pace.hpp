#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.hpp"

namespace cli {

/// How many bytes of an archive are sent at once: few at first, so that something is seen to move on any line, twice as
/// many after a part that was quick, half after one that was slow or broke. Pure.
class Pace {
 public:
  static constexpr std::size_t kSmallest = 64 * 1024;
  static constexpr std::size_t kFirst = 128 * 1024;
  static constexpr std::chrono::seconds kQuick{1};
  static constexpr std::chrono::seconds kSlow{5};

  /// `most`: what the server takes at once.
  explicit Pace(std::size_t most) : most_(std::max(most, kSmallest)) {}

  std::size_t part() const { return std::min(part_, most_); }
  void sent(base::Duration took) {
    if (took < kQuick) part_ = std::min(most_, part_ * 2);
    if (took > kSlow) broke();
  }
  void broke() { part_ = std::max(kSmallest, part_ / 2); }

 private:
  std::size_t most_;
  std::size_t part_{kFirst};
};

/// "512 bytes", "64 KiB", "1.5 MiB".
std::string size_text(std::int64_t bytes);

/// "Sending 1.5 of 16.0 MiB (9 %), 118 KiB/s, 2 min left": of `total` bytes, `done` are there, `since` of them in
/// `took`.
std::string progress_text(std::int64_t done, std::int64_t total, std::int64_t since, base::Duration took);

}  // namespace cli

#include "control-plane/platform/api/since.hpp"

#include <charconv>

namespace api {
namespace {

constexpr std::int64_t kLongest = 10'000;

}  // namespace

base::Result<base::UtcTime> read_since(const std::string& text, base::UtcTime now) {
  if (const auto time = base::parse_utc(text)) return *time;
  std::int64_t count = 0;
  const auto* const unit = text.data() + (text.empty() ? 0 : text.size() - 1);
  const auto read = std::from_chars(text.data(), unit, count);
  if (!text.empty() && read.ec == std::errc{} && read.ptr == unit && count >= 0 && count <= kLongest) {
    switch (*unit) {
      case 's': return now - std::chrono::seconds(count);
      case 'm': return now - std::chrono::minutes(count);
      case 'h': return now - std::chrono::hours(count);
      case 'd': return now - std::chrono::hours(24 * count);
      default: break;
    }
  }
  return base::invalid("since", "since is a span like 90s, 10m, 2h or 3d, or a time like 2026-11-21T11:00:00.000Z.");
}

}  // namespace api

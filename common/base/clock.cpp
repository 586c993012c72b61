#include "common/base/clock.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace base {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Reads exactly `count` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::unexpected<Error> bad_time() {
  return fail(ErrorKind::invalid, "time.malformed", "not an RFC 3339 time in UTC such as 2026-11-21T10:00:00.000Z");
}

}  // namespace

UtcTime SystemClock::utc_now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}
SteadyTime SystemClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

ManualClock::ManualClock(UtcTime start) : state_(std::in_place, start, SteadyTime{} + std::chrono::hours(1)) {}
UtcTime ManualClock::utc_now() const {
  return state_.with([](const State& s) { return s.utc; });
}
SteadyTime ManualClock::steady_now() const {
  return state_.with([](const State& s) { return s.steady; });
}
void ManualClock::advance(Duration by) {
  state_.with([by](State& s) {
    s.utc += std::chrono::duration_cast<std::chrono::microseconds>(by);
    s.steady += std::chrono::duration_cast<std::chrono::steady_clock::duration>(by);
  });
}

std::string format_utc(UtcTime time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  const std::time_t unix_seconds = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&unix_seconds, &parts);
  std::array<char, 40> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                                   parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                                   parts.tm_sec, static_cast<int>((ms - seconds).count()));
  return std::string(text.data(), static_cast<std::size_t>(length));
}

Result<UtcTime> parse_utc(std::string_view text) {
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (text.size() < 20 || year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return bad_time();
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':') {
    return bad_time();
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return bad_time();
  std::size_t at = 19;
  std::int64_t micros = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100000;
    const std::size_t first = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at, scale /= 10) micros += (text[at] - '0') * scale;
    if (at == first) return bad_time();
  }
  if (text.substr(at) != "Z") return bad_time();
  return UtcTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros);
}

}  // namespace base

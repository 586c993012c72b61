#include "worker-agent/logs/log_line.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace logs {
namespace {

constexpr std::size_t kSeconds = 19;  ///< "2026-11-21T11:14:47"
constexpr std::size_t kDigits = 9;

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view name(Gap reason) {
  switch (reason) {
    case Gap::rate: return "rate";
    case Gap::away: return "away";
    case Gap::disk: return "disk";
    case Gap::kept: return "kept";
    case Gap::line: return "line";
  }
  return "rate";
}

void append_shifted(std::string_view time, int offset_seconds, std::string& out) {
  std::tm parts{};
  parts.tm_year = number(time.substr(0, 4)) - 1900;
  parts.tm_mon = number(time.substr(5, 2)) - 1;
  parts.tm_mday = number(time.substr(8, 2));
  parts.tm_hour = number(time.substr(11, 2));
  parts.tm_min = number(time.substr(14, 2));
  parts.tm_sec = number(time.substr(17, 2));
  const std::time_t at = ::timegm(&parts) - offset_seconds;
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  out.append(text.data(), size);
}

}  // namespace

std::optional<RawLine> parse_raw(std::string_view line) {
  const auto first = line.find(' ');
  if (first < kSeconds + 1 || first > 40) return std::nullopt;
  const auto second = line.find(' ', first + 1);
  if (second == std::string_view::npos || second + 1 >= line.size()) return std::nullopt;
  const auto stream = line.substr(first + 1, second - first - 1);
  const char tag = line[second + 1];
  if ((stream != "stdout" && stream != "stderr") || (tag != 'F' && tag != 'P')) return std::nullopt;
  if (second + 2 < line.size() && line[second + 2] != ' ') return std::nullopt;
  return RawLine{.time = line.substr(0, first),
                 .error = stream == "stderr",
                 .whole = tag == 'F',
                 .text = second + 3 <= line.size() ? line.substr(second + 3) : std::string_view()};
}

void append_time(std::string_view time, std::string& out) {
  const auto fraction_end = time.find_first_not_of("0123456789", kSeconds + 1);
  const auto zone = time.substr(std::min(fraction_end, time.size()));
  if (zone.size() == 6 && zone != "+00:00" && zone != "-00:00") {
    const int seconds = number(zone.substr(1, 2)) * 3600 + number(zone.substr(4, 2)) * 60;
    append_shifted(time, zone[0] == '-' ? -seconds : seconds, out);
  } else {
    out.append(time.substr(0, kSeconds));
  }
  out.push_back('.');
  const bool has_fraction = time.size() > kSeconds && time[kSeconds] == '.';
  auto digits = has_fraction ? time.substr(kSeconds + 1, fraction_end - kSeconds - 1) : std::string_view();
  digits = digits.substr(0, kDigits);
  out.append(digits).append(kDigits - digits.size(), '0').push_back('Z');
}

std::string now_text() {
  std::timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::tm utc{};
  ::gmtime_r(&now.tv_sec, &utc);
  std::array<char, 64> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const auto more = std::snprintf(text.data() + size, text.size() - size, ".%09ldZ", now.tv_nsec);
  return {text.data(), size + static_cast<std::size_t>(more)};
}

std::string gap_line(Gap reason, std::optional<std::uint64_t> lines, std::uint64_t bytes) {
  std::string text = now_text() + " G ";
  text.append(name(reason)).append(" ").append(lines ? std::to_string(*lines) : "-");
  return text + " " + std::to_string(bytes) + "\n";
}

std::string place_line(std::uint64_t offset) {
  return now_text() + " J " + std::to_string(offset) + "\n";
}

}  // namespace logs

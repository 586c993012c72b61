#include "cli/events.hpp"

#include <utility>

namespace cli {
namespace {
constexpr std::size_t kLongestLine = std::size_t{1} << 20U;
}

std::vector<Event> EventParser::feed(std::string_view bytes) {
  std::vector<Event> events;
  for (const char c : bytes) {
    if (c == '\n') {
      take_line(line_, events);
      line_.clear();
    } else if (c != '\r' && line_.size() < kLongestLine) {
      line_.push_back(c);
    }
  }
  return events;
}

void EventParser::restart() {
  line_.clear();
  current_ = Event{};
  has_data_ = false;
}

void EventParser::take_line(std::string_view line, std::vector<Event>& events) {
  if (line.empty()) {
    if (has_data_) events.push_back(std::exchange(current_, Event{}));
    current_ = Event{};
    has_data_ = false;
    return;
  }
  const auto colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") current_.event = value;
  if (field == "id") last_id_ = value;
  if (field == "data") {
    if (std::exchange(has_data_, true)) current_.data.push_back('\n');
    current_.data.append(value);
  }
}

}  // namespace cli

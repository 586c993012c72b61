#include "common/text/port_range.hpp"

#include <charconv>

namespace text {
namespace {

/// 0 for what is no number.
int number(std::string_view digits) {
  int value = 0;
  const auto* const end = digits.data() + digits.size();
  return std::from_chars(digits.data(), end, value).ptr == end ? value : 0;
}

}  // namespace

base::Result<PortRange> parse_port_range(std::string_view words) {
  const auto dash = words.find('-');
  PortRange range;
  if (dash != std::string_view::npos) range = {number(words.substr(0, dash)), number(words.substr(dash + 1))};
  if (range.first < 1024 || range.last > 65535 || range.first > range.last) {
    return base::invalid("publish_ports", "must be a range of ports such as 20000-20999, from 1024 to 65535");
  }
  return range;
}

std::string to_string(const PortRange& range) {
  return std::to_string(range.first) + "-" + std::to_string(range.last);
}

}  // namespace text

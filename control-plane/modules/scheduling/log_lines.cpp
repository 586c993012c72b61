#include "control-plane/modules/scheduling/log_lines.hpp"

#include <charconv>

namespace scheduling {
namespace {

constexpr std::size_t kTimeBytes = 30;
constexpr std::size_t kPrefixBytes = kTimeBytes + 3;
constexpr std::size_t kLongestLine = 256 * 1024;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string size_in_words(std::uint64_t bytes) {
  if (bytes < 10'000) return std::to_string(bytes) + " bytes";
  const bool large = bytes >= 10'000'000;
  return std::to_string(bytes / (large ? 1'000'000 : 1'000)) + (large ? " MB" : " kB");
}

std::string_view next_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  return word;
}

}  // namespace

std::string gap_sentence(std::string_view reason, std::optional<std::uint64_t> lines, std::uint64_t bytes) {
  std::string why = "the app prints more than is kept";
  if (reason == "away") why = "the agent was away";
  if (reason == "disk") why = "the worker's disk is full";
  if (reason == "kept") why = "they are no longer kept";
  if (reason == "line") return "[the line goes on for " + size_in_words(bytes) + "]";
  const auto count = lines ? std::to_string(*lines) + (*lines == 1 ? " line" : " lines") : std::string("lines");
  return "[" + count + " (" + size_in_words(bytes) + ") left out: " + why + "]";
}

std::optional<LogLine> LogLines::take(std::string_view line) {
  const bool formed = line.size() >= kPrefixBytes && line[kTimeBytes - 1] == 'Z' && line[kTimeBytes] == ' ' &&
                      line[kTimeBytes + 2] == ' ' && line[10] == 'T';
  if (!formed)
    return LogLine{.kind = LogLine::Kind::out, .time = {}, .text = std::string(line), .bytes = 0, .next = {}};
  auto text = line.substr(kPrefixBytes);
  LogLine taken{
      .kind = LogLine::Kind::out, .time = std::string(line.substr(0, kTimeBytes)), .text = {}, .bytes = 0, .next = {}};
  switch (line[kTimeBytes + 1]) {
    case 'J':
      if (const auto offset = number(text)) position_ = *offset;
      return std::nullopt;
    case 'G': {
      const auto reason = next_word(text);
      const auto lines = number(next_word(text));
      taken.kind = LogLine::Kind::gap;
      taken.bytes = number(next_word(text)).value_or(0);
      taken.text = gap_sentence(reason, lines, taken.bytes);
      return taken;
    }
    case 'E': taken.kind = LogLine::Kind::error; break;
    default: break;
  }
  taken.text = std::string(text);
  return taken;
}

std::vector<LogLine> LogLines::feed(std::string_view bytes) {
  std::vector<LogLine> lines;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) {
      // No agent of ours sends such a line; one of somebody else's shall not fill the memory.
      if (pending_.size() + bytes.size() <= kLongestLine) pending_ += bytes;
      break;
    }
    std::string_view line = bytes.substr(0, end);
    if (!pending_.empty()) line = pending_ += line;
    const auto size = line.size() + 1;
    if (position_) *position_ += size;
    if (auto taken = take(line)) {
      taken->next = position_;
      lines.push_back(*std::move(taken));
    }
    pending_.clear();
    bytes.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace scheduling

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scheduling {

/// One line of a replica's log as its agent keeps it: `<time> <letter> <text>` (docs/logs.md).
struct LogLine {
  enum class Kind { out, error, gap };
  Kind kind{Kind::out};
  std::string time;
  std::string text;                   ///< a gap: a sentence
  std::uint64_t bytes{0};             ///< a gap: how much is missing
  std::optional<std::uint64_t> next;  ///< where in the log the next line stands
};

/// Puts a replica's lines together as the pieces come, and knows where in the log the next one stands.
class LogLines {
 public:
  /// Whole lines. What is not of the form is taken as it is.
  std::vector<LogLine> feed(std::string_view bytes);
  /// Where the first line stands that was not handed out yet; nothing before the log told.
  std::optional<std::uint64_t> position() const { return position_; }

 private:
  std::optional<LogLine> take(std::string_view line);

  std::string pending_;
  std::optional<std::uint64_t> position_;
};

/// A gap in words. `reason`: rate, away, disk, kept or line.
std::string gap_sentence(std::string_view reason, std::optional<std::uint64_t> lines, std::uint64_t bytes);

}  // namespace scheduling

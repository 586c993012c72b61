#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The form in which replicas' output is kept and sent: one line each,
/// `2026-11-21T11:14:47.531443128Z O text`. The letter: O standard output, E standard error, G a gap (`G reason lines
/// bytes`), J a place (`J offset`: the next line begins at this offset of the replica's log). See docs/logs.md.
namespace logs {

inline constexpr std::size_t kTimeBytes = 30;
/// Time, letter and the blanks behind them.
inline constexpr std::size_t kPrefixBytes = kTimeBytes + 3;

/// One raw line as conmon writes it (k8s-file form).
struct RawLine {
  std::string_view time;  ///< as written
  bool error{false};      ///< standard error
  bool whole{true};       ///< false: it goes on in the next line of the same kind
  std::string_view text;
};

/// Nothing when the line is not of that form.
std::optional<RawLine> parse_raw(std::string_view line);

/// Appends `time` (RFC 3339 with nanoseconds and any offset) in UTC, always `kTimeBytes` long.
void append_time(std::string_view time, std::string& out);
/// The present time in that form.
std::string now_text();

/// Why output is missing.
enum class Gap { rate, away, disk, kept, line };
std::string gap_line(Gap reason, std::optional<std::uint64_t> lines, std::uint64_t bytes);
/// `offset`: where the next line is.
std::string place_line(std::uint64_t offset);

}  // namespace logs

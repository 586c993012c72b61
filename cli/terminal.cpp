#include "cli/terminal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "cli/ansi_filter.hpp"

namespace cli {
namespace {

std::string one_line(const std::string& cell) {
  std::string text = AnsiFilter(false).feed(cell);
  std::ranges::replace(text, '\n', ' ');
  std::ranges::replace(text, '\t', ' ');
  return text;
}

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string number_of(std::int64_t n, const char* unit) {
  return std::to_string(n) + " " + unit;
}

}  // namespace

std::optional<std::string> Terminal::variable(const std::string& name) const {
  const auto found = env.find(name);
  if (found == env.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

bool Terminal::colours_out() const {
  return out_is_terminal && !variable("NO_COLOR") && variable("TERM").value_or("") != "dumb";
}

std::string Terminal::paint(std::string_view text, Tone tone) const {
  static constexpr std::array<std::string_view, 6> kCodes{"", "32", "31", "33", "2", "1"};
  const auto code = kCodes[static_cast<std::size_t>(tone)];
  if (code.empty() || !colours_out()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

Tone tone_of(std::string_view state) {
  static constexpr std::array<std::string_view, 4> kGood{"live", "running", "online", "healthy"};
  static constexpr std::array<std::string_view, 6> kBad{"failed", "degraded",    "unhealthy",
                                                        "lost",   "unreachable", "duplicate"};
  static constexpr std::array<std::string_view, 11> kBusy{"deploying", "queued",   "building", "built",
                                                          "releasing", "pending",  "pulling",  "starting",
                                                          "stopping",  "deleting", "enrolled"};
  if (std::ranges::find(kGood, state) != kGood.end()) return Tone::good;
  if (std::ranges::find(kBad, state) != kBad.end()) return Tone::bad;
  if (std::ranges::find(kBusy, state) != kBusy.end()) return Tone::busy;
  return Tone::faint;
}

std::string Table::render(const Terminal& terminal, std::optional<std::size_t> tone_column) const {
  std::vector<std::size_t> widths;
  for (const auto& title : header_) widths.push_back(width(title));
  std::vector<std::vector<std::string>> rows;
  for (const auto& row : rows_) {
    auto& cells = rows.emplace_back();
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      cells.push_back(one_line(row[i]));
      widths[i] = std::max(widths[i], width(cells.back()));
    }
  }
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells, bool is_header) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Tone tone = is_header ? Tone::faint : (tone_column == i ? tone_of(cells[i]) : Tone::plain);
      text += terminal.paint(cells[i], tone);
      if (i + 1 < cells.size()) text.append(widths[i] - width(cells[i]) + 2, ' ');
    }
    text += '\n';
  };
  line(header_, true);
  for (const auto& row : rows) line(row, false);
  return text;
}

std::string Table::keys() const {
  std::string text;
  for (const auto& key : keys_) text += one_line(key) + '\n';
  return text;
}

std::string format_duration(base::Duration duration) {
  using std::chrono::duration_cast;
  const auto ms = duration_cast<std::chrono::milliseconds>(duration).count();
  if (ms < 0) return "0 ms";
  if (ms < 1000) return number_of(ms, "ms");
  if (ms < 60'000) return std::to_string(ms / 1000) + "." + std::to_string(ms % 1000 / 100) + " s";
  const auto s = ms / 1000;
  if (s < 3600) return number_of(s / 60, "min") + " " + number_of(s % 60, "s");
  return number_of(s / 3600, "h") + " " + number_of(s % 3600 / 60, "min");
}

std::string format_bytes(std::int64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  if (bytes < 1000) return number_of(std::max<std::int64_t>(bytes, 0), kUnits[0]);
  std::size_t unit = 1;
  std::int64_t tenths = (bytes + 50) / 100;
  for (; tenths >= 9995 && unit + 1 < kUnits.size(); ++unit) tenths = (tenths + 500) / 1000;
  if (tenths >= 1000) return number_of((tenths + 5) / 10, kUnits[unit]);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + kUnits[unit];
}

std::string format_age(base::UtcTime then, base::UtcTime now) {
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
  if (s < 5) return "just now";
  if (s < 60) return number_of(s, "s ago");
  if (s < 3600) return number_of(s / 60, "min ago");
  if (s < 86'400) return number_of(s / 3600, "h ago");
  return number_of(s / 86'400, "d ago");
}

std::string shorten(const std::string& id) {
  std::string_view text = id;
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  return std::string(text.substr(0, 12));
}

}  // namespace cli

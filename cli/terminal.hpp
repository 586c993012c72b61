#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"

namespace cli {

enum class Tone { plain, good, bad, busy, faint, strong };

/// What the process was started with: streams, whether they are terminals, the environment. Tests make their own.
struct Terminal {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  bool out_is_terminal{false};
  bool err_is_terminal{false};
  bool in_is_terminal{false};
  std::map<std::string, std::string> env{};

  std::optional<std::string> variable(const std::string& name) const;
  /// Colour goes only to a terminal, and not where NO_COLOR is set or TERM is "dumb".
  bool colours_out() const;
  std::string paint(std::string_view text, Tone tone) const;
};

/// The tone of a state of an app, deployment, replica or worker.
Tone tone_of(std::string_view state);

/// Columns with a header, two spaces apart; widths count code points. Control characters in cells are dropped.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  /// `key`: what other commands take for this row, a name or an id; without one the first cell.
  void row(std::vector<std::string> cells, std::string key = {}) {
    keys_.push_back(key.empty() && !cells.empty() ? cells.front() : std::move(key));
    rows_.push_back(std::move(cells));
  }
  /// Cells of the column `tone_column` are painted by their state.
  std::string render(const Terminal& terminal, std::optional<std::size_t> tone_column = std::nullopt) const;
  /// The keys of the rows, one a line.
  std::string keys() const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> keys_;
};

/// "850 ms", "4.2 s", "3 min 5 s", "2 h 10 min".
std::string format_duration(base::Duration duration);
/// "850 B", "12.4 MB": decimal.
std::string format_bytes(std::int64_t bytes);
/// "just now", "5 min ago", "3 d ago".
std::string format_age(base::UtcTime then, base::UtcTime now);
/// The first twelve characters of a commit or digest.
std::string shorten(const std::string& id);

}  // namespace cli

#pragma once

#include <string>
#include <string_view>

namespace cli {

/// Makes output of apps and builds safe to print: of all escape sequences only colours and the like (SGR) pass, and
/// those only where `keep_colour`; control characters but newline and tab are dropped, a lone carriage return becomes a
/// newline. Keeps its place across pieces.
class AnsiFilter {
 public:
  explicit AnsiFilter(bool keep_colour) : keep_colour_(keep_colour) {}
  std::string feed(std::string_view text);

 private:
  enum class State { plain, escape, csi, string, string_escape, utf8_c2 };
  void take(char c, std::string& out);
  void take_plain(char c, std::string& out);
  void take_csi(char c, std::string& out);

  bool keep_colour_;
  State state_{State::plain};
  bool carriage_return_{false};
  std::string sequence_;
};

}  // namespace cli

#pragma once

#include <string>
#include <string_view>

namespace logs {

/// Makes a program's output inert: of all escape sequences only colours and weights (SGR) are left, control characters
/// but newline, tab and carriage return are dropped, `\r\n` becomes a newline, what is no UTF-8 becomes U+FFFD. Keeps
/// its place across pieces. Where nothing is to be done it costs one look at each byte.
class InertText {
 public:
  /// Appends to `out`. True when something was left out or replaced.
  bool feed(std::string_view text, std::string& out);
  /// At the end of a line or of the stream: what was begun and not ended is dropped.
  void end(std::string& out);

 private:
  enum class State { plain, escape, csi, string, string_escape };
  void take(unsigned char c, std::string& out);
  void take_plain(unsigned char c, std::string& out);
  void take_multibyte(unsigned char c, std::string& out);
  void begin_multibyte(unsigned char c, std::string& out);
  void take_csi(unsigned char c, std::string& out);
  void take_string(unsigned char c, std::string& out);

  State state_{State::plain};
  bool changed_{false};
  bool carriage_return_{false};
  std::string sequence_;
  // A character of several bytes.
  std::string character_;
  std::size_t length_{0};
};

/// Cuts lines that are longer than `longest` bytes, at the border of a character, and marks how much is left out.
class LineCutter {
 public:
  static constexpr std::size_t kLongest = 8192;

  explicit LineCutter(std::size_t longest = kLongest) : longest_(longest) {}
  /// Appends to `out`; a line's end may come with a later piece.
  void feed(std::string_view text, std::string& out);
  /// The stream ends: the mark of a line that was cut and has no end.
  void end(std::string& out);

 private:
  void mark(std::string& out);

  std::size_t longest_;
  std::size_t shown_{0};  ///< bytes of the present line
  std::size_t cut_{0};
};

/// ` … [123 bytes more]`, or nothing when nothing was cut.
std::string cut_mark(std::size_t bytes);
/// The longest beginning of `text` of at most `longest` bytes that does not end within a character.
std::string_view whole_characters(std::string_view text, std::size_t longest);

}  // namespace logs

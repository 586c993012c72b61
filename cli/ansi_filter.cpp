#include "cli/ansi_filter.hpp"

namespace cli {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kLongestSequence = 64;

}  // namespace

std::string AnsiFilter::feed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) take(c, out);
  return out;
}

void AnsiFilter::take(char c, std::string& out) {
  switch (state_) {
    case State::plain: return take_plain(c, out);
    case State::escape:
      if (c == '[') {
        state_ = State::csi;
        sequence_.clear();
      } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
        state_ = State::string;
      } else if (c >= 0x20 && c <= 0x2f) {
        // one of the intermediate bytes of a longer escape; its last byte follows
      } else {
        state_ = State::plain;
        if (c == '\n') out.push_back(c);
      }
      return;
    case State::csi: return take_csi(c, out);
    case State::string:
      if (c == '\a' || c == '\n') state_ = State::plain;
      if (c == '\n') out.push_back(c);
      if (c == kEscape) state_ = State::string_escape;
      return;
    case State::string_escape: state_ = c == '\\' ? State::plain : State::string; return;
    case State::utf8_c2:
      state_ = State::plain;
      // U+0080..U+009F are control characters; C2 begins their two bytes.
      if (static_cast<unsigned char>(c) >= 0xa0) out.append("\xc2").push_back(c);
      return;
  }
}

void AnsiFilter::take_plain(char c, std::string& out) {
  if (carriage_return_) {
    carriage_return_ = false;
    if (c != '\n') out.push_back('\n');
  }
  const auto byte = static_cast<unsigned char>(c);
  if (c == kEscape) {
    state_ = State::escape;
  } else if (c == '\r') {
    carriage_return_ = true;
  } else if (byte == 0xc2) {
    state_ = State::utf8_c2;
  } else if (c == '\n' || c == '\t' || (byte >= 0x20 && byte != 0x7f)) {
    out.push_back(c);
  }
}

void AnsiFilter::take_csi(char c, std::string& out) {
  if (c >= 0x40 && c <= 0x7e) {
    state_ = State::plain;
    if (c == 'm' && keep_colour_ && sequence_.find_first_not_of("0123456789;:") == std::string::npos) {
      out.append("\x1b[").append(sequence_).push_back('m');
    }
    return;
  }
  if (c == '\n' || c == kEscape || sequence_.size() >= kLongestSequence) {
    state_ = c == kEscape ? State::escape : State::plain;
    if (c == '\n') out.push_back(c);
    return;
  }
  sequence_.push_back(c);
}

}  // namespace cli

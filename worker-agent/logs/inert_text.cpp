#include "worker-agent/logs/inert_text.hpp"

#include <algorithm>

namespace logs {
namespace {

constexpr unsigned char kEscape = 0x1b;
constexpr std::size_t kLongestSequence = 64;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes that need no second look: printable ASCII, newline and tab.
bool is_easy(unsigned char c) {
  return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
}

/// No early end: so the compiler looks at many bytes at once.
bool all_easy(std::string_view text) {
  bool easy = true;
  for (const char c : text) easy &= is_easy(static_cast<unsigned char>(c));
  return easy;
}

/// Whether `c` may follow `before`, the beginning of a character (RFC 3629: no overlong forms, no surrogates).
bool may_follow(const std::string& before, unsigned char c) {
  if ((c & 0xc0U) != 0x80U) return false;
  if (before.size() > 1) return true;
  switch (static_cast<unsigned char>(before[0])) {
    case 0xe0: return c >= 0xa0;
    case 0xed: return c <= 0x9f;
    case 0xf0: return c >= 0x90;
    case 0xf4: return c <= 0x8f;
    default: return true;
  }
}

}  // namespace

bool InertText::feed(std::string_view text, std::string& out) {
  if (state_ == State::plain && length_ == 0 && !carriage_return_ && all_easy(text)) {
    out.append(text);
    return false;
  }
  changed_ = false;
  for (const char c : text) take(static_cast<unsigned char>(c), out);
  return changed_;
}

void InertText::end(std::string& out) {
  if (length_ != 0) out.append(kReplacement);
  if (carriage_return_) out.push_back('\r');
  state_ = State::plain;
  carriage_return_ = false;
  length_ = 0;
}

void InertText::take(unsigned char c, std::string& out) {
  switch (state_) {
    case State::plain: return take_plain(c, out);
    case State::escape:
      changed_ = true;
      if (c == '[') {
        state_ = State::csi;
        sequence_.clear();
      } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
        state_ = State::string;
      } else if (c < 0x20 || c > 0x2f) {
        // Its last byte, unless one of the intermediate bytes of a longer escape.
        state_ = c == kEscape ? State::escape : State::plain;
        if (c == '\n') out.push_back('\n');
      }
      return;
    case State::csi: return take_csi(c, out);
    case State::string: return take_string(c, out);
    case State::string_escape:
      state_ = State::string;
      if (c == '\\') {
        state_ = State::plain;
      } else {
        take_string(c, out);
      }
      return;
  }
}

void InertText::take_string(unsigned char c, std::string& out) {
  changed_ = true;
  // A newline ends it as well: an end that never comes must not swallow the rest of the log.
  if (c == '\a' || c == '\n') state_ = State::plain;
  if (c == '\n') out.push_back('\n');
  if (c == kEscape) state_ = State::string_escape;
}

void InertText::take_plain(unsigned char c, std::string& out) {
  if (length_ != 0) return take_multibyte(c, out);
  if (carriage_return_) {
    carriage_return_ = false;
    if (c != '\n') out.push_back('\r');
  }
  if (is_easy(c)) {
    out.push_back(static_cast<char>(c));
  } else if (c == '\r') {
    carriage_return_ = true;
  } else if (c == kEscape) {
    state_ = State::escape;
  } else if (c >= 0x80) {
    begin_multibyte(c, out);
  } else {
    changed_ = true;
  }
}

void InertText::begin_multibyte(unsigned char c, std::string& out) {
  length_ = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
  character_.assign(1, static_cast<char>(c));
  if (length_ != 0) return;
  changed_ = true;
  out.append(kReplacement);
}

void InertText::take_multibyte(unsigned char c, std::string& out) {
  if (!may_follow(character_, c)) {
    changed_ = true;
    length_ = 0;
    out.append(kReplacement);
    return take_plain(c, out);
  }
  character_.push_back(static_cast<char>(c));
  if (character_.size() < length_) return;
  length_ = 0;
  const bool control = static_cast<unsigned char>(character_[0]) == 0xc2 && c < 0xa0;
  if (!control) {
    out.append(character_);
    return;
  }
  // U+0080..U+009F: control characters; three of them begin sequences.
  changed_ = true;
  if (c == 0x9b) {
    state_ = State::csi;
    sequence_.clear();
  } else if (c == 0x90 || c == 0x98 || (c >= 0x9d && c <= 0x9f)) {
    state_ = State::string;
  }
}

void InertText::take_csi(unsigned char c, std::string& out) {
  if (c >= 0x40 && c <= 0x7e) {
    state_ = State::plain;
    const bool colour = c == 'm' && sequence_.find_first_not_of("0123456789;:") == std::string::npos;
    if (colour) out.append("\x1b[").append(sequence_).push_back('m');
    changed_ = changed_ || !colour;
    return;
  }
  if (c < 0x20 || c > 0x3f || sequence_.size() >= kLongestSequence) {
    changed_ = true;
    state_ = State::plain;
    return take(c, out);
  }
  sequence_.push_back(static_cast<char>(c));
}

std::string cut_mark(std::size_t bytes) {
  return bytes == 0 ? std::string() : " … [" + std::to_string(bytes) + " bytes more]";
}

std::string_view whole_characters(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return text;
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0U) == 0x80U) --longest;
  return text.substr(0, longest);
}

void LineCutter::mark(std::string& out) {
  out.append(cut_mark(cut_));
  shown_ = cut_ = 0;
}

void LineCutter::feed(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const auto newline = text.find('\n');
    const auto line = text.substr(0, newline);
    const auto kept = cut_ > 0 ? std::string_view() : whole_characters(line, longest_ - shown_);
    out.append(kept);
    shown_ += kept.size();
    cut_ += line.size() - kept.size();
    if (newline == std::string_view::npos) return;
    mark(out);
    out.push_back('\n');
    text.remove_prefix(newline + 1);
  }
}

void LineCutter::end(std::string& out) {
  mark(out);
}

}  // namespace logs

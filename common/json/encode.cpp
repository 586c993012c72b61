#include "common/json/encode.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "common/json/schema.hpp"
#include "common/json/utf8.hpp"

namespace json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_escape(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out.push_back(kDigits[byte >> 4U]);
  out.push_back(kDigits[byte & 0x0fU]);
}

template <class T>
void append_number(std::string& out, T value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), end);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (const auto byte = static_cast<unsigned char>(c); byte < 0x20U || byte == 0x7fU || c == '"' || c == '\\') {
      append_escape(out, c);
      ++at;
      continue;
    }
    const std::size_t length = utf8_length(text.substr(at, 4));
    out += length == 0 ? kReplacement : text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  out.push_back('"');
}

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

namespace detail {

void append_signed(std::string& out, std::int64_t value) {
  append_number(out, value);
}
void append_unsigned(std::string& out, std::uint64_t value) {
  append_number(out, value);
}
void append_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  append_number(out, value);
}

void FieldWriter::begin(std::string_view name) {
  if (!std::exchange(first_, false)) out_.push_back(',');
  append_quoted(out_, name);
  out_.push_back(':');
}

void append_integer_schema(std::string& out, std::int64_t low, std::uint64_t high) {
  out += R"("type":"integer","minimum":)" + std::to_string(low) + R"(,"maximum":)" + std::to_string(high);
}

void FieldDescriber::finish(std::string& out) const {
  out += R"("type":"object","properties":{)" + properties_ + "}";
  if (!required_.empty()) out += R"(,"required":[)" + required_ + "]";
}

}  // namespace detail
}  // namespace json

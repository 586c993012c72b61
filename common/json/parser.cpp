#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>

#include "common/json/node.hpp"
#include "common/json/utf8.hpp"

namespace json {
namespace {

// Recursion is bounded by Limits::depth, and that by this, whatever the caller says.
constexpr std::size_t kDeepest = 256;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Recursive descent. Every function answers false after `refuse`, and then nothing reads on.
class Parser {
 public:
  Parser(std::string_view text, const Limits& limits)
      : text_(text), depth_left_(std::min(limits.depth, kDeepest)), values_left_(limits.values) {}

  base::Result<Node> parse() {
    Node root;
    if (text_.starts_with("\xEF\xBB\xBF")) {
      refuse("begins with a byte order mark");
    } else if (value(root)) {
      skip_space();
      if (at_ != text_.size()) refuse("has something after its end");
    }
    if (error_) return base::fail(*std::move(error_));
    return root;
  }

 private:
  bool value(Node& out) {
    skip_space();
    if (at_ == text_.size()) return refuse("ends too early");
    if (!count_one()) return false;
    const std::size_t begin = at_;
    if (!content(out)) return false;
    out.text = text_.substr(begin, at_ - begin);
    return true;
  }

  bool content(Node& out) {
    switch (text_[at_]) {
      case '{': return nested(out, Kind::object);
      case '[': return nested(out, Kind::array);
      case '"': out.kind = Kind::string; return string(out.string);
      case 't': out.kind = Kind::boolean; return word("true");
      case 'f': out.kind = Kind::boolean; return word("false");
      case 'n': out.kind = Kind::null; return word("null");
      default: return number(out);
    }
  }

  bool nested(Node& out, Kind kind) {
    out.kind = kind;
    if (depth_left_ == 0) return refuse_limit("json.too_deep", "The JSON text is nested too deeply.");
    --depth_left_;
    ++at_;
    const bool good = kind == Kind::object ? object(out) : array(out);
    ++depth_left_;
    return good;
  }

  bool object(Node& out) {
    skip_space();
    if (take('}')) return true;
    do {
      skip_space();
      if (at_ == text_.size() || text_[at_] != '"') return refuse("expected a member's name in quotes");
      if (!count_one() || !string(out.keys.emplace_back())) return false;
      skip_space();
      if (!take(':')) return refuse("expected a colon");
      if (!value(out.children.emplace_back())) return false;
      skip_space();
    } while (take(','));
    if (!take('}')) return refuse("expected a comma or a closing brace");
    return unique(out.keys);
  }

  bool array(Node& out) {
    skip_space();
    if (take(']')) return true;
    do {
      if (!value(out.children.emplace_back())) return false;
      skip_space();
    } while (take(','));
    return take(']') || refuse("expected a comma or a closing bracket");
  }

  /// Sorting cannot be made slow by chosen names, as hashing can.
  bool unique(const std::vector<std::string>& keys) {
    std::vector<std::uint32_t> order(keys.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return keys[a] < keys[b]; });
    const auto twin =
        std::adjacent_find(order.begin(), order.end(), [&](auto a, auto b) { return keys[a] == keys[b]; });
    return twin == order.end() || refuse("has an object with the same member twice");
  }

  bool number(Node& out) {
    out.kind = Kind::integer;
    take('-');
    if (!take('0') && !digits()) return refuse("has something that is not a JSON value");
    if (at_ < text_.size() && is_digit(text_[at_])) return refuse("has a number with a leading zero");
    if (take('.')) {
      out.kind = Kind::real;
      if (!digits()) return refuse("has a number that ends too early");
    }
    if (take('e') || take('E')) {
      out.kind = Kind::real;
      if (!take('+')) take('-');
      if (!digits()) return refuse("has a number that ends too early");
    }
    return true;
  }

  bool digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > begin;
  }

  bool word(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) return refuse("has something that is not a JSON value");
    at_ += expected.size();
    return true;
  }

  bool string(std::string& out) {
    ++at_;
    for (;;) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && plain(text_[at_])) ++at_;
      out.append(text_, begin, at_ - begin);
      if (at_ == text_.size()) return refuse("has a string without an end");
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\' ? !escape(out) : !beyond_ascii(out)) return false;
    }
  }

  static bool plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20U && byte < 0x80U && c != '"' && c != '\\';
  }

  bool beyond_ascii(std::string& out) {
    if (static_cast<unsigned char>(text_[at_]) < 0x20U) return refuse("has a control character in a string");
    const std::size_t length = utf8_length(text_.substr(at_, 4));
    if (length == 0) return refuse("is not valid UTF-8");
    out.append(text_, at_, length);
    at_ += length;
    return true;
  }

  bool escape(std::string& out) {
    ++at_;
    if (at_ == text_.size()) return refuse("has a string without an end");
    const char c = text_[at_++];
    switch (c) {
      case '"':
      case '\\':
      case '/': out.push_back(c); return true;
      case 'b': out.push_back('\b'); return true;
      case 'f': out.push_back('\f'); return true;
      case 'n': out.push_back('\n'); return true;
      case 'r': out.push_back('\r'); return true;
      case 't': out.push_back('\t'); return true;
      case 'u': return unicode_escape(out);
      default: return refuse("has an unknown escape in a string");
    }
  }

  bool unicode_escape(std::string& out) {
    std::uint32_t point = 0;
    if (!four_hex(point)) return false;
    if (point >= 0xdc00U && point <= 0xdfffU) return refuse("has half a surrogate pair");
    if (point >= 0xd800U && point <= 0xdbffU) {
      std::uint32_t low = 0;
      if (!take('\\') || !take('u')) return refuse("has half a surrogate pair");
      if (!four_hex(low)) return false;
      if (low < 0xdc00U || low > 0xdfffU) return refuse("has half a surrogate pair");
      point = 0x10000U + ((point - 0xd800U) << 10U) + (low - 0xdc00U);
    }
    append_utf8(out, point);
    return true;
  }

  bool four_hex(std::uint32_t& out) {
    out = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const char lower = static_cast<char>(c | 0x20);
      std::uint32_t digit = 0;
      if (is_digit(c)) {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        digit = static_cast<std::uint32_t>(lower - 'a' + 10);
      } else {
        return refuse("has an escape without four hexadecimal digits");
      }
      out = out * 16 + digit;
      ++at_;
    }
    return true;
  }

  static void append_utf8(std::string& out, std::uint32_t point) {
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80U) {
      put(point);
    } else if (point < 0x800U) {
      put(0xc0U | (point >> 6U));
      put(0x80U | (point & 0x3fU));
    } else if (point < 0x10000U) {
      put(0xe0U | (point >> 12U));
      put(0x80U | ((point >> 6U) & 0x3fU));
      put(0x80U | (point & 0x3fU));
    } else {
      put(0xf0U | (point >> 18U));
      put(0x80U | ((point >> 12U) & 0x3fU));
      put(0x80U | ((point >> 6U) & 0x3fU));
      put(0x80U | (point & 0x3fU));
    }
  }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool count_one() {
    if (values_left_ == 0) return refuse_limit("json.too_large", "The JSON text has too many values.");
    --values_left_;
    return true;
  }
  bool refuse(const std::string& what) {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    const auto newline = at_ == 0 ? std::string_view::npos : text_.rfind('\n', at_ - 1);
    const std::size_t column = newline == std::string_view::npos ? at_ + 1 : at_ - newline;
    error_.emplace(
        base::ErrorKind::malformed, "json.malformed",
        "The JSON text " + what + " (line " + std::to_string(line) + ", column " + std::to_string(column) + ").");
    return false;
  }
  bool refuse_limit(std::string code, std::string message) {
    error_.emplace(base::ErrorKind::too_large, std::move(code), std::move(message));
    return false;
  }

  std::string_view text_;
  std::size_t at_{0};
  std::size_t depth_left_;
  std::size_t values_left_;
  std::optional<base::Error> error_;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &children[static_cast<std::size_t>(found - keys.begin())];
}

base::Result<Node> parse_node(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return base::fail(base::ErrorKind::too_large, "json.too_large", "The JSON text is too long.");
  }
  return Parser(text, limits).parse();
}

}  // namespace json

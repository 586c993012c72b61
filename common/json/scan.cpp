#include "common/json/scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "common/json/utf8.hpp"

namespace json {
namespace {

constexpr std::size_t kDeepest = 64;
/// Names of all objects that are open at one time.
constexpr std::size_t kMostNames = 512;
/// Up to this many names, comparing each pair is faster than sorting.
constexpr std::size_t kFewNames = 16;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/// A bit in each byte of `word` that is a quote, a backslash, a control character or beyond ASCII. Exact up to and with
/// the lowest one, which is all that is looked at.
std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHigh = kOnes * 0x80U;
  const auto zero_in = [](std::uint64_t x) { return (x - kOnes) & ~x; };
  const std::uint64_t quote = zero_in(word ^ (kOnes * '"'));
  const std::uint64_t backslash = zero_in(word ^ (kOnes * '\\'));
  const std::uint64_t control = (word - kOnes * 0x20U) & ~word;
  return (quote | backslash | control | word) & kHigh;
}

/// Left uninitialised until it is used, unlike a string_view.
struct Name {
  const char* data;
  std::size_t size;
  /// The first bytes, at most 8, so that unequal names are told apart without looking at them again.
  std::uint64_t beginning;
  std::string_view view() const { return {data, size}; }
  bool operator==(const Name& other) const {
    return beginning == other.beginning && size == other.size && view() == other.view();
  }
};

/// `end` is where the text ends that `name` is a part of.
std::uint64_t beginning_of(std::string_view name, const char* end) {
  std::uint64_t word = 0;
  if (std::endian::native == std::endian::little && end - name.data() >= 8) {
    std::memcpy(&word, name.data(), sizeof word);
    return name.size() >= 8 ? word : word & ((std::uint64_t{1} << (8 * name.size())) - 1);
  }
  std::memcpy(&word, name.data(), std::min(name.size(), sizeof word));
  return word;
}

/// One pass over a text; every function answers false where the text is not for us.
class Scanner {
 public:
  Scanner(std::string_view text, std::span<Member> out, std::size_t depth)
      : at_(text.data()), end_(text.data() + text.size()), out_(out), depth_left_(std::min(depth, kDeepest)) {}

  std::optional<std::size_t> run() {
    skip_space();
    if (depth_left_ == 0 || !take('{')) return std::nullopt;
    --depth_left_;
    if (!members<true>()) return std::nullopt;
    skip_space();
    if (at_ != end_) return std::nullopt;
    return count_;
  }

 private:
  /// Behind the opening brace, to behind the closing one.
  template <bool kOuter>
  bool members() {
    const std::size_t first_name = names_used_;
    skip_space();
    if (take('}')) return true;
    do {
      Member member;
      if (!name(member.name)) return false;
      skip_space();
      if (!take(':')) return false;
      skip_space();
      if (!value(member)) return false;
      if constexpr (kOuter) {
        if (count_ == out_.size()) return false;
        out_[count_++] = member;
      }
      skip_space();
    } while (take(','));
    if (!take('}') || !unique(first_name)) return false;
    names_used_ = first_name;
    return true;
  }

  bool elements() {
    skip_space();
    if (take(']')) return true;
    do {
      skip_space();
      Member element;
      if (!value(element)) return false;
      skip_space();
    } while (take(','));
    return take(']');
  }

  bool value(Member& out) {
    if (at_ == end_) return false;
    const char* begin = at_;
    switch (*at_) {
      case '"': out.kind = Kind::string; return string(out.text, out.plain);
      case '{': out.kind = Kind::object; break;
      case '[': out.kind = Kind::array; break;
      case 't': out.kind = Kind::boolean; break;
      case 'f': out.kind = Kind::boolean; break;
      case 'n': out.kind = Kind::null; break;
      default: out.kind = Kind::integer; break;
    }
    if (!content(out.kind)) return false;
    out.text = {begin, static_cast<std::size_t>(at_ - begin)};
    return true;
  }

  bool content(Kind& kind) {
    switch (kind) {
      case Kind::object:
      case Kind::array: return nested(kind);
      case Kind::boolean: return word(*at_ == 't' ? "true" : "false");
      case Kind::null: return word("null");
      default: return number(kind);
    }
  }

  bool nested(Kind kind) {
    if (depth_left_ == 0) return false;
    --depth_left_;
    ++at_;
    const bool good = kind == Kind::object ? members<false>() : elements();
    ++depth_left_;
    return good;
  }

  bool name(std::string_view& out) {
    skip_space();
    bool plain = false;
    if (at_ == end_ || *at_ != '"' || !string(out, plain) || !plain || names_used_ == kMostNames) return false;
    names_[names_used_++] = {out.data(), out.size(), beginning_of(out, end_)};
    return true;
  }

  bool unique(std::size_t first) {
    const std::span<Name> names(names_.data() + first, names_used_ - first);
    if (names.size() > kFewNames) {
      std::ranges::sort(names, {}, &Name::view);
      return std::ranges::adjacent_find(names, {}, &Name::view) == names.end();
    }
    for (std::size_t i = 1; i < names.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (names[i] == names[j]) return false;
      }
    }
    return true;
  }

  /// From the opening quote to behind the closing one.
  bool string(std::string_view& out, bool& plain) {
    const char* begin = ++at_;
    plain = true;
    for (;;) {
      skip_ordinary();
      if (at_ == end_) return false;
      if (*at_ == '"') {
        out = {begin, static_cast<std::size_t>(at_ - begin)};
        ++at_;
        return true;
      }
      if (*at_ == '\\') {
        plain = false;
        if (end_ - at_ < 2 || !std::string_view("\"\\/bfnrt").contains(at_[1])) return false;
        at_ += 2;
      } else {
        if (static_cast<unsigned char>(*at_) < 0x20U) return false;
        const auto length = utf8_length({at_, static_cast<std::size_t>(end_ - at_)});
        if (length == 0) return false;
        at_ += length;
      }
    }
  }

  void skip_ordinary() {
    if constexpr (std::endian::native == std::endian::little) {
      while (end_ - at_ >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at_, sizeof word);
        if (const auto special = special_bytes(word)) {
          at_ += std::countr_zero(special) / 8;
          return;
        }
        at_ += 8;
      }
    }
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20U &&
           static_cast<unsigned char>(*at_) < 0x80U) {
      ++at_;
    }
  }

  bool number(Kind& kind) {
    kind = Kind::integer;
    take('-');
    if (take('0')) {
      if (at_ != end_ && is_digit(*at_)) return false;
    } else if (!digits()) {
      return false;
    }
    if (take('.')) {
      kind = Kind::real;
      if (!digits()) return false;
    }
    if (take('e') || take('E')) {
      kind = Kind::real;
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }

  bool digits() {
    const char* begin = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != begin;
  }
  bool word(std::string_view expected) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }
  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  const char* at_;
  const char* end_;
  std::span<Member> out_;
  std::size_t count_{0};
  std::size_t depth_left_;
  std::size_t names_used_{0};
  std::array<Name, kMostNames> names_;
};

}  // namespace

std::optional<std::size_t> scan_object(std::string_view text, std::span<Member> out, const Limits& limits) {
  // Every value and every name takes a byte at least, so that this many bytes cannot hold more values.
  if (text.size() > limits.bytes || text.size() > limits.values) return std::nullopt;
  return Scanner(text, out, limits.depth).run();
}

}  // namespace json

#include "common/json/decode.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace json::detail {
namespace {

constexpr std::size_t kMostMistakes = 100;

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "a boolean";
    case Kind::integer:
    case Kind::real: return "a number";
    case Kind::string: return "a string";
    case Kind::array: return "a list";
    case Kind::object: return "an object";
  }
  return "something else";
}

template <class T>
bool parse_whole(std::string_view text, T& out) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && stopped == end;
}

}  // namespace

Reader::Step::Step(Reader& reader, std::string_view key) : reader_(reader), length_(reader.pointer_.size()) {
  reader_.pointer_.push_back('/');
  for (const char c : key) {
    if (c == '~') {
      reader_.pointer_ += "~0";
    } else if (c == '/') {
      reader_.pointer_ += "~1";
    } else {
      reader_.pointer_.push_back(c);
    }
  }
}

Reader::Step::Step(Reader& reader, std::size_t index) : reader_(reader), length_(reader.pointer_.size()) {
  reader_.pointer_ += "/" + std::to_string(index);
}

void Reader::mistake(std::string message) {
  if (mistakes_.size() < kMostMistakes) mistakes_.push_back(base::FieldError{pointer_, std::move(message)});
}

bool Reader::expect(const Node& node, Kind kind, const char* what) {
  if (node.kind == kind) return true;
  mistake(std::string("must be ") + what + ", not " + name_of(node.kind));
  return false;
}

bool Reader::signed_integer(const Node& node, std::int64_t low, std::int64_t high, std::int64_t& out) {
  if (node.kind == Kind::real) return mistake("must be an integer without fraction or exponent"), false;
  if (!expect(node, Kind::integer, "an integer")) return false;
  std::int64_t value = 0;
  if (!parse_whole(node.text, value) || value < low || value > high) {
    mistake("must be between " + std::to_string(low) + " and " + std::to_string(high));
    return false;
  }
  out = value;
  return true;
}

bool Reader::unsigned_integer(const Node& node, std::uint64_t high, std::uint64_t& out) {
  if (node.kind == Kind::real) return mistake("must be an integer without fraction or exponent"), false;
  if (!expect(node, Kind::integer, "an integer")) return false;
  std::uint64_t value = 0;
  const std::string_view text = node.text == "-0" ? std::string_view("0") : node.text;
  if (!parse_whole(text, value) || value > high) {
    mistake("must be between 0 and " + std::to_string(high));
    return false;
  }
  out = value;
  return true;
}

bool Reader::real(const Node& node, double& out) {
  if (node.kind != Kind::real && !expect(node, Kind::integer, "a number")) return false;
  double value = 0;
  if (!parse_whole(node.text, value) || !std::isfinite(value)) return mistake("is out of range"), false;
  out = value;
  return true;
}

bool Reader::text(const Node& node, std::string& out) {
  if (!expect(node, Kind::string, "a string")) return false;
  if (unknown_ == Unknown::reject && node.string.find('\0') != std::string::npos) {
    mistake("must not contain the character U+0000");
    return false;
  }
  out = node.string;
  return true;
}

base::Result<void> Reader::outcome() && {
  if (mistakes_.empty()) return {};
  const auto& first = mistakes_.front();
  std::string message = (first.pointer.empty() ? "The value" : first.pointer) + " " + first.message + ".";
  if (mistakes_.size() > 1) message += " (and " + std::to_string(mistakes_.size() - 1) + " more)";
  return base::fail(base::Error(base::ErrorKind::invalid, "json.invalid", std::move(message), std::move(mistakes_)));
}

const Node* FieldReader::take(std::string_view name) {
  known_.push_back(name);
  return object_.find(name);
}

void FieldReader::finish() {
  if (reader_.unknown() == Unknown::ignore) return;
  for (const auto& key : object_.keys) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const Reader::Step step(reader_, key);
    reader_.mistake("is not known");
  }
}

}  // namespace json::detail

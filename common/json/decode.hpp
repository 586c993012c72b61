#pragma once

#include <cstdint>
#include <limits>

#include "common/json/node.hpp"
#include "common/json/traits.hpp"

namespace json {

/// What to do with members that the struct does not name. `reject` is for requests of users (typos are mistakes; text
/// with U+0000 is refused too, for no database column takes it), `ignore` for peers that may be newer than we are.
enum class Unknown { reject, ignore };

namespace detail {

/// Gathers mistakes with the JSON pointer at which they were found.
class Reader {
 public:
  explicit Reader(Unknown unknown) : unknown_(unknown) {}

  /// Descends into a member or element until it goes out of scope.
  class Step {
   public:
    Step(Reader& reader, std::string_view key);
    Step(Reader& reader, std::size_t index);
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    ~Step() { reader_.pointer_.resize(length_); }

   private:
    Reader& reader_;
    std::size_t length_;
  };

  Unknown unknown() const { return unknown_; }
  void mistake(std::string message);
  bool expect(const Node& node, Kind kind, const char* what);
  bool signed_integer(const Node& node, std::int64_t low, std::int64_t high, std::int64_t& out);
  bool unsigned_integer(const Node& node, std::uint64_t high, std::uint64_t& out);
  bool real(const Node& node, double& out);
  bool text(const Node& node, std::string& out);
  /// The Error with all mistakes, when there are any.
  base::Result<void> outcome() &&;

 private:
  Unknown unknown_;
  std::string pointer_;
  std::vector<base::FieldError> mistakes_;
};

template <class T>
void read(Reader& reader, const Node& node, T& out);

/// The visitor that `map` sees while decoding.
class FieldReader {
 public:
  FieldReader(Reader& reader, const Node& object) : reader_(reader), object_(object) {}

  template <class T>
  void required(std::string_view name, T& member, std::string_view /*description*/ = {}) {
    const Node* node = take(name);
    const Reader::Step step(reader_, name);
    if (node == nullptr) return reader_.mistake("is required");
    read(reader_, *node, member);
  }
  /// Absent and `null` both mean: no value.
  template <class T>
  void optional(std::string_view name, std::optional<T>& member, std::string_view /*description*/ = {}) {
    const Node* node = take(name);
    if (node == nullptr || node->kind == Kind::null) return member.reset();
    const Reader::Step step(reader_, name);
    read(reader_, *node, member.emplace());
  }
  template <class T>
  void defaulted(std::string_view name, T& member, std::string_view /*description*/ = {}) {
    const Node* node = take(name);
    if (node == nullptr) return;
    const Reader::Step step(reader_, name);
    read(reader_, *node, member);
  }
  /// Complains about the members that nobody asked for.
  void finish();

 private:
  const Node* take(std::string_view name);

  Reader& reader_;
  const Node& object_;
  std::vector<std::string_view> known_;
};

template <class T>
void read_integer(Reader& reader, const Node& node, T& out) {
  if constexpr (std::is_signed_v<T>) {
    std::int64_t value = 0;
    if (reader.signed_integer(node, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), value)) {
      out = static_cast<T>(value);
    }
  } else {
    std::uint64_t value = 0;
    if (reader.unsigned_integer(node, std::numeric_limits<T>::max(), value)) out = static_cast<T>(value);
  }
}

template <class E>
void read_enum(Reader& reader, const Node& node, E& out) {
  std::string text;
  if (!reader.text(node, text)) return;
  if (const auto value = enum_from<E>(text)) {
    out = *value;
    return;
  }
  std::string names;
  for (const auto& [value, name] : EnumNames<E>::names) names += (names.empty() ? "" : ", ") + std::string(name);
  reader.mistake("must be one of: " + names);
}

template <class T>
void read_text_form(Reader& reader, const Node& node, T& out) {
  std::string text;
  if (!reader.text(node, text)) return;
  auto value = TextForm<T>::parse(text);
  if (!value) return reader.mistake(value.error().message);
  out = std::move(*value);
}

template <class T>
void read_list(Reader& reader, const Node& node, std::vector<T>& out) {
  if (!reader.expect(node, Kind::array, "a list")) return;
  out.clear();
  out.reserve(node.children.size());
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Reader::Step step(reader, i);
    T item{};
    read(reader, node.children[i], item);
    out.push_back(std::move(item));
  }
}

template <class T>
void read_map(Reader& reader, const Node& node, std::map<std::string, T>& out) {
  if (!reader.expect(node, Kind::object, "an object")) return;
  out.clear();
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Reader::Step step(reader, node.keys[i]);
    read(reader, node.children[i], out[node.keys[i]]);
  }
}

template <class T>
void read(Reader& reader, const Node& node, T& out) {
  if constexpr (std::is_same_v<T, bool>) {
    if (reader.expect(node, Kind::boolean, "true or false")) out = node.text == "true";
  } else if constexpr (std::is_integral_v<T>) {
    read_integer(reader, node, out);
  } else if constexpr (std::is_same_v<T, double>) {
    reader.real(node, out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    reader.text(node, out);
  } else if constexpr (std::is_same_v<T, base::SecretString>) {
    std::string text;
    if (reader.text(node, text)) out = base::SecretString(std::move(text));
  } else if constexpr (std::is_same_v<T, Raw>) {
    out.text = std::string(node.text);
  } else if constexpr (NamedEnum<T>) {
    read_enum(reader, node, out);
  } else if constexpr (HasTextForm<T>) {
    read_text_form(reader, node, out);
  } else if constexpr (kIsOptional<T>) {
    if (node.kind == Kind::null) return out.reset();
    read(reader, node, out.emplace());
  } else if constexpr (kIsVector<T>) {
    read_list(reader, node, out);
  } else if constexpr (kIsMap<T>) {
    read_map(reader, node, out);
  } else {
    static_assert(std::is_class_v<T>, "a type without a JSON form: give it a map(), EnumNames or TextForm");
    if (!reader.expect(node, Kind::object, "an object")) return;
    FieldReader fields(reader, node);
    out.map(fields);
    fields.finish();
  }
}

}  // namespace detail

/// Reads one value strictly. Syntax: kind malformed (or too_large). Values: kind invalid, code `json.invalid`, with
/// every mistake (at most 100) in `fields`. Integers take no fraction and no exponent and must fit.
template <class T>
base::Result<T> decode(std::string_view text, Unknown unknown, const Limits& limits = {}) {
  auto node = parse_node(text, limits);
  if (!node) return base::fail(std::move(node).error());
  detail::Reader reader(unknown);
  T value{};
  detail::read(reader, *node, value);
  TRY_CHECK(std::move(reader).outcome());
  return value;
}

}  // namespace json

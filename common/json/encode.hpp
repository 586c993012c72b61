#pragma once

#include <cstdint>

#include "common/json/traits.hpp"

namespace json {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text);
std::string quoted(std::string_view text);

namespace detail {

void append_signed(std::string& out, std::int64_t value);
void append_unsigned(std::string& out, std::uint64_t value);
/// Shortest text that reads back the same; `null` for what JSON cannot say.
void append_real(std::string& out, double value);

template <class T>
void write(std::string& out, const T& value);

/// The visitor that `map` sees while encoding.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  template <class T>
  void required(std::string_view name, const T& member, std::string_view /*description*/ = {}) {
    begin(name);
    write(out_, member);
  }
  template <class T>
  void optional(std::string_view name, const std::optional<T>& member, std::string_view /*description*/ = {}) {
    if (!member) return;
    begin(name);
    write(out_, *member);
  }
  template <class T>
  void defaulted(std::string_view name, const T& member, std::string_view /*description*/ = {}) {
    required(name, member);
  }

 private:
  void begin(std::string_view name);

  std::string& out_;
  bool first_{true};
};

template <class T>
void write_list(std::string& out, const std::vector<T>& items) {
  out.push_back('[');
  bool first = true;
  for (const auto& item : items) {
    if (!std::exchange(first, false)) out.push_back(',');
    write<T>(out, item);
  }
  out.push_back(']');
}

template <class T>
void write_map(std::string& out, const std::map<std::string, T>& items) {
  out.push_back('{');
  bool first = true;
  for (const auto& [key, item] : items) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_quoted(out, key);
    out.push_back(':');
    write(out, item);
  }
  out.push_back('}');
}

template <class T>
void write(std::string& out, const T& value) {
  static_assert(!std::is_same_v<T, base::SecretString>, "secrets do not go into JSON");
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) {
      append_signed(out, value);
    } else {
      append_unsigned(out, value);
    }
  } else if constexpr (std::is_same_v<T, double>) {
    append_real(out, value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_quoted(out, value);
  } else if constexpr (std::is_same_v<T, Raw>) {
    out += value.text.empty() ? std::string_view("null") : std::string_view(value.text);
  } else if constexpr (NamedEnum<T>) {
    append_quoted(out, enum_name(value));
  } else if constexpr (HasTextForm<T>) {
    append_quoted(out, TextForm<T>::print(value));
  } else if constexpr (kIsOptional<T>) {
    if (!value) {
      out += "null";
    } else {
      write(out, *value);
    }
  } else if constexpr (kIsVector<T>) {
    write_list(out, value);
  } else if constexpr (kIsMap<T>) {
    write_map(out, value);
  } else {
    static_assert(std::is_class_v<T>, "a type without a JSON form: give it a map(), EnumNames or TextForm");
    out.push_back('{');
    FieldWriter fields(out);
    const_cast<T&>(value).map(fields);  // one field map serves both ways; the writer only reads
    out.push_back('}');
  }
}

}  // namespace detail

/// Compact, members in the order of the map, absent optionals left out (an optional given to `required` is `null`).
template <class T>
std::string encode(const T& value) {
  std::string out;
  detail::write(out, value);
  return out;
}

}  // namespace json

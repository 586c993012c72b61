#pragma once

#include <array>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/secret.hpp"

namespace json {

/// Any JSON value, kept as its text. Encoded as it stands, so it must be one valid value; empty means `null`.
struct Raw {
  std::string text;
  bool operator==(const Raw&) const = default;
};

/// Names of an enum's values; specialise:
/// `template <> struct json::EnumNames<E> { static constexpr std::array<std::pair<E, std::string_view>, 2> names{…};
/// };`
template <class E>
struct EnumNames;

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires { EnumNames<E>::names; };

template <NamedEnum E>
constexpr std::string_view enum_name(E value) {
  for (const auto& [candidate, name] : EnumNames<E>::names) {
    if (candidate == value) return name;
  }
  return {};
}
template <NamedEnum E>
constexpr std::optional<E> enum_from(std::string_view text) {
  for (const auto& [candidate, name] : EnumNames<E>::names) {
    if (name == text) return candidate;
  }
  return std::nullopt;
}

/// How a type of its own travels as a JSON string; specialise for slugs, ports with units and the like:
/// `static base::Result<T> parse(std::string_view)`, `static std::string print(const T&)`, and `kFormat`, the
/// `format` of its schema (may be empty).
template <class T>
struct TextForm;

template <>
struct TextForm<base::Uuid> {
  static constexpr std::string_view kFormat = "uuid";
  static base::Result<base::Uuid> parse(std::string_view text) { return base::Uuid::parse(text); }
  static std::string print(const base::Uuid& value) { return value.to_string(); }
};
template <class Tag>
struct TextForm<base::Id<Tag>> {
  static constexpr std::string_view kFormat = "uuid";
  static base::Result<base::Id<Tag>> parse(std::string_view text) { return base::Id<Tag>::parse(text); }
  static std::string print(const base::Id<Tag>& value) { return value.to_string(); }
};
template <>
struct TextForm<base::UtcTime> {
  static constexpr std::string_view kFormat = "date-time";
  static base::Result<base::UtcTime> parse(std::string_view text) { return base::parse_utc(text); }
  static std::string print(const base::UtcTime& value) { return base::format_utc(value); }
};

template <class T>
concept HasTextForm = requires(std::string_view text, const T& value) {
  TextForm<T>::parse(text);
  TextForm<T>::print(value);
};

namespace detail {
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsMap = false;
template <class T>
inline constexpr bool kIsMap<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool kUnsupported = false;
}  // namespace detail
}  // namespace json

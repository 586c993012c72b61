#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/json/traits.hpp"

namespace config {

/// What a value must be besides its type.
struct Rule {
  std::optional<std::int64_t> low{};
  std::optional<std::int64_t> high{};
  bool required{false};
};
/// Both ends included. For numbers; for durations in seconds; for text its length in bytes.
inline Rule range(std::int64_t low, std::int64_t high) {
  return Rule{.low = low, .high = high};
}
/// There is no default: the value must come from somewhere.
inline Rule required() {
  return Rule{.required = true};
}

/// A value as it was written: one text, or several. `quoted` says that it was a string in TOML.
struct Written {
  enum class Form { text, boolean, number, string, list };
  Form form{Form::text};  ///< text: from a flag or the environment
  std::vector<std::string> parts;
};

struct Entry {
  std::string key;
  std::string description;
  std::string type;
  Rule rule;
  bool secret{false};
  std::function<base::Result<void>(const Written&)> set;
  std::function<std::string()> show;
};

namespace detail {
base::Result<void> set_bool(const Written& written, bool& out);
base::Result<void> set_integer(const Written& written, std::int64_t low, std::int64_t high, std::int64_t& out);
base::Result<void> set_real(const Written& written, double& out);
base::Result<void> set_text(const Written& written, const Rule& rule, std::string& out);
base::Result<void> set_list(const Written& written, std::vector<std::string>& out);
/// "250ms", "30s", "5m", "12h", "7d".
base::Result<void> set_duration(const Written& written, const Rule& rule, base::Duration& out);
std::string show_duration(base::Duration value);
std::string show_list(const std::vector<std::string>& items);

template <class T>
struct Form;
template <>
struct Form<bool> {
  static std::string type() { return "true or false"; }
  static base::Result<void> set(const Written& written, const Rule&, bool& out) { return set_bool(written, out); }
  static std::string show(bool value) { return value ? "true" : "false"; }
};
template <std::integral T>
struct Form<T> {
  static std::string type() { return "whole number"; }
  static base::Result<void> set(const Written& written, const Rule& rule, T& out) {
    constexpr auto kMax = std::numeric_limits<T>::max();
    std::int64_t high = std::cmp_greater(kMax, INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(kMax);
    std::int64_t low = static_cast<std::int64_t>(std::numeric_limits<T>::min());
    std::int64_t value = 0;
    TRY_CHECK(
        set_integer(written, std::max(low, rule.low.value_or(low)), std::min(high, rule.high.value_or(high)), value));
    out = static_cast<T>(value);
    return {};
  }
  static std::string show(T value) { return std::to_string(value); }
};
template <>
struct Form<double> {
  static std::string type() { return "number"; }
  static base::Result<void> set(const Written& written, const Rule&, double& out) { return set_real(written, out); }
  static std::string show(double value) { return std::to_string(value); }
};
template <>
struct Form<std::string> {
  static std::string type() { return "text"; }
  static base::Result<void> set(const Written& written, const Rule& rule, std::string& out) {
    return set_text(written, rule, out);
  }
  static std::string show(const std::string& value) { return value; }
};
template <>
struct Form<std::filesystem::path> {
  static std::string type() { return "path"; }
  static base::Result<void> set(const Written& written, const Rule& rule, std::filesystem::path& out) {
    std::string text;
    TRY_CHECK(set_text(written, rule, text));
    out = text;
    return {};
  }
  static std::string show(const std::filesystem::path& value) { return value.string(); }
};
template <>
struct Form<base::Duration> {
  static std::string type() { return "duration (ms, s, m, h, d)"; }
  static base::Result<void> set(const Written& written, const Rule& rule, base::Duration& out) {
    return set_duration(written, rule, out);
  }
  static std::string show(base::Duration value) { return show_duration(value); }
};
template <>
struct Form<std::vector<std::string>> {
  static std::string type() { return "list"; }
  static base::Result<void> set(const Written& written, const Rule&, std::vector<std::string>& out) {
    return set_list(written, out);
  }
  static std::string show(const std::vector<std::string>& value) { return show_list(value); }
};
template <json::NamedEnum E>
struct Form<E> {
  static std::string type() {
    std::string names;
    for (const auto& [value, name] : json::EnumNames<E>::names)
      names += (names.empty() ? "" : " | ") + std::string(name);
    return names;
  }
  static base::Result<void> set(const Written& written, const Rule& rule, E& out) {
    std::string text;
    TRY_CHECK(set_text(written, rule, text));
    const auto value = json::enum_from<E>(text);
    if (!value) return base::invalid("", "must be one of: " + type());
    out = *value;
    return {};
  }
  static std::string show(E value) { return std::string(json::enum_name(value)); }
};
template <class T>
struct Form<std::optional<T>> {
  static std::string type() { return Form<T>::type(); }
  static base::Result<void> set(const Written& written, const Rule& rule, std::optional<T>& out) {
    T value{};
    TRY_CHECK(Form<T>::set(written, rule, value));
    out = std::move(value);
    return {};
  }
  static std::string show(const std::optional<T>& value) { return value ? Form<T>::show(*value) : "(not set)"; }
};
}  // namespace detail

/// The visitor that a configuration's `map` sees. Keys are lower-case words joined by `_` and dots.
class Table {
 public:
  template <class T>
  void key(std::string_view name, T& member, std::string_view description, Rule rule = {}) {
    entries_.push_back(Entry{.key = std::string(name),
                             .description = std::string(description),
                             .type = detail::Form<T>::type(),
                             .rule = rule,
                             .secret = false,
                             .set = [&member, rule](const Written& w) { return detail::Form<T>::set(w, rule, member); },
                             .show = [&member] { return detail::Form<T>::show(member); }});
  }
  /// The content of a private file, without the line's end. The keys are `name_file`.
  void secret(std::string_view name, base::SecretString& member, std::string_view description, Rule rule = {});

  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace config

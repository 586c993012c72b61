#pragma once

#include <limits>

#include "common/json/encode.hpp"

namespace json {
namespace detail {

void append_integer_schema(std::string& out, std::int64_t low, std::uint64_t high);

template <class T>
void write_schema(std::string& out, std::string_view description = {});

/// The visitor that `map` sees while describing.
class FieldDescriber {
 public:
  template <class T>
  void required(std::string_view name, const T& /*member*/, std::string_view description = {}) {
    add<T>(name, description);
    if (!required_.empty()) required_.push_back(',');
    append_quoted(required_, name);
  }
  template <class T>
  void optional(std::string_view name, const std::optional<T>& /*member*/, std::string_view description = {}) {
    add<T>(name, description);
  }
  template <class T>
  void defaulted(std::string_view name, const T& /*member*/, std::string_view description = {}) {
    add<T>(name, description);
  }
  /// Appends the members of the schema object, without its braces.
  void finish(std::string& out) const;

 private:
  template <class T>
  void add(std::string_view name, std::string_view description) {
    if (!properties_.empty()) properties_.push_back(',');
    append_quoted(properties_, name);
    properties_.push_back(':');
    write_schema<T>(properties_, description);
  }

  std::string properties_;
  std::string required_;
};

template <class E>
void append_enum_schema(std::string& out) {
  out += R"("type":"string","enum":[)";
  bool first = true;
  for (const auto& [value, name] : EnumNames<E>::names) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_quoted(out, name);
  }
  out.push_back(']');
}

template <class T>
void append_schema_body(std::string& out) {
  if constexpr (std::is_same_v<T, bool>) {
    out += R"("type":"boolean")";
  } else if constexpr (std::is_integral_v<T>) {
    append_integer_schema(out, static_cast<std::int64_t>(std::numeric_limits<T>::min()),
                          static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
  } else if constexpr (std::is_same_v<T, double>) {
    out += R"("type":"number")";
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, base::SecretString>) {
    out += R"("type":"string")";
  } else if constexpr (std::is_same_v<T, Raw>) {
    out += R"("type":["object","array","string","number","boolean","null"])";
  } else if constexpr (NamedEnum<T>) {
    append_enum_schema<T>(out);
  } else if constexpr (HasTextForm<T>) {
    out += R"("type":"string")";
    if (!TextForm<T>::kFormat.empty()) out += R"(,"format":)" + quoted(TextForm<T>::kFormat);
  } else if constexpr (kIsOptional<T>) {
    out += R"("anyOf":[)";
    write_schema<typename T::value_type>(out);
    out += R"(,{"type":"null"}])";
  } else if constexpr (kIsVector<T>) {
    out += R"("type":"array","items":)";
    write_schema<typename T::value_type>(out);
  } else if constexpr (kIsMap<T>) {
    out += R"("type":"object","additionalProperties":)";
    write_schema<typename T::mapped_type>(out);
  } else {
    FieldDescriber fields;
    T sample{};
    sample.map(fields);
    fields.finish(out);
  }
}

template <class T>
void write_schema(std::string& out, std::string_view description) {
  out.push_back('{');
  append_schema_body<T>(out);
  if (!description.empty()) out += R"(,"description":)" + quoted(description);
  out.push_back('}');
}

}  // namespace detail

/// The JSON Schema (2020-12) of `T` as text. Nested structs stand inline, so a struct may not contain itself.
template <class T>
std::string schema() {
  std::string out;
  detail::write_schema<T>(out);
  return out;
}

}  // namespace json

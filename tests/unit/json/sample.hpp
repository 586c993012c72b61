#pragma once

#include "common/json/json.hpp"

namespace sample {

enum class Color { red, green };

struct Part {
  std::string name;
  std::optional<std::int32_t> weight_g;
  template <class F>
  void map(F& f) {
    f.required("name", name, "What it is called");
    f.optional("weight_g", weight_g);
  }
  bool operator==(const Part&) const = default;
};

struct Everything {
  bool flag{false};
  std::int8_t small{0};
  std::uint64_t large{0};
  double ratio{0};
  std::string text;
  base::AppId app;
  base::UtcTime at;
  Color color{Color::red};
  std::vector<Part> parts;
  std::map<std::string, std::int64_t> counts;
  std::optional<Part> spare;
  json::Raw raw;
  std::uint16_t port{8080};
  template <class F>
  void map(F& f) {
    f.required("flag", flag);
    f.required("small", small);
    f.required("large", large);
    f.required("ratio", ratio);
    f.required("text", text);
    f.required("app", app);
    f.required("at", at);
    f.required("color", color);
    f.required("parts", parts);
    f.required("counts", counts);
    f.required("spare", spare);
    f.required("raw", raw);
    f.defaulted("port", port);
  }
  bool operator==(const Everything&) const = default;
};

/// One field of any type, for tests of that type.
template <class T>
struct Box {
  T value{};
  template <class F>
  void map(F& f) {
    f.required("value", value);
  }
};

}  // namespace sample

template <>
struct json::EnumNames<sample::Color> {
  static constexpr std::array<std::pair<sample::Color, std::string_view>, 2> names{
      {{sample::Color::red, "red"}, {sample::Color::green, "green"}}};
};

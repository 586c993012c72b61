// Decoding must never crash, and must agree with nlohmann on what is JSON, apart from what only we refuse.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "common/json/json.hpp"
#include "common/json/scan.hpp"

namespace {

enum class Color { red, green };

struct Leaf {
  std::int16_t count{0};
  std::optional<std::string> text;
  template <class F>
  void map(F& f) {
    f.required("n", count);
    f.optional("t", text);
  }
};

struct Tree {
  std::vector<Leaf> leaves;
  std::map<std::string, double> numbers;
  std::optional<base::UtcTime> at;
  std::optional<base::AppId> app;
  std::optional<Color> color;
  json::Raw raw;
  template <class F>
  void map(F& f) {
    f.defaulted("l", leaves);
    f.defaulted("m", numbers);
    f.optional("a", at);
    f.optional("i", app);
    f.optional("c", color);
    f.defaulted("r", raw);
  }
};

void require(bool good) {
  if (!good) std::abort();
}

/// What the scanner takes, the parser takes, with the same members.
void compare_scanner(std::string_view text, const base::Result<json::Node>& node) {
  std::array<json::Member, 32> members;
  const auto count = json::scan_object(text, members);
  if (!count) return;
  require(node && node->kind == json::Kind::object && node->keys.size() == *count);
  for (std::size_t i = 0; i < *count; ++i) {
    const auto& [name, kind, source, plain] = members[i];
    const auto& child = node->children[i];
    require(name == node->keys[i] && kind == child.kind);
    const bool is_string = kind == json::Kind::string;
    require(source == (is_string ? child.text.substr(1, child.text.size() - 2) : child.text));
    require(!plain || child.string == source);
  }
}

}  // namespace

template <>
struct json::EnumNames<Color> {
  static constexpr std::array<std::pair<Color, std::string_view>, 2> names{{{Color::red, "r"}, {Color::green, "g"}}};
};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto node = json::parse_node(text);
  compare_scanner(text, node);
  // nlohmann may still refuse numbers that no double holds.
  if (node) {
    const auto tree = nlohmann::json::parse(text, nullptr, false);
    require(!tree.is_discarded() || text.find_first_of("eE.0123456789") != std::string_view::npos);
  }
  for (const auto unknown : {json::Unknown::ignore, json::Unknown::reject}) {
    const auto decoded = json::decode<Tree>(text, unknown);
    if (!decoded) continue;
    require(node.has_value());
    const std::string again = json::encode(*decoded);
    const auto second = json::decode<Tree>(again, json::Unknown::reject);
    require(second && json::encode(*second) == again);
  }
  return 0;
}

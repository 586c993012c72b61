#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace json {

/// What a text may cost before it is refused. Depth counts arrays and objects; values counts everything, also keys.
struct Limits {
  std::size_t depth{64};
  std::size_t bytes{std::size_t{16} << 20U};
  std::size_t values{200'000};
};

enum class Kind { null, boolean, integer, real, string, array, object };

/// One value of a parsed text. `text` is its exact source and points into the text that was parsed.
struct Node {
  Kind kind{Kind::null};
  std::string_view text;
  std::string string;             ///< the decoded content of a string
  std::vector<std::string> keys;  ///< of an object, beside `children`; unique
  std::vector<Node> children;     ///< of an array or object

  const Node* find(std::string_view key) const;
};

/// Strict RFC 8259: valid UTF-8 without BOM, no duplicate members, no lone surrogates, nothing behind the value.
/// Linear but for sorting each object's keys. Errors: `json.malformed` (with line and column), `json.too_large`,
/// `json.too_deep`. `text` must outlive the node.
base::Result<Node> parse_node(std::string_view text, const Limits& limits = {});

}  // namespace json

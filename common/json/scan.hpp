#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "common/json/node.hpp"

namespace json {

/// A member of an object, not decoded. `name` and `text` point into the text that was scanned.
struct Member {
  std::string_view name;
  Kind kind{Kind::null};
  /// The value's exact source; of a string, what stands between its quotes.
  std::string_view text;
  /// Of a string: `text` is its content as it is, without escapes.
  bool plain{false};
};

/// Reads the outer object of a text without building a tree: one pass, no allocation. Whatever it takes, `parse_node`
/// takes too, with these members; the number of them is answered, and `out` holds the first ones.
/// Nothing means "not here": the text is malformed, no object, beyond a limit, has more members than `out` has room
/// for, or uses what is rare in machine-made JSON (`\u` escapes, escaped names, objects of very many members). Then
/// `parse_node` decides. About 2 GB/s.
std::optional<std::size_t> scan_object(std::string_view text, std::span<Member> out, const Limits& limits = {});

}  // namespace json

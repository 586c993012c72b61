#include "common/json/parse.hpp"

namespace json {

base::Result<nlohmann::json> parse_strict(std::string_view text, const Limits& limits) {
  TRY_CHECK(parse_node(text, limits));  // everything that nlohmann is lenient about is refused here
  auto tree = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (tree.is_discarded()) {
    return base::fail(base::ErrorKind::malformed, "json.malformed", "The JSON text has a number out of range.");
  }
  return tree;
}

}  // namespace json

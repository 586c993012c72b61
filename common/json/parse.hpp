#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "common/json/node.hpp"

namespace json {

/// A tree for the few who cannot name their fields; everything else decodes into a struct. As strict as `decode`.
base::Result<nlohmann::json> parse_strict(std::string_view text, const Limits& limits = {});

}  // namespace json

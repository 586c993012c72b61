#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// The known word that `typed` was most likely meant to be: at most two edits away (one for words of up to 4 letters),
/// or beginning with it.
std::optional<std::string> suggest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace cli

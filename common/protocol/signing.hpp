#pragma once

#include <string_view>

namespace protocol {

/// What is signed and authenticated begins with its purpose, so that no signature serves for another.
inline constexpr std::string_view kCommandPrefix = "wisehosting/command/1\n";
inline constexpr std::string_view kRefreshPrefix = "wisehosting/refresh/1\n";
inline constexpr std::string_view kEnvelopeInfo = "wisehosting/envelope/1/";

}  // namespace protocol

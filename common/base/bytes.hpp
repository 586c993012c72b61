#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace base {

// Byte sequences travel as `std::string` / `std::string_view` throughout.

/// Lower-case hexadecimal.
std::string hex_encode(std::string_view bytes);
/// Accepts lower-case digits in pairs only.
Result<std::string> hex_decode(std::string_view text);

/// base64url without padding (RFC 4648 5).
std::string base64url_encode(std::string_view bytes);
/// Strict: no padding, no foreign characters, no stray bits in the last character.
Result<std::string> base64url_decode(std::string_view text);
/// Standard base64 with padding (RFC 4648 4).
std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no foreign characters.
Result<std::string> base64_decode(std::string_view text);

}  // namespace base

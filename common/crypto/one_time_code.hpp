#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

/// One-time codes of authenticator apps: HOTP (RFC 4226) and TOTP (RFC 6238).
namespace crypto {

enum class CodeHash { sha1, sha256, sha512 };

inline constexpr std::chrono::seconds kCodeStep{30};
inline constexpr int kCodeDigits = 6;

/// The code of one counter value, with leading zeros; `digits` 6..9.
std::string hotp(std::string_view key, std::uint64_t counter, int digits = kCodeDigits, CodeHash hash = CodeHash::sha1);

/// Which 30-second step a moment is in; moments before 1970 are in step 0.
std::uint64_t code_step(base::UtcTime time);

/// The step whose code this is: the current one, the one before or the one after; all three are always compared, in
/// constant time. Nothing when it is none of them.
std::optional<std::uint64_t> find_code_step(std::string_view key, std::string_view code, base::UtcTime now);

/// RFC 4648 6, upper case, without padding: the form in which people type a key.
std::string base32_encode(std::string_view bytes);

}  // namespace crypto

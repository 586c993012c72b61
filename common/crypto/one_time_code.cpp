#include "common/crypto/one_time_code.hpp"

#include <openssl/hmac.h>

#include <array>

#include "common/base/secret.hpp"
#include "common/crypto/openssl.hpp"

namespace crypto {
namespace {

const EVP_MD* digest_of(CodeHash hash) {
  switch (hash) {
    case CodeHash::sha1: return EVP_sha1();
    case CodeHash::sha256: return EVP_sha256();
    case CodeHash::sha512: return EVP_sha512();
  }
  return EVP_sha1();
}

}  // namespace

std::string hotp(std::string_view key, std::uint64_t counter, int digits, CodeHash hash) {
  std::array<unsigned char, 8> message{};
  for (std::size_t i = 0; i < message.size(); ++i) {
    message[i] = static_cast<unsigned char>(counter >> (8 * (message.size() - 1 - i)));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned int size = 0;
  openssl::check(HMAC(digest_of(hash), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
                      mac.data(), &size) != nullptr,
                 "HMAC");
  const std::size_t at = mac.at(size - 1) & 0x0FU;
  const std::uint32_t number = (static_cast<std::uint32_t>(mac.at(at) & 0x7FU) << 24U) |
                               (static_cast<std::uint32_t>(mac.at(at + 1)) << 16U) |
                               (static_cast<std::uint32_t>(mac.at(at + 2)) << 8U) | mac.at(at + 3);
  std::string code(static_cast<std::size_t>(digits), '0');
  std::uint64_t rest = number;
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit) {
    *digit = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  return code;
}

std::uint64_t code_step(base::UtcTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds / kCodeStep.count());
}

std::optional<std::uint64_t> find_code_step(std::string_view key, std::string_view code, base::UtcTime now) {
  const auto current = code_step(now);
  std::optional<std::uint64_t> found;
  for (const std::uint64_t step : {current == 0 ? 0 : current - 1, current + 1, current}) {
    if (base::equal_constant_time(hotp(key, step), code)) found = step;
  }
  return found;
}

std::string base32_encode(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = (held << 8U) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) text.push_back(kLetters[(held >> (bits - 5)) & 31U]);
  }
  if (bits > 0) text.push_back(kLetters[(held << (5 - bits)) & 31U]);
  return text;
}

}  // namespace crypto

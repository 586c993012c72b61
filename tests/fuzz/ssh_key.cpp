#include "common/crypto/ssh_key.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "common/base/failure.hpp"

// A key that was taken is one harmless line, and is read again as itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto key = crypto::parse_ssh_public_key(input);
  if (!key) return 0;
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  BASE_CHECK(std::ranges::all_of(key->line, plain) && std::ranges::all_of(key->comment, plain), "one line of text");
  BASE_CHECK(key->comment.size() <= 100 && key->fingerprint.starts_with("SHA256:"), "its parts");
  BASE_CHECK(key->bits >= 256 && (key->algorithm != "ssh-rsa" || key->bits >= crypto::kLeastRsaBits), "its strength");
  const auto again = crypto::parse_ssh_public_key(key->line);
  BASE_CHECK(again && again->line == key->line && again->fingerprint == key->fingerprint, "read again as itself");
  return 0;
}

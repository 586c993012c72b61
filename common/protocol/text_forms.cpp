#include "common/protocol/text_forms.hpp"

#include "common/crypto/hash.hpp"

namespace protocol {

base::Result<Digest> Digest::parse(std::string_view hex) {
  const bool digits = hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (hex.size() != 2 * crypto::kSha256Bytes || !digits) {
    return base::invalid("sha256", "must be 64 lower-case hexadecimal digits");
  }
  return Digest(std::string(hex));
}

Digest Digest::of(std::string_view bytes) {
  return Digest(crypto::sha256_hex(bytes));
}

}  // namespace protocol

#include "common/crypto/random.hpp"

#include <openssl/rand.h>

#include "common/crypto/openssl.hpp"

namespace crypto {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  openssl::check(RAND_bytes(openssl::data(bytes), static_cast<int>(count)) == 1, "no randomness");
  return bytes;
}

}  // namespace crypto

#include "common/crypto/ed25519.hpp"

#include <sodium.h>

#include "common/crypto/openssl.hpp"
#include "common/crypto/random.hpp"

namespace crypto {
namespace {

void ready() {
  openssl::check(sodium_init() >= 0, "libsodium does not start");
}

std::string joined(std::string_view one, std::string_view two) {
  std::string bytes;
  bytes.reserve(one.size() + two.size());
  bytes.append(one).append(two);
  return bytes;
}

}  // namespace

base::Result<Ed25519KeyPair> ed25519_from_seed(base::SecretString seed) {
  ready();
  if (seed.size() != crypto_sign_SEEDBYTES) return base::invalid("seed", "An Ed25519 seed has 32 bytes.");
  Ed25519KeyPair pair;
  pair.public_key.resize(crypto_sign_PUBLICKEYBYTES);
  std::string expanded(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(openssl::data(pair.public_key), openssl::data(expanded), openssl::data(seed.reveal()));
  base::wipe(expanded.data(), expanded.size());
  pair.seed = std::move(seed);
  return pair;
}

Ed25519KeyPair ed25519_generate() {
  return ed25519_from_seed(base::SecretString(random_bytes(crypto_sign_SEEDBYTES))).value();
}

std::string ed25519_sign(const Ed25519KeyPair& key, std::string_view part_one, std::string_view part_two) {
  ready();
  // libsodium's expanded secret key is the seed followed by the public key.
  const base::SecretString expanded(std::string(key.seed.reveal()) + key.public_key);
  BASE_CHECK(expanded.size() == crypto_sign_SECRETKEYBYTES, "an Ed25519 key pair of another size");
  const std::string message = joined(part_one, part_two);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(openssl::data(signature), nullptr, openssl::data(std::string_view(message)), message.size(),
                       openssl::data(expanded.reveal()));
  return signature;
}

bool ed25519_verify(std::string_view public_key, std::string_view signature, std::string_view part_one,
                    std::string_view part_two) {
  ready();
  if (public_key.size() != crypto_sign_PUBLICKEYBYTES || signature.size() != crypto_sign_BYTES) return false;
  const std::string message = joined(part_one, part_two);
  return crypto_sign_verify_detached(openssl::data(signature), openssl::data(std::string_view(message)), message.size(),
                                     openssl::data(public_key)) == 0;
}

}  // namespace crypto

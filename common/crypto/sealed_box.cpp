#include "common/crypto/sealed_box.hpp"

#include <sodium.h>

#include "common/crypto/openssl.hpp"
#include "common/crypto/random.hpp"

namespace crypto {
namespace {

void ready() {
  openssl::check(sodium_init() >= 0, "libsodium does not start");
}

}  // namespace

base::Result<X25519KeyPair> x25519_from_private(base::SecretString private_key) {
  ready();
  if (private_key.size() != crypto_box_SECRETKEYBYTES) return base::invalid("private", "An X25519 key has 32 bytes.");
  X25519KeyPair pair;
  pair.public_key.resize(crypto_box_PUBLICKEYBYTES);
  crypto_scalarmult_base(openssl::data(pair.public_key), openssl::data(private_key.reveal()));
  pair.private_key = std::move(private_key);
  return pair;
}

X25519KeyPair x25519_generate() {
  return x25519_from_private(base::SecretString(random_bytes(crypto_box_SECRETKEYBYTES))).value();
}

base::Result<X25519KeyPair> x25519_from_seed(const base::SecretString& seed) {
  ready();
  if (seed.size() != crypto_box_SEEDBYTES) return base::invalid("seed", "An X25519 seed has 32 bytes.");
  X25519KeyPair pair;
  pair.public_key.resize(crypto_box_PUBLICKEYBYTES);
  std::string private_key(crypto_box_SECRETKEYBYTES, '\0');
  crypto_box_seed_keypair(openssl::data(pair.public_key), openssl::data(private_key), openssl::data(seed.reveal()));
  pair.private_key = base::SecretString(std::move(private_key));
  return pair;
}

base::Result<std::string> seal_box(std::string_view public_key, std::string_view plaintext) {
  ready();
  if (public_key.size() != crypto_box_PUBLICKEYBYTES) return base::invalid("public_key", "A sealing key has 32 bytes.");
  std::string box(plaintext.size() + crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal(openssl::data(box), openssl::data(plaintext), plaintext.size(), openssl::data(public_key)) != 0) {
    return base::invalid("public_key", "This is no X25519 public key.");
  }
  return box;
}

base::Result<base::SecretString> open_box(const X25519KeyPair& key, std::string_view box) {
  ready();
  const auto refused = [] {
    return base::fail(base::ErrorKind::invalid, "crypto.sealed_box", "The sealed box does not open with this key.");
  };
  if (box.size() < crypto_box_SEALBYTES) return refused();
  std::string plaintext(box.size() - crypto_box_SEALBYTES, '\0');
  if (crypto_box_seal_open(openssl::data(plaintext), openssl::data(box), box.size(),
                           openssl::data(std::string_view(key.public_key)),
                           openssl::data(key.private_key.reveal())) != 0) {
    return refused();
  }
  return base::SecretString(std::move(plaintext));
}

}  // namespace crypto

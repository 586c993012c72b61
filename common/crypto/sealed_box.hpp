#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace crypto {

/// An X25519 key pair (RFC 7748), for sealed boxes or for WireGuard; never one pair for both.
struct X25519KeyPair {
  std::string public_key;          ///< 32 raw bytes
  base::SecretString private_key;  ///< 32 raw bytes
};

X25519KeyPair x25519_generate();
/// As libsodium's `crypto_box_seed_keypair`. Error `invalid` unless `seed` has 32 bytes.
base::Result<X25519KeyPair> x25519_from_seed(const base::SecretString& seed);
/// The pair of a stored private key.
base::Result<X25519KeyPair> x25519_from_private(base::SecretString private_key);

/// libsodium's `crypto_box_seal`: 48 bytes longer than the plaintext; who sealed it is not proven.
/// Error `invalid` when the public key is none.
base::Result<std::string> seal_box(std::string_view public_key, std::string_view plaintext);
/// Error `crypto.sealed_box` when it was not sealed to this key or was changed.
base::Result<base::SecretString> open_box(const X25519KeyPair& key, std::string_view box);

}  // namespace crypto

#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace crypto {

/// An Ed25519 key pair (RFC 8032). The seed is the private half: 32 bytes.
struct Ed25519KeyPair {
  std::string public_key;  ///< 32 raw bytes
  base::SecretString seed;
};

Ed25519KeyPair ed25519_generate();
/// Error `invalid` unless `seed` has 32 bytes.
base::Result<Ed25519KeyPair> ed25519_from_seed(base::SecretString seed);
/// 64 raw bytes over `part_one ‖ part_two`.
std::string ed25519_sign(const Ed25519KeyPair& key, std::string_view part_one, std::string_view part_two = {});
/// False also for keys and signatures of a wrong length, and for keys of small order.
bool ed25519_verify(std::string_view public_key, std::string_view signature, std::string_view part_one,
                    std::string_view part_two = {});

}  // namespace crypto

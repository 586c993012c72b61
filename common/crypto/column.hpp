#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace crypto {

/// Where a sealed value lives. It is associated data: moved to another place, the value does not open.
struct ColumnContext {
  std::string table;
  std::string column;
  std::string row;  ///< the row's id
  std::uint64_t generation{1};
};

/// A 32-byte key with the number that stored values name it by.
struct ColumnKey {
  std::uint32_t version{1};
  base::SecretString key;
};

/// AES-256-GCM with a random 96-bit nonce, as text `1:<key version>:<nonce>:<ciphertext and tag>` (base64url).
/// Fewer than 2^32 values per key.
std::string seal_column(const ColumnKey& key, const ColumnContext& where, std::string_view plaintext);
/// `keys`: every key that may still be in use. Error `crypto.column` when the text, key, place or content is wrong.
base::Result<base::SecretString> open_column(std::span<const ColumnKey> keys, const ColumnContext& where,
                                             std::string_view sealed);
/// Version 1 shorthand for one 32-byte key.
std::string seal_column(std::string_view key32, const ColumnContext& where, std::string_view plaintext);
base::Result<base::SecretString> open_column(std::string_view key32, const ColumnContext& where,
                                             std::string_view sealed);

}  // namespace crypto

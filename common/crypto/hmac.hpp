#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace crypto {

using Mac = std::array<char, 32>;

/// A key whose schedule is computed once and used for many messages. Const members are thread-safe.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  ~HmacKey();
  HmacKey(HmacKey&&) noexcept;
  HmacKey& operator=(HmacKey&&) noexcept;

  /// HMAC-SHA256 of the parts one after the other.
  Mac mac(std::initializer_list<std::string_view> parts) const;
  Mac mac(std::string_view bytes) const { return mac({bytes}); }
  /// Compares `expected` (any length) with the MAC of `bytes` in constant time.
  bool verify(std::string_view bytes, std::string_view expected) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// HMAC-SHA256 (RFC 2104): 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// HKDF-SHA256 (RFC 5869), extract and expand; `count` ≤ 8,160 bytes.
std::string hkdf_sha256(std::string_view ikm, std::string_view salt, std::string_view info, std::size_t count);

/// The key of one purpose under a master key: HKDF with info `wisehosting/1/<purpose>`, 32 bytes.
std::string purpose_key(std::string_view master_key, std::string_view purpose);

}  // namespace crypto

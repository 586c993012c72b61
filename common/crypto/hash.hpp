#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace crypto {

inline constexpr std::size_t kSha256Bytes = 32;

/// SHA-256 (FIPS 180-4): 32 raw bytes.
std::string sha256(std::string_view bytes);
/// SHA-256 in lower-case hexadecimal: 64 characters.
std::string sha256_hex(std::string_view bytes);

/// SHA-256 over pieces. One thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The 32 raw bytes; the object is spent after it.
  std::string finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace crypto

#pragma once

#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/json/traits.hpp"

namespace protocol {

/// Bytes that travel in JSON as base64url without padding.
struct Binary {
  std::string bytes{};
  bool operator==(const Binary&) const = default;
};

/// A SHA-256 as 64 lower-case hexadecimal digits; by construction safe as a file name.
class Digest {
 public:
  Digest() = default;
  static base::Result<Digest> parse(std::string_view hex);
  /// Of the bytes as they are.
  static Digest of(std::string_view bytes);

  const std::string& hex() const { return hex_; }
  bool empty() const { return hex_.empty(); }
  auto operator<=>(const Digest&) const = default;

 private:
  explicit Digest(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

}  // namespace protocol

template <>
struct json::TextForm<protocol::Binary> {
  static constexpr std::string_view kFormat = "base64url";
  static base::Result<protocol::Binary> parse(std::string_view text) {
    auto bytes = base::base64url_decode(text);
    if (!bytes) return base::fail(std::move(bytes).error());
    return protocol::Binary{std::move(*bytes)};
  }
  static std::string print(const protocol::Binary& value) { return base::base64url_encode(value.bytes); }
};

template <>
struct json::TextForm<protocol::Digest> {
  static constexpr std::string_view kFormat = "sha256-hex";
  static base::Result<protocol::Digest> parse(std::string_view text) { return protocol::Digest::parse(text); }
  static std::string print(const protocol::Digest& value) { return value.hex(); }
};

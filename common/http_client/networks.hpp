#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "common/base/result.hpp"

namespace http_client {

/// False for every address that is not on the public internet: private, loopback, link-local, metadata, carrier NAT,
/// documentation, multicast, reserved, and IPv6 forms that carry such an IPv4 address. What is no numeric address at
/// all is not public either. Pure.
bool is_public_address(std::string_view address);

/// A range of addresses, `192.0.2.0/24` or `2001:db8::/32`.
class Network {
 public:
  /// Error `network.malformed`.
  static base::Result<Network> parse(std::string_view text);
  /// Whether it holds this numeric address. An IPv4 address inside IPv6 (`::ffff:`) counts as the IPv4 address.
  bool contains(std::string_view address) const;

 private:
  /// IPv4 as `::ffff:a.b.c.d`.
  std::array<std::uint8_t, 16> bytes_{};
  int bits_{0};
};

}  // namespace http_client

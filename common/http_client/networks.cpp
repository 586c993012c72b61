#include "common/http_client/networks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace http_client {
namespace {

using Bytes = std::array<std::uint8_t, 16>;
constexpr Bytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

bool has_prefix(const Bytes& address, const Bytes& network, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), network.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || ((address[whole] ^ network[whole]) >> static_cast<unsigned>(8 - rest)) == 0;
}

/// Sixteen bytes; an IPv4 address in its mapped form.
std::optional<Bytes> read_address(std::string_view address) {
  const std::string text(address);
  if (text.size() != address.size() || text.contains('\0')) return std::nullopt;
  Bytes bytes = kMapped;
  if (::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

struct Range {
  std::array<std::uint8_t, 4> network;
  int bits;
};

/// IANA's special-purpose registry, and what no unicast connection can go to.
constexpr std::array<Range, 15> kSpecial4{{{{0, 0, 0, 0}, 8},
                                           {{10, 0, 0, 0}, 8},
                                           {{100, 64, 0, 0}, 10},
                                           {{127, 0, 0, 0}, 8},
                                           {{169, 254, 0, 0}, 16},
                                           {{172, 16, 0, 0}, 12},
                                           {{192, 0, 0, 0}, 24},
                                           {{192, 0, 2, 0}, 24},
                                           {{192, 88, 99, 0}, 24},
                                           {{192, 168, 0, 0}, 16},
                                           {{198, 18, 0, 0}, 15},
                                           {{198, 51, 100, 0}, 24},
                                           {{203, 0, 113, 0}, 24},
                                           {{224, 0, 0, 0}, 4},
                                           {{240, 0, 0, 0}, 4}}};

Bytes mapped(const std::uint8_t* four) {
  Bytes bytes = kMapped;
  std::copy(four, four + 4, bytes.begin() + 12);
  return bytes;
}

bool is_public4(const Bytes& address) {
  return std::ranges::none_of(kSpecial4, [&](const Range& range) {
    return has_prefix(address, mapped(range.network.data()), kMappedBits + range.bits);
  });
}

/// Only 2000::/3 is the internet; inside it some ranges are documentation, or tunnel to an IPv4 address.
bool is_public6(const Bytes& address) {
  constexpr Bytes kNat64{0x00, 0x64, 0xff, 0x9b};
  constexpr Bytes kGlobal{0x20};
  constexpr Bytes kIetf{0x20, 0x01};
  constexpr Bytes kDocumentation{0x20, 0x01, 0x0d, 0xb8};
  constexpr Bytes kDocumentation2{0x3f, 0xff};
  constexpr Bytes k6to4{0x20, 0x02};
  if (has_prefix(address, kNat64, 96)) return is_public4(mapped(address.data() + 12));
  if (has_prefix(address, k6to4, 16)) return is_public4(mapped(address.data() + 2));
  if (has_prefix(address, kIetf, 23) || has_prefix(address, kDocumentation, 32)) return false;
  return has_prefix(address, kGlobal, 3) && !has_prefix(address, kDocumentation2, 20);
}

std::unexpected<base::Error> malformed(std::string_view text) {
  return base::fail(base::ErrorKind::malformed, "network.malformed",
                    "Not a network: " + std::string(text) + ". Write it like 192.0.2.0/24.");
}

}  // namespace

bool is_public_address(std::string_view address) {
  const auto bytes = read_address(address);
  if (!bytes) return false;
  // `::ffff:10.0.0.1` reaches the IPv4 address, and is written by nobody who means well.
  if (has_prefix(*bytes, kMapped, kMappedBits)) return !address.contains(':') && is_public4(*bytes);
  return is_public6(*bytes);
}

base::Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return malformed(text);
  const auto address = text.substr(0, slash);
  const auto length = text.substr(slash + 1);
  const auto bytes = read_address(address);
  int bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  const bool is_four = !address.contains(':');
  if (!bytes || error != std::errc() || end != length.data() + length.size()) return malformed(text);
  if (bits < 0 || bits > (is_four ? 32 : 128)) return malformed(text);
  Network network;
  network.bytes_ = *bytes;
  network.bits_ = is_four ? kMappedBits + bits : bits;
  return network;
}

bool Network::contains(std::string_view address) const {
  const auto bytes = read_address(address);
  return bytes && has_prefix(*bytes, bytes_, bits_);
}

}  // namespace http_client

#include "worker-agent/builds/addresses.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace builds {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

struct Range4 {
  std::uint32_t network;
  int prefix;
};

constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

constexpr Range4 kPrivate4[] = {
    {quad(0, 0, 0, 0), 8},      {quad(10, 0, 0, 0), 8},    {quad(100, 64, 0, 0), 10}, {quad(127, 0, 0, 0), 8},
    {quad(169, 254, 0, 0), 16}, {quad(172, 16, 0, 0), 12}, {quad(192, 0, 0, 0), 24},  {quad(192, 168, 0, 0), 16},
    {quad(198, 18, 0, 0), 15},  {quad(224, 0, 0, 0), 3},
};

bool is_private4(std::uint32_t address) {
  for (const auto& range : kPrivate4) {
    if (((address ^ range.network) >> static_cast<unsigned>(32 - range.prefix)) == 0) return true;
  }
  return false;
}

std::uint32_t read4(const unsigned char* bytes) {
  return quad(bytes[0], bytes[1], bytes[2], bytes[3]);
}

/// Only 2000::/3 is the internet; inside it some ranges carry an IPv4 address or tunnel to anywhere.
bool is_private6(const std::array<unsigned char, 16>& bytes) {
  static constexpr std::array<unsigned char, 12> kNat64 = {0x00, 0x64, 0xff, 0x9b};
  if (std::memcmp(bytes.data(), kNat64.data(), kNat64.size()) == 0) return is_private4(read4(bytes.data() + 12));
  if ((bytes[0] & 0xE0U) != 0x20) return true;
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_private4(read4(bytes.data() + 2));  // 6to4
  return bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0;          // Teredo
}

struct Resolved {
  int error{0};
  std::vector<std::string> addresses;
};

Resolved blocking_resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  in6_addr literal{};
  if (::inet_pton(AF_INET6, host.c_str(), &literal) == 1 || ::inet_pton(AF_INET, host.c_str(), &literal) == 1) {
    return Resolved{.error = 0, .addresses = {host}};
  }
  addrinfo* list = nullptr;
  Resolved out;
  out.error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (out.error != 0) return out;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(item->ai_addr, item->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      out.addresses.emplace_back(text.data());
    }
  }
  return out;
}

}  // namespace

bool is_private_address(std::string_view address) {
  const std::string text(address);
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) return is_private4(ntohl(four.s_addr));
  std::array<unsigned char, 16> six{};
  if (::inet_pton(AF_INET6, text.c_str(), six.data()) == 1) return is_private6(six);
  return true;
}

async::Task<Result<std::string>> resolve_checked(async::BlockingPool& pool, std::string host, bool allow_private) {
  const Resolved resolved = co_await pool.run([host] { return blocking_resolve(host); });
  if (resolved.addresses.empty()) {
    co_return fail(ErrorKind::not_found, "source.host_not_found",
                   "The host " + host + " was not found; check the spelling of the git URL.");
  }
  for (const auto& address : resolved.addresses) {
    if (allow_private || !is_private_address(address)) continue;
    co_return fail(
        ErrorKind::forbidden, "source.host_refused",
        "The host " + host + " is at the private address " + address +
            "; this installation fetches from public addresses only. An operator can permit private sources.");
  }
  co_return resolved.addresses.front();
}

}  // namespace builds

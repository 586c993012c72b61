#include "worker-agent/builds/addresses.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "common/async/process.hpp"
#include "common/base/clock.hpp"

namespace builds {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::chrono::seconds kPatience{20};

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

bool is_literal(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1 || ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

/// The host's addresses; empty when the name does not exist.
async::Task<Result<std::vector<std::string>>> look_up(std::string host, base::Deadline deadline) {
  if (is_literal(host)) co_return std::vector<std::string>{host};
  async::ProcessSpec spec;
  spec.argv = {"/usr/bin/getent", "ahosts", host};
  spec.env = {{"LANG", "C.UTF-8"}};
  const base::SystemClock clock;
  const auto patience = deadline.sooner(base::Deadline::after(clock, kPatience));
  CO_TRY_ASSIGN(const async::ProcessResult ended, co_await async::run_process(std::move(spec), patience));
  if (ended.timed_out) {
    co_return fail(ErrorKind::unavailable, "source.host_unreachable",
                   "The name server did not answer for the host " + host + "; try again.");
  }
  co_return addresses_of_getent(ended.out);
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

std::vector<std::string> addresses_of_getent(std::string_view output) {
  std::vector<std::string> out;
  while (!output.empty()) {
    const auto newline = std::min(output.find('\n'), output.size());
    const std::string_view line = output.substr(0, newline);
    std::string address(line.substr(0, line.find(' ')));
    if (!address.empty() && std::ranges::find(out, address) == out.end()) out.push_back(std::move(address));
    output.remove_prefix(std::min(newline + 1, output.size()));
  }
  return out;
}

async::Task<Result<std::string>> resolve_checked(std::string host, bool allow_private, base::Deadline deadline) {
  CO_TRY_ASSIGN(const std::vector<std::string> addresses, co_await look_up(host, deadline));
  if (addresses.empty()) {
    co_return fail(ErrorKind::not_found, "source.host_not_found",
                   "The host " + host + " was not found; check the spelling of the git URL.");
  }
  for (const auto& address : addresses) {
    if (allow_private || !is_private_address(address)) continue;
    co_return fail(
        ErrorKind::forbidden, "source.host_refused",
        "The host " + host + " is at the private address " + address +
            "; this installation fetches from public addresses only. An operator can permit private sources.");
  }
  co_return addresses.front();
}

}  // namespace builds

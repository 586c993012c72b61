#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/failure.hpp"
#include "common/http_client/endpoint.hpp"
#include "common/http_client/networks.hpp"

// URLs that people gave, and the addresses that they lead to. A URL that is taken reads back as itself; no address of
// the ranges that matter most counts as public, whatever way it is written.
namespace {

void check_url(std::string_view input) {
  const auto url = http_client::parse_url(input);
  if (!url) return;
  BASE_CHECK(!url->host.empty() && url->host.find_first_of("@/\\?# \r\n\t%") == std::string::npos, "host");
  BASE_CHECK(url->target.starts_with('/') && url->target.find_first_of(" \r\n\t") == std::string::npos, "target");
  const auto endpoint = url->endpoint();
  const auto again = http_client::parse_url(url->scheme + "://" + endpoint.host_header() + url->target);
  BASE_CHECK(again && again->host == url->host && again->port == url->port && again->target == url->target,
             "a URL reads back as another");
}

void check_address(std::string_view input) {
  const std::string text(input.substr(0, input.find('\0')));
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1 && http_client::is_public_address(text)) {
    const auto value = ntohl(four.s_addr);
    BASE_CHECK((value >> 24U) != 10 && (value >> 24U) != 127 && (value >> 24U) != 0, "private");
    BASE_CHECK((value >> 16U) != 0xA9FE && (value >> 16U) != 0xC0A8 && (value >> 20U) != 0xAC1, "private");
  }
  in6_addr six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six) == 1 && http_client::is_public_address(text)) {
    const bool nat64 = six.s6_addr[0] == 0x00 && six.s6_addr[1] == 0x64;
    BASE_CHECK(nat64 || (six.s6_addr[0] & 0xE0U) == 0x20U, "not global unicast");
  }
  if (const auto network = http_client::Network::parse(input)) {
    const auto slash = input.find('/');
    BASE_CHECK(network->contains(input.substr(0, slash)), "a network without its own address");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_url(input);
  check_address(input);
  return 0;
}

#include "control-plane/platform/http/forwarded.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "common/http_client/message.hpp"

namespace http {
namespace {

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return inet_pton(AF_INET, text.c_str(), parsed.data()) == 1 || inet_pton(AF_INET6, text.c_str(), parsed.data()) == 1;
}

bool is_trusted(const std::string& address, const std::vector<http_client::Network>& proxies) {
  return std::ranges::any_of(proxies, [&](const auto& network) { return network.contains(address); });
}

/// All values of the header in order, as one list.
std::vector<std::string> forwarded_for(const Headers& headers) {
  std::vector<std::string> hops;
  for (const auto& [name, value] : headers) {
    if (!http_client::same_name(name, "X-Forwarded-For")) continue;
    std::string hop;
    for (const char c : value + ",") {
      if (c == ',') {
        hops.push_back(std::move(hop));
        hop.clear();
      } else if (c != ' ' && c != '\t') {
        hop.push_back(c);
      }
    }
  }
  return hops;
}

}  // namespace

std::string client_address(const std::string& peer, const Headers& headers,
                           const std::vector<http_client::Network>& trusted_proxies) {
  if (!is_trusted(peer, trusted_proxies)) return peer;
  std::string nearest = peer;
  const auto hops = forwarded_for(headers);
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    if (!is_address(*hop)) return nearest;
    nearest = *hop;
    if (!is_trusted(nearest, trusted_proxies)) return nearest;
  }
  return nearest;
}

}  // namespace http

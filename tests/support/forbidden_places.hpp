#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/base/unique_fd.hpp"

namespace support {

/// The places of a host that code of strangers must never reach, made real for a test: a listener on every address of
/// this host, among them (on a bridge of its own) one of the mesh, 10.50.0.1, and the metadata address
/// 169.254.169.254. Needs root; takes the bridge away at its end.
class ForbiddenPlaces {
 public:
  ForbiddenPlaces();
  ~ForbiddenPlaces();
  ForbiddenPlaces(const ForbiddenPlaces&) = delete;
  ForbiddenPlaces& operator=(const ForbiddenPlaces&) = delete;

  std::uint16_t port() const { return port_; }
  /// Names and addresses: mesh, metadata, the host's own, and `gateways`.
  std::vector<std::pair<std::string, std::string>> places(const std::vector<std::string>& gateways) const;
  /// Connections that came in so far; they are closed.
  int visitors() const;
  /// True when this process itself reaches the listener at `address`.
  bool reachable(const std::string& address) const;

 private:
  std::string bridge_;
  base::UniqueFd listener_;
  std::uint16_t port_{0};
};

}  // namespace support

#pragma once

#include <string>
#include <vector>

#include "worker-agent/edge/route.hpp"

namespace edge {

/// An id that ends in `n`, for builders of tests.
template <class Id>
Id numbered(int n) {
  std::string tail = std::to_string(n);
  tail.insert(0, 12 - tail.size(), '0');
  return *Id::parse("01900000-0000-7000-8000-" + tail);
}

inline Target target(int replica, int port, bool drain = false) {
  Target result;
  result.replica = numbered<base::ReplicaId>(replica);
  result.address = "127.0.0.1";
  result.port = port;
  result.drain = drain;
  return result;
}

inline Route route(int app, std::vector<Target> targets, std::vector<std::string> hosts = {}) {
  Route result;
  result.app = numbered<base::AppEnvironmentId>(app);
  result.hosts =
      hosts.empty() ? std::vector<std::string>{"app" + std::to_string(app) + ".localhost"} : std::move(hosts);
  result.targets = std::move(targets);
  result.drain_grace = std::chrono::seconds(30);
  return result;
}

}  // namespace edge

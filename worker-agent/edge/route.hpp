#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"

namespace edge {

/// Where requests of an app environment go. Every member was checked: it may stand in HAProxy's configuration.
struct Target {
  base::ReplicaId replica;
  std::string address;                     ///< numeric IPv4 or IPv6 in canonical form, never a name
  int port{0};                             ///< 1..65535
  int weight{1};                           ///< 0..256; 0 takes no new requests
  bool drain{false};                       ///< takes no new requests; those in flight go on
  std::optional<base::ReleaseId> release;  ///< what the replica runs; absent from older control planes

  bool operator==(const Target&) const = default;
};

/// How many requests one address may make of an app; an IPv6 address counts as its /64.
struct RequestLimit {
  int per_minute{1000};  ///< 1..1,000,000
  int burst{100};        ///< 1..100,000 at once after a pause; counted up to ten minutes' worth

  bool operator==(const RequestLimit&) const = default;
};

/// The route of one app environment (PROTOCOL 6), checked.
struct Route {
  base::AppEnvironmentId app;
  std::vector<std::string> hosts;  ///< lower-case host names, unique over all routes
  std::vector<Target> targets;     ///< at most 256; empty: the site answers 503
  base::Duration drain_grace{};    ///< how long a request in flight may hold a removed target, 0..300 s
  std::optional<RequestLimit> request_limit;

  bool operator==(const Route&) const = default;
};

/// Accepts exactly what may stand in the host map: lower-case letters, digits and dashes in labels of 1..63, 253 in
/// all, no dash at a label's ends, no all-digit last label (an address is not a name). Anything else is refused, not
/// repaired.
base::Result<void> check_host(std::string_view host);

/// The canonical numeric form of an address that a replica may have; names, unspecified and multicast are refused.
base::Result<std::string> check_address(std::string_view address);

/// Reads and checks the JSON of one protocol::RouteObject. `default_grace` holds where `options.drain_grace_s` is
/// absent.
base::Result<Route> parse_route(std::string_view json_text, base::Duration default_grace);

/// Refuses numbers out of range.
base::Result<void> check_request_limit(const RequestLimit& limit);

/// Refuses a set in which two routes share a host or an app environment.
base::Result<void> check_routes(const std::vector<Route>& routes);

/// The HAProxy name of a target: unique by replica, address and port, so that a replica that moved is another server.
std::string server_name(const Target& target);

}  // namespace edge

#include "worker-agent/edge/route.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "common/json/json.hpp"
#include "common/protocol/objects.hpp"

namespace edge {
namespace {

constexpr std::size_t kMaxHosts = 64;
constexpr std::size_t kMaxTargets = 256;
constexpr int kMaxGraceSeconds = 300;
constexpr int kMostRequests = 1'000'000;
constexpr int kMostBurst = 100'000;

struct LimitOption {
  int per_minute{0};
  int burst{0};

  template <class F>
  void map(F& f) {
    f.required("per_minute", per_minute);
    f.required("burst", burst);
  }
};

struct RouteOptions {
  std::optional<int> drain_grace_s;
  std::optional<LimitOption> request_limit;

  template <class F>
  void map(F& f) {
    f.optional("drain_grace_s", drain_grace_s, "How long a request in flight may hold a removed target, 0..300");
    f.optional("request_limit", request_limit, "Of one address; what is more is answered 429");
  }
};

bool is_label(std::string_view label) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, plain);
}

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

base::Result<Target> check_target(const protocol::RouteTarget& body) {
  Target target;
  target.replica = body.replica_id;
  TRY_ASSIGN(target.address, check_address(body.address));
  if (body.port == 0) return base::invalid("targets/port", "A port is a number from 1 to 65535.");
  if (body.weight > 256) return base::invalid("targets/weight", "A weight is a number from 0 to 256.");
  target.port = body.port;
  target.weight = static_cast<int>(body.weight);
  target.drain = body.state == protocol::TargetState::drain;
  target.release = body.release_id;
  return target;
}

base::Result<std::vector<Target>> check_targets(const std::vector<protocol::RouteTarget>& bodies) {
  if (bodies.size() > kMaxTargets) return base::invalid("targets", "A route has at most 256 targets.");
  std::vector<Target> targets;
  std::set<std::string> names;
  for (const auto& body : bodies) {
    TRY_ASSIGN(auto target, check_target(body));
    if (!names.insert(server_name(target)).second) return base::invalid("targets", "A target is listed twice.");
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace

base::Result<void> check_host(std::string_view host) {
  const auto refuse = [] {
    return base::invalid("hosts", "A host name is made of lower-case letters, digits, dashes and dots.");
  };
  if (host.empty() || host.size() > 253) return refuse();
  std::string_view rest = host;
  std::string_view label;
  for (;;) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label)) return refuse();
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (all_digits(label)) return base::invalid("hosts", "An address is not a host name.");
  return {};
}

base::Result<std::string> check_address(std::string_view address) {
  const auto refuse = [] {
    return base::invalid("targets/address", "An address is a numeric unicast IPv4 or IPv6 address.");
  };
  if (address.empty() || address.size() > 45 || address.find('\0') != std::string_view::npos) return refuse();
  const std::string text(address);
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  in_addr four{};
  if (::inet_pton(AF_INET, text.c_str(), &four) == 1) {
    const auto first = ntohl(four.s_addr) >> 24U;
    if (first == 0 || first >= 224) return refuse();
    return std::string(::inet_ntop(AF_INET, &four, canonical.data(), canonical.size()));
  }
  in6_addr six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return refuse();
  if (IN6_IS_ADDR_UNSPECIFIED(&six) || IN6_IS_ADDR_MULTICAST(&six) || IN6_IS_ADDR_V4MAPPED(&six)) return refuse();
  return std::string(::inet_ntop(AF_INET6, &six, canonical.data(), canonical.size()));
}

base::Result<void> check_request_limit(const RequestLimit& limit) {
  if (limit.per_minute < 1 || limit.per_minute > kMostRequests) {
    return base::invalid("options/request_limit/per_minute", "A limit is 1 to 1000000 requests a minute.");
  }
  if (limit.burst < 1 || limit.burst > kMostBurst) {
    return base::invalid("options/request_limit/burst", "A burst is 1 to 100000 requests.");
  }
  return {};
}

base::Result<Route> parse_route(std::string_view json_text, base::Duration default_grace) {
  TRY_ASSIGN(const auto body, protocol::decode_route(json_text));
  Route route;
  route.app = body.app_environment_id;
  if (body.hosts.size() > kMaxHosts) return base::invalid("hosts", "A route has at most 64 host names.");
  for (const auto& host : body.hosts) TRY_CHECK(check_host(host));
  route.hosts = body.hosts;
  TRY_ASSIGN(route.targets, check_targets(body.targets));
  TRY_ASSIGN(const auto options, json::decode<RouteOptions>(body.options.text, json::Unknown::ignore));
  const auto grace = options.drain_grace_s;
  if (grace && (*grace < 0 || *grace > kMaxGraceSeconds)) {
    return base::invalid("options/drain_grace_s", "The grace of a drain is 0 to 300 seconds.");
  }
  route.drain_grace = grace ? base::Duration(std::chrono::seconds(*grace)) : default_grace;
  if (options.request_limit) {
    route.request_limit = RequestLimit{options.request_limit->per_minute, options.request_limit->burst};
    TRY_CHECK(check_request_limit(*route.request_limit));
  }
  return route;
}

base::Result<void> check_routes(const std::vector<Route>& routes) {
  std::set<std::string_view> hosts;
  std::set<base::AppEnvironmentId> apps;
  for (const auto& route : routes) {
    if (!apps.insert(route.app).second) {
      return base::invalid("app_environment_id",
                           "Two routes are for the app environment " + route.app.to_string() + ".");
    }
    for (const auto& host : route.hosts) {
      if (!hosts.insert(host).second) return base::invalid("hosts", "The host " + host + " is in two routes.");
    }
  }
  return {};
}

std::string server_name(const Target& target) {
  return target.replica.to_string() + "_" + target.address + "_" + std::to_string(target.port);
}

}  // namespace edge

#include "common/http_client/outgoing.hpp"

#include <algorithm>

#include "common/http_client/client.hpp"
#include "common/http_client/dial.hpp"

namespace http_client {
namespace {

constexpr int kMostRedirects = 3;

std::unexpected<base::Error> refused(const std::string& host) {
  return base::fail(base::ErrorKind::forbidden, "outgoing.refused",
                    "The host " + host + " may not be called from here: only addresses of the public internet may.");
}

base::Result<Url> parse_http_url(std::string_view text) {
  TRY_ASSIGN(auto url, parse_url(text));
  if (url.scheme != "http" && url.scheme != "https") {
    return base::fail(base::ErrorKind::malformed, "url.malformed",
                      "The URL is not usable: its scheme is not http or https.");
  }
  return url;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The URL that a Location header names: absolute, or a path on the same host.
base::Result<Url> next_url(const Url& from, std::string_view location) {
  if (!location.starts_with('/') || location.starts_with("//")) return parse_http_url(location);
  auto host = from.host.contains(':') ? "[" + from.host + "]" : from.host;
  return parse_http_url(from.scheme + "://" + host + ":" + std::to_string(from.port) + std::string(location));
}

/// What was meant for one host is not told to another.
void drop_credentials(Headers& headers) {
  std::erase_if(headers, [](const auto& header) {
    return same_name(header.first, "Authorization") || same_name(header.first, "Cookie");
  });
}

}  // namespace

OutgoingClient::OutgoingClient(boost::asio::any_io_executor executor, const base::Clock& clock, OutgoingPolicy policy,
                               Resolve resolve)
    : executor_(executor),
      clock_(clock),
      policy_(std::move(policy)),
      resolve_(resolve ? std::move(resolve) : system_resolver(executor)) {}

bool OutgoingClient::permits(std::string_view address) const {
  const auto holds = [&](const Network& network) { return network.contains(address); };
  if (std::ranges::any_of(policy_.refused, holds)) return false;
  return is_public_address(address) || std::ranges::any_of(policy_.allowed, holds);
}

async::Task<base::Result<std::vector<Endpoint>>> OutgoingClient::check(Url url, base::Deadline deadline) {
  auto looked_up = co_await resolve_(url.host, deadline);
  CO_TRY_ASSIGN(const auto addresses, std::move(looked_up));
  const bool all = std::ranges::all_of(addresses, [this](const auto& address) { return permits(address); });
  if (addresses.empty() || !all) co_return refused(url.host);
  std::vector<Endpoint> endpoints;
  for (const auto& address : addresses) {
    endpoints.push_back(url.endpoint(policy_.trust));
    endpoints.back().address = address;
  }
  co_return endpoints;
}

async::Task<base::Result<Response>> OutgoingClient::send_once(Url url, Request request, base::Deadline deadline) {
  auto checked = co_await check(url, deadline);
  CO_TRY_ASSIGN(const auto endpoints, std::move(checked));
  request.target = url.target;
  base::Result<Response> outcome;
  for (const auto& endpoint : endpoints) {
    Client client(executor_, endpoint, clock_);
    outcome = co_await client.send(request, deadline, policy_.body_limit);
    if (outcome || outcome.error().code != "net.unreachable") break;
  }
  co_return outcome;
}

async::Task<base::Result<Response>> OutgoingClient::send(std::string url, Request request, base::Deadline deadline) {
  CO_TRY_ASSIGN(auto where, parse_http_url(url));
  const int hops = request.method == "GET" ? std::clamp(policy_.redirects, 0, kMostRedirects) : 0;
  for (int hop = 0;; ++hop) {
    auto answered = co_await send_once(where, request, deadline);
    CO_TRY_ASSIGN(auto response, std::move(answered));
    const auto location = response.header("Location");
    if (hops == 0 || !is_redirect(response.status) || !location) co_return response;
    if (hop == hops) {
      co_return base::fail(base::ErrorKind::unavailable, "outgoing.redirects", "The URL redirects too often.");
    }
    CO_TRY_ASSIGN(auto next, next_url(where, *location));
    if (next.host != where.host || next.port != where.port || next.scheme != where.scheme) {
      drop_credentials(request.headers);
    }
    where = std::move(next);
  }
}

Resolve system_resolver(boost::asio::any_io_executor executor) {
  return [executor](std::string host, base::Deadline deadline) { return resolve_host(executor, host, deadline); };
}

}  // namespace http_client

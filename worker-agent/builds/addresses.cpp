#include "worker-agent/builds/addresses.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/async/process.hpp"
#include "common/base/clock.hpp"
#include "common/http_client/networks.hpp"

namespace builds {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

constexpr std::chrono::seconds kPatience{20};
/// Link-local, in IPv6 and in what tunnels to it too; then what AWS, Alibaba Cloud and Azure have elsewhere.
constexpr std::array<const char*, 7> kMetadata{"169.254.0.0/16",  "fe80::/10",     "64:ff9b::a9fe:0/112",
                                               "2002:a9fe::/32",  "fd00:ec2::/32", "100.100.100.200/32",
                                               "168.63.129.16/32"};

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

bool holds_credentials_of_machines(std::string_view address) {
  return std::ranges::any_of(kMetadata, [&](const char* range) {
    const auto network = http_client::Network::parse(range);
    return network && network->contains(address);
  });
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
    if (holds_credentials_of_machines(address)) {
      co_return fail(ErrorKind::forbidden, "source.host_refused",
                     "The host " + host + " is at " + address +
                         ", where clouds keep the credentials of machines; no source is fetched from there.");
    }
    if (allow_private || http_client::is_public_address(address)) continue;
    co_return fail(
        ErrorKind::forbidden, "source.host_refused",
        "The host " + host + " is at the private address " + address +
            "; this installation fetches from public addresses only. An operator can permit private sources.");
  }
  co_return addresses.front();
}

}  // namespace builds

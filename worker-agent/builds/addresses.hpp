#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/async/blocking_pool.hpp"
#include "common/async/task.hpp"
#include "common/base/result.hpp"

namespace builds {

/// True for every address that is not on the public internet: private, loopback, link-local, metadata, carrier NAT,
/// multicast, reserved, and IPv6 forms that hold such an IPv4 address. What is no address at all counts as private.
bool is_private_address(std::string_view address);

/// Resolves `host` once and answers the one address to be used: what was checked is what is connected to. Unless
/// `allow_private`, a host with any private address is refused. On `pool`.
/// Errors: `source.host_not_found`, `source.host_refused`.
async::Task<base::Result<std::string>> resolve_checked(async::BlockingPool& pool, std::string host, bool allow_private);

}  // namespace builds

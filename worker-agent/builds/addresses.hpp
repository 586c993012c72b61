#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"

namespace builds {

/// Resolves `host` once and answers the one address to be used: what was checked is what is connected to. Unless
/// `allow_private`, a host with any address that is not on the public internet is refused, and always one where clouds
/// keep the credentials of machines. Asks the system's resolver in a process of its own (getent), for the C library's
/// cannot be cancelled. Errors: `source.host_not_found`, `source.host_refused`, `source.host_unreachable` when the
/// resolver does not answer.
async::Task<base::Result<std::string>> resolve_checked(std::string host, bool allow_private, base::Deadline deadline);

/// Whether clouds answer there with credentials of the machine that asks: link-local addresses, and some of single
/// clouds. Pure.
bool holds_credentials_of_machines(std::string_view address);

/// The addresses that `getent ahosts` printed, each once, in its order. Pure.
std::vector<std::string> addresses_of_getent(std::string_view output);

}  // namespace builds

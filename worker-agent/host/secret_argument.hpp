#pragma once

#include "common/async/process.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace host {

/// The place of the secret among the arguments.
inline constexpr const char* kSecretArgument = "@secret";

/// Makes `spec` start its program with `secret` in the place of each argument `@secret`, without that /proc shows it:
/// see secret_argument_module.cpp. The program must be linked dynamically, and gets no other standard input. Error
/// `host.incomplete` when the module is not beside this executable.
base::Result<void> pass_secret(async::ProcessSpec& spec, const base::SecretString& secret);

}  // namespace host

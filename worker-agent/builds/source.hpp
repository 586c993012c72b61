#pragma once

#include <cstdint>
#include <string>

#include "worker-agent/builds/workshop.hpp"

namespace builds {

struct Source {
  std::string commit;
  std::string message;  ///< the first line, ≤ 200 bytes, valid UTF-8
};

/// Brings the source of exactly one commit into the workshop's `source()`: the host is resolved, checked and pinned;
/// git runs in a jail with the host's network, but without privileges, host files or credentials; no submodules, hooks,
/// redirects or prompts. Then checks the tree's size and removes `.git`, which would differ in each fetch.
/// Errors: codes `source.*` with step "source".
async::Task<StepResult<Source>> fetch_source(Workshop& shop);

/// The arguments of git for `command` (without "git"), our safety settings included. `pin`: `host:port:address` or
/// empty.
std::vector<std::string> git_arguments(const std::string& pin, const std::vector<std::string>& command);

}  // namespace builds

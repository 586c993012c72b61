#pragma once

#include <optional>
#include <string>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Deploy hooks: secret addresses that deploy an app. cli/grammar/hooks.cpp says how it is typed.
namespace cli {

struct HookOptions {
  std::string name;
  std::optional<int> days;  ///< nothing: until it is revoked
};

async::Task<Outcome> list_hooks(Session& session, std::string app);
/// Prints the address, which is shown once.
async::Task<Outcome> create_hook(Session& session, std::string app, HookOptions options);
/// By id, the first letters of it or of the secret part, the whole address, or a name that only one has.
async::Task<Outcome> delete_hook(Session& session, std::string app, std::string hook);

}  // namespace cli

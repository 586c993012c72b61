#pragma once

#include <functional>

#include "cli/session.hpp"
#include "common/async/task.hpp"

namespace cli {

/// Does `command` every two seconds and shows what it prints whenever that changes, until Ctrl-C: on a terminal in
/// place of what was there, else below it. A server that does not answer is waited for.
async::Task<Outcome> watch_command(Session& session, std::function<async::Task<Outcome>(Session&)> command);

}  // namespace cli

#pragma once

#include <string>

#include "cli/commands/commands.hpp"

namespace cli {

/// `wh login` without a setup link: with `token` (`wh_pat_…`), or, when that is empty, confirmed in a browser (RFC
/// 8628).
async::Task<Outcome> login_with_token(Session& session, Login options, std::string token);

}  // namespace cli

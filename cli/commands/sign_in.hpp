#pragma once

#include <string>

#include "cli/commands/commands.hpp"

namespace cli {

/// `wh login` without a setup link: with `token` (`wh_pat_…`), or, when that is empty, confirmed in a browser (RFC
/// 8628).
async::Task<Outcome> login_with_token(Session& session, Login options, std::string token);

/// Whether an Error says that the server wants a fresh proof of who it is, which a browser can give.
bool wants_proof(const base::Error& error);
/// Asks the person to prove in a browser that it is them, and waits until they did. Error: as the server said, for
/// credentials other than `wh login`'s; `cli.proof` after ten minutes.
async::Task<base::Result<void>> prove_in_browser(Session& session);

/// Sends a request, and once more after a proof when the server wants one.
async::Task<base::Result<http_client::Response>> call_proved(Session& session, std::string method, std::string path,
                                                             std::string body = "");

}  // namespace cli

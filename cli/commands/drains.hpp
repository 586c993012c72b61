#pragma once

#include <string>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Where apps' logs are sent too. cli/grammar/drains.cpp says how it is typed.
namespace cli {

async::Task<Outcome> list_drains(Session& session, std::string app);
/// `token_file`: the token is its first line; - reads standard input; empty: none.
async::Task<Outcome> add_drain(Session& session, std::string app, std::string url, std::string token_file);
/// By id, the first letters of it, or address where only one has it.
async::Task<Outcome> remove_drain(Session& session, std::string app, std::string drain);

}  // namespace cli

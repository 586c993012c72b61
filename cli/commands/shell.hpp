#pragma once

#include <string>
#include <vector>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Commands about `wh` itself.
namespace cli {

struct Login;

// contexts.cpp
async::Task<Outcome> list_contexts(Session& session);
async::Task<Outcome> use_context(Session& session, std::string name);
/// Signs in under a name of its own and makes later commands about it.
async::Task<Outcome> add_context(Session& session, std::string name, Login options);
/// Ends the sign-in, too, if its server answers.
async::Task<Outcome> remove_context(Session& session, std::string name);

// shell.cpp
async::Task<Outcome> print_completion(Session& session, std::string shell);
/// Candidates for the last of the words, one a line: text, tab, what it is; `:files` for the shell's own.
async::Task<Outcome> complete_words(Session& session, std::vector<std::string> typed);
/// `command` empty: the page of `wh`. `folder` given: all pages as files there.
async::Task<Outcome> print_manual(Session& session, std::string command, std::string folder);

}  // namespace cli

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_table.hpp"

namespace cli {

/// What could stand where the cursor is.
struct Completion {
  struct Candidate {
    std::string text;
    std::string what;
  };
  std::vector<Candidate> candidates;
  bool apps{false};   ///< names of apps belong here, too
  bool files{false};  ///< the shell's own file names belong here
  std::string begun;  ///< what is typed of it already
};

/// `typed` are the words behind `wh`; the last is the one at the cursor, maybe empty. Pure.
Completion complete(const CommandInfo& table, const std::vector<std::string>& typed);

/// What a shell evaluates to complete `wh`: it asks `wh complete` for each word. Nothing for an unknown shell.
std::optional<std::string> completion_script(const std::string& shell);

}  // namespace cli

#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"

namespace cli {

/// The whole of `wh`: reads the words after the program's name, does it, and returns the exit code. SIGINT ends
/// waiting.
int run(std::vector<std::string> words, Terminal& terminal, const base::Clock& clock);

}  // namespace cli

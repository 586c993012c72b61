#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "common/base/result.hpp"

namespace cli {

/// What scripts see. 130 is added for a Ctrl-C.
enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNotSignedIn = 3,
  kNotFound = 4,
  kUnreachable = 5,
  kInterrupted = 130,
};

int exit_code_of(const base::Error& error);

/// One sentence, the fields that are wrong, and the command to try next. `app`: which one the command is about.
std::string explain(const base::Error& error, const std::string& server, const std::string& app = "");

/// {"error":{"code","message","fields":[{"pointer","message"}]}}, for --json.
std::string explain_json(const base::Error& error);

}  // namespace cli

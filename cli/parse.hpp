#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "common/async/task.hpp"

namespace cli {

/// A command line that was understood.
struct Invocation {
  bool json{false};
  bool quiet{false};
  bool watch{false};  ///< show it again whenever it changes
  std::optional<std::string> server;
  std::optional<std::string> context;  ///< name of the sign-in to use
  std::optional<int> timeout_s;        ///< how long one request may take
  std::string app;                     ///< that it is about, if one
  enum class SignIn { needed, optional, none } sign_in{SignIn::needed};
  std::string when_interrupted;  ///< what Ctrl-C leaves behind, in a sentence; may be empty
  std::function<async::Task<Outcome>(Session&)> command;
};

/// A command line that ends at once: help, version, or a mistake.
struct ParseEnd {
  int exit_code{0};
  std::string out;
  std::string err;
};

/// Reads the words after the program's name. Pure.
std::expected<Invocation, ParseEnd> parse(std::vector<std::string> words);

}  // namespace cli

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"

namespace edge {

/// HAProxy's runtime API over its unix socket. On the caller's executor; nothing blocks.
class RuntimeSocket {
 public:
  explicit RuntimeSocket(std::filesystem::path path);

  /// The whole answer without the blank lines at its end. A command holds no newline and no semicolon (checked: a
  /// broken invariant aborts). Costs about 0.2 ms. Errors: `edge.haproxy_away` when nobody listens, kind timeout.
  async::Task<base::Result<std::string>> ask(std::string command, base::Deadline deadline) const;

  /// The answers to many commands, in their order, a few hundred commands a connection: HAProxy does one after the
  /// other. Errors as `ask`, and `edge.haproxy_answer` when there are not as many answers as commands.
  async::Task<base::Result<std::vector<std::string>>> ask_all(std::vector<std::string> commands,
                                                              base::Deadline deadline) const;

  /// As `ask_all`, for commands whose answer is one line (`del server`), after which HAProxy writes no empty one.
  async::Task<base::Result<std::vector<std::string>>> ask_lines(std::vector<std::string> commands,
                                                                base::Deadline deadline) const;

  /// Sends commands that answer nothing (or one of HAProxy's words for success) when they worked, those of one kind
  /// that follow each other together (`set server … state drain`; all that brings servers into service). Error
  /// `edge.haproxy_refused` with HAProxy's own words for the first that did not; what is of another kind and comes
  /// after it is not sent.
  async::Task<base::Result<void>> order(std::vector<std::string> commands, base::Deadline deadline) const;

 private:
  /// One line, and all that HAProxy writes for it.
  async::Task<base::Result<std::string>> say(std::string line, base::Deadline deadline) const;
  using Split = std::vector<std::string> (*)(std::string_view text);
  async::Task<base::Result<std::vector<std::string>>> ask_many(std::vector<std::string> commands, Split split,
                                                               base::Deadline deadline) const;

  std::filesystem::path path_;
};

/// The answers in what HAProxy wrote for several commands: each ends with an empty line, an empty one is that line
/// alone. Pure.
std::vector<std::string> split_answers(std::string_view text);
/// The lines that are not empty. Pure.
std::vector<std::string> split_lines(std::string_view text);

}  // namespace edge

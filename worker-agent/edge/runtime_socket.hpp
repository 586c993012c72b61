#pragma once

#include <filesystem>
#include <string>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"

namespace edge {

/// HAProxy's runtime API over its unix socket: one command a connection. On the caller's executor; nothing blocks.
class RuntimeSocket {
 public:
  explicit RuntimeSocket(std::filesystem::path path);

  /// The whole answer without the blank lines at its end. A command holds no newline and no semicolon (checked: a
  /// broken invariant aborts). Costs about 0.2 ms. Errors: `edge.haproxy_away` when nobody listens, kind timeout.
  async::Task<base::Result<std::string>> ask(std::string command, base::Deadline deadline) const;

  /// Sends a command that answers nothing (or one of HAProxy's words for success) when it worked.
  /// Error `edge.haproxy_refused` with HAProxy's own words.
  async::Task<base::Result<void>> order(std::string command, base::Deadline deadline) const;

 private:
  std::filesystem::path path_;
};

}  // namespace edge

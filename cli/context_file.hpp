#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/terminal.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"

namespace cli {

/// Where the CLI is signed in, and with what.
struct Context {
  std::string server;                         ///< origin: scheme, host and port, no slash at its end
  std::string organization;                   ///< slug
  std::string session;                        ///< the cookie's value, or a bearer token `wh_cli_…`, `wh_pat_…`; secret
  std::string refresh{};                      ///< what a `wh_cli_…` is renewed with; secret, works once
  std::optional<base::UtcTime> expires_at{};  ///< of a `wh_cli_…`
};

/// $WISEHOSTING_CLI_HOME, else $XDG_CONFIG_HOME/wisehosting, else ~/.config/wisehosting. Error `cli.no_home` when none
/// of them is set.
base::Result<std::filesystem::path> context_folder(const Terminal& terminal);

/// Nothing when nobody is signed in. Error `cli.context` for a file that cannot be read, is not ours, or that others
/// may read.
base::Result<std::optional<Context>> blocking_load_context(const std::filesystem::path& path);
/// Mode 0600 in a folder of mode 0700.
base::Result<void> blocking_save_context(const std::filesystem::path& path, const Context& context);
/// Held by who renews the sign-in: a refresh token that two processes use at once would end it. Blocks.
class ContextLock {
 public:
  explicit ContextLock(const std::filesystem::path& context_file);

 private:
  base::UniqueFd held_;
};
void blocking_forget_context(const std::filesystem::path& path);

}  // namespace cli

#pragma once

#include <optional>
#include <string>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Looking at everything at once.
namespace cli {

/// Apps, machines, and what needs somebody; with `app` that app, its replicas and its last deployments.
async::Task<Outcome> show_status(Session& session, std::string app);
/// Prints the address of the app, or of the dashboard, and shows it in the browser ($BROWSER, else xdg-open).
async::Task<Outcome> open_in_browser(Session& session, std::string app, bool print_only);

struct Events {
  std::string app;   ///< empty: all
  std::string kind;  ///< beginning of it; empty: all
  std::optional<std::int64_t> limit;
};
/// Everything that changes, as it happens, until Ctrl-C.
async::Task<Outcome> follow_events(Session& session, Events options);

}  // namespace cli

#pragma once

#include "control-plane/app/config.hpp"

namespace app {

/// Runs one instance of the control plane until SIGTERM or SIGINT: migrates, loads keys, listens, reconciles.
/// Returns the exit code. Throws `base::Failure` when it cannot start. Stops within 10 s.
int serve(const Config& config);

/// Prints a fresh setup link: single use, 15 minutes.
int print_setup_link(const Config& config);

/// Prints a fresh enrolment token for a worker of that name; with `as_json` everything an agent needs.
int print_worker_token(const Config& config, const std::string& name, bool as_json);

/// Applies the migrations and says how many there were.
int migrate(const Config& config);

/// Shows what an organization may use, or changes it: words like `apps=20` or `apps=none`.
int change_limits(const Config& config, const std::string& organization, const std::vector<std::string>& changes);
/// Prints the OpenAPI document.
int print_openapi(const Config& config);

}  // namespace app

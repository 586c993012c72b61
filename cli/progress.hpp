#pragma once

#include "cli/session.hpp"
#include "common/async/task.hpp"

namespace cli {

/// Shows a deployment until it is over: its phases as they begin, its build log as it is written, then the URL and the
/// time by phase, or the step that failed with its last lines. 0 when it went live, else 1. With --json only the final
/// deployment is printed. Cancelling (Ctrl-C) leaves the deployment running.
async::Task<base::Result<int>> follow_deployment(Session& session, DeploymentView deployment);

/// "queued 0.1 s · build 3.2 s · release 1.0 s · 4.3 s in all"; phases that did not happen are left out.
std::string phase_times(const DeploymentView& deployment);

/// What went wrong, with exit code and last lines; several lines.
std::string failure_text(const Terminal& terminal, const DeploymentView& deployment);

/// Live, failed, cancelled or superseded.
bool is_over(const DeploymentView& deployment);

}  // namespace cli

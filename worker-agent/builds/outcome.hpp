#pragma once

#include <exception>
#include <string>

#include "worker-agent/builds/build_log.hpp"
#include "worker-agent/builds/spec.hpp"
#include "worker-agent/builds/workshop.hpp"
#include "worker-agent/link/capability.hpp"

namespace builds {

/// A step failed: what is known so far, the last lines and the error; says so in the log.
agent::JobOutcome failed(BuildLog& log, BuildResult result, StepError error);
/// The spec itself is not acceptable; nothing was begun.
agent::JobOutcome refused(base::Error error);
agent::JobOutcome cancelled(BuildLog& log);
/// The worker's fault: `what` is for the operator too.
agent::JobOutcome broken(BuildLog& log, const std::string& what);

/// True for the exception of an asio cancellation.
bool is_cancellation(const std::exception_ptr& thrown);
std::string text_of(const std::exception_ptr& thrown);

}  // namespace builds

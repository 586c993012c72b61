#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "worker-agent/builds/jail/options.hpp"

namespace builds {

/// How a tool in a jail ended.
struct JailEnd {
  jail::Report report;
  bool timed_out{false};
  bool ok() const { return !timed_out && report.end == jail::Report::End::exited && report.exit_code == 0; }
};

using OutputSink = std::function<void(std::string_view)>;

/// Runs one tool in a jail and hands its output on as it comes. At the deadline, and when the caller is cancelled
/// (throws operation_aborted), everything in the jail is killed and taken down before this returns, within 5 s; after a
/// cancellation the caller's cancellation state is disabled, so that it can still await its own cleaning up.
/// `options.report` must be set. Errors: `jail.start`, `jail.setup` (with the reason).
async::Task<base::Result<JailEnd>> run_in_jail(const std::filesystem::path& program, jail::Options options,
                                               base::SecretString secret, OutputSink output, base::Deadline deadline);

}  // namespace builds

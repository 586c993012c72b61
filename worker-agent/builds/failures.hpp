#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/deadline.hpp"
#include "worker-agent/builds/jail_run.hpp"
#include "worker-agent/link/capability.hpp"

namespace builds {

/// What a tool's end means to the person whose build it was. Pure: the tools' own words in, one sentence that says what
/// to do out. `step` is set, `exit_code` where a command of theirs failed.
struct FailureInput {
  JailEnd end;
  std::string_view output;        ///< the tool's newest output
  std::uint64_t memory_bytes{0};  ///< the limits that were set, for the sentence
  std::uint64_t pids{0};
  std::chrono::seconds timeout{0};
  bool commands{false};  ///< the Containerfile is ours, of an app's commands
};

/// git: repository, sign-in, host. `url` is shown in the message.
agent::JobError explain_fetch(const FailureInput& input, const std::string& url);
/// podman build: the Containerfile, a RUN, the limits, the disk.
agent::JobError explain_build(const FailureInput& input);
/// skopeo to or from our registry. `step` is "build" for base images, "push" for the result.
agent::JobError explain_copy(const FailureInput& input, const std::string& step);

/// git says that the remote has no such branch or commit.
bool says_no_such_ref(std::string_view output);
/// git says that this server cannot send a part of the history, or not by commit id.
bool says_cannot_be_shallow(std::string_view output);

/// Up to 5 of `names` that look most like `wanted`, best first (edit distance, common beginnings).
std::vector<std::string> near_names(const std::string& wanted, std::vector<std::string> names);

}  // namespace builds

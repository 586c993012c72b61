#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/text/build_commands.hpp"

namespace deployments {

enum class State { queued, building, built, releasing, live, failed, cancelled, superseded };
const char* to_string(State state);
State parse_state(const std::string& text);
/// True for states in which something still happens.
bool is_unfinished(State state);
/// The state machine of DESIGN 3.
bool may_become(State from, State to);

inline constexpr std::chrono::minutes kProgressDeadline{10};
inline constexpr std::chrono::seconds kDrainTime{10};

/// Why a deployment failed; `step` is source, build, push, place, start, health or route.
struct Failure {
  std::string step;
  std::string code;
  std::string message;
  std::optional<int> exit_code;
  std::vector<std::string> last_lines;
  std::string hint;
};

/// One attempt. Its source never changes.
struct Deployment {
  base::DeploymentId id;
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  base::AppId app;
  std::string app_name;  ///< as projects::AppEnvironment::ref
  std::int64_t number{0};
  std::string trigger;
  State state{State::queued};
  std::string git_url;
  std::string branch;
  /// What its image was made of, as the app said then.
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  std::optional<text::BuildCommands> commands;
  std::optional<std::string> commit;
  std::optional<std::string> commit_message;
  std::optional<base::ReleaseId> copies_release;
  std::optional<std::int64_t> copies_release_number;
  std::optional<std::string> image_digest;
  std::optional<std::string> image_repository;
  std::optional<std::string> content_hash;  ///< of a static site: over its files
  std::optional<base::ReleaseId> release;
  std::optional<std::int64_t> release_number;
  bool cancel_requested{false};
  std::optional<Failure> failure;
  std::string status_text;
  std::string created_by;
  base::UtcTime created_at;
  std::optional<base::UtcTime> building_at;
  std::optional<base::UtcTime> built_at;
  std::optional<base::UtcTime> releasing_at;
  std::optional<base::UtcTime> live_at;
  std::optional<base::UtcTime> finished_at;
};

/// What runs: an image digest with frozen settings. Never changes.
struct Release {
  base::ReleaseId id;
  base::DeploymentId deployment;
  std::int64_t number{0};
  std::string image_repository;
  std::string image_digest;
  std::optional<std::string> commit;
  int port{8080};
  std::string health_path{"/"};
  int cpu_millis{1000};
  std::int64_t memory_bytes{0};
  int pids{512};
  std::int64_t disk_bytes{0};
  bool read_only{false};
  base::UtcTime created_at;
  bool pinned{false};
  bool image_removed{false};  ///< by retention: nothing can go back to it
  std::optional<std::string> content_hash{};
};

/// What an app environment has that goes when it is erased.
struct Holdings {
  std::int64_t replicas{0};
  std::int64_t deployments{0};
  std::int64_t releases{0};
  std::int64_t variables{0};
  std::int64_t log_bytes{0};
};

/// The one active change of an app environment.
struct Rollout {
  base::RolloutId id;
  base::DeploymentId deployment;
  std::optional<base::ReleaseId> from_release;
  base::ReleaseId to_release;
  base::UtcTime progress_deadline;
  std::int64_t version{1};
};

}  // namespace deployments

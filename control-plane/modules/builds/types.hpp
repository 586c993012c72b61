#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"

namespace builds {

inline constexpr std::chrono::minutes kBuildTimeout{15};
/// The lease of a build job: its timeout with room for fetching, pushing and one reconnect.
inline constexpr std::chrono::minutes kBuildLease{25};
inline constexpr int kMostAttempts = 2;
inline constexpr int kSlotsPerWorker = 2;

/// Why a build did not succeed, for people and for programs.
struct Failure {
  std::string step{"build"};
  std::string code;
  std::string message;
  std::optional<int> exit_code;
  std::vector<std::string> last_lines;
};

/// What a finished build left.
struct Result {
  std::string commit;
  std::string commit_message;
  std::string image_digest;
  std::optional<std::string> content_hash{};  ///< of a static site: over its files, 64 hexadecimal digits
};

/// A deployment's build as the deployment sees it.
struct Job {
  base::JobId id;
  std::string state;  ///< pending assigned running succeeded failed cancelled
  int attempt{1};
  std::optional<std::string> phase;
  std::optional<base::WorkerId> worker;
  std::optional<base::UtcTime> assigned_at;
  std::optional<Result> result;
  std::optional<Failure> failure;
};

/// What to build, as a deployment freezes it.
struct Order {
  base::OrganizationId organization;
  base::AppEnvironmentId app_environment;
  base::DeploymentId deployment;
};

/// How far the builds of deployments are, for lists.
struct Progress {
  std::optional<std::string> phase;  ///< of the newest job: source, build or push
  std::int64_t log_bytes{0};
};

struct LogSlice {
  std::string bytes;
  std::uint64_t next_offset{0};
  bool at_end{false};  ///< there is no more now
  bool complete{false};
};

}  // namespace builds

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/secret.hpp"
#include "common/text/build_commands.hpp"

namespace projects {

/// A deleted app can be brought back for so long; until then its rows, its image and its name stay.
inline constexpr std::chrono::hours kUndoTime{24};

/// What a replica may use at most.
struct Resources {
  int cpu_millis{500};
  std::int64_t memory_bytes{std::int64_t{256} << 20U};
  int pids{512};
  std::int64_t disk_bytes{std::int64_t{2} << 30U};  ///< of its own files; told when it has more, not refused
  bool read_only{false};                            ///< it can write to its volumes and to /tmp, in memory, only
};

/// How many requests one address may make of an app; what is more is answered 429 by the edge, at once.
struct RequestLimit {
  int per_minute{0};  ///< 0: no limit
  int burst{100};     ///< at once, after a pause; the edge counts ten minutes' worth at most
};

/// Where the code comes from and how it is served.
struct Source {
  std::string git_url;
  std::string branch{"main"};
  std::optional<std::string> containerfile;
  /// Served as it is, without a Containerfile: `.`, or a folder of the repository or of what was sent.
  std::optional<std::string> static_directory{};
  /// The image is made of these, without a Containerfile. One of the three takes the others' place.
  std::optional<text::BuildCommands> commands{};
  bool operator==(const Source&) const = default;
};

/// An app in `production`, where only its name matters.
struct AppName {
  base::AppEnvironmentId id;
  std::string name;
};

/// What runs: one app in one environment. Desired state, written by the API; releases are set by the reconciler.
struct AppEnvironment {
  base::AppEnvironmentId id;
  base::OrganizationId organization;
  std::string organization_slug;
  base::AppId app;
  std::string app_name;
  std::string project;
  std::string environment;
  std::string host;
  Source source;
  int port{8080};
  std::string health_path{"/"};  ///< empty: whoever accepts a connection is healthy
  int desired_replicas{1};
  Resources resources;
  RequestLimit request_limit;
  bool stopped{false};
  std::optional<base::UtcTime> deleting_at;
  bool host_released{false};  ///< a deleted one whose time is over: its host is nobody's
  bool automatic_deploys_paused{false};
  std::optional<base::ReleaseId> current_release;
  std::optional<base::ReleaseId> target_release;
  std::int64_t version{1};
  base::UtcTime created_at;
  base::UtcTime updated_at;

  /// How people name it: `hello` in production, else `hello@staging`.
  std::string ref() const;
  /// Where its images are in the registry: `acme/hello`, else `acme/hello/staging`.
  std::string image_repository() const;
};

/// What a path says of an app: its name or id, and an environment of its project; `production` when it says none.
struct AppRef {
  std::string app;
  std::string environment;
  bool whole{true};  ///< production was meant without a word: what concerns the app concerns all its environments
  static AppRef parse(const std::string& text);
};

/// A variable as people see it: values are write-only.
struct VariableName {
  std::string name;
  std::int64_t generation{1};
  base::UtcTime updated_at;
};

struct NewApp {
  std::string name;
  std::string project;  ///< slug or id; empty: `default`, which is made when it is absent
  Source source;
  int port{8080};
  std::string health_path{"/"};
};

/// Absent members stay as they are.
struct AppChange {
  std::optional<std::string> git_url;
  std::optional<std::string> branch;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;  ///< takes the Containerfile's and the commands' place; empty: none
  std::optional<std::string> image;             ///< of the commands; empty: no commands any more
  std::optional<std::string> install_command;   ///< empty: none
  std::optional<std::string> build_command;     ///< likewise
  std::optional<std::string> start_command;
  std::optional<std::string> health_path;
  std::optional<int> port;
  std::optional<int> desired_replicas;
  std::optional<int> cpu_millis;
  std::optional<std::int64_t> memory_bytes;
  std::optional<int> pids;
  std::optional<std::int64_t> disk_bytes;
  std::optional<bool> read_only;
  std::optional<int> requests_per_minute;
  std::optional<int> request_burst;
};

}  // namespace projects

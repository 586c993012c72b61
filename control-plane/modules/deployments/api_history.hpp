#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/audit/api.hpp"
#include "control-plane/modules/deployments/api_variables.hpp"
#include "control-plane/modules/projects/types.hpp"

namespace deployments {

/// An app's settings at a moment, as the audit log keeps them before and after each change.
struct AppSnapshot {
  std::string name;
  std::string git_url;
  std::string branch;
  std::optional<std::string> containerfile;
  int port{8080};
  std::string health_path;
  int desired_replicas{1};
  int cpu_millis{0};
  std::int64_t memory_bytes{0};
  int pids{0};
  bool stopped{false};
  bool deleted{false};
  bool automatic_deploys_paused{false};
  std::int64_t disk_bytes{0};  ///< 0: noted before there was a limit
  bool read_only{false};
  int requests_per_minute{0};
  int request_burst{0};
  std::optional<std::string> static_directory;
  std::optional<text::BuildCommands> commands;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("git_url", git_url);
    f.required("branch", branch);
    f.required("containerfile", containerfile);
    f.required("port", port);
    f.required("health_path", health_path);
    f.required("desired_replicas", desired_replicas);
    f.required("cpu_millis", cpu_millis);
    f.required("memory_bytes", memory_bytes);
    f.required("pids", pids);
    f.required("stopped", stopped);
    f.required("deleted", deleted);
    f.required("automatic_deploys_paused", automatic_deploys_paused);
    f.defaulted("disk_bytes", disk_bytes);
    f.defaulted("read_only", read_only);
    f.defaulted("requests_per_minute", requests_per_minute);
    f.defaulted("request_burst", request_burst);
    f.optional("static_directory", static_directory);
    f.optional("commands", commands);
  }
};
std::string snapshot_json(const projects::AppEnvironment& env);

struct PastRelease {
  std::int64_t number{0};
  std::int64_t deployment_number{0};
  std::optional<std::string> commit;
  std::string image_digest;
  base::UtcTime live_at;
  std::map<std::string, VariableSide> variables;
  template <class F>
  void map(F& f) {
    f.required("number", number);
    f.required("deployment_number", deployment_number);
    f.required("commit", commit);
    f.required("image_digest", image_digest);
    f.required("live_at", live_at);
    f.required("variables", variables, "What it runs with, as fingerprints");
  }
};

/// An app as it was at a moment, and what changed since.
struct HistoryView {
  base::UtcTime at;
  std::optional<AppSnapshot> settings;
  std::map<std::string, VariableSide> variables;
  std::optional<PastRelease> release;
  std::vector<audit::EventView> changes;
  bool more{false};
  template <class F>
  void map(F& f) {
    f.required("at", at);
    f.required("settings", settings, "null: the app was not there yet, or the log does not know");
    f.required("variables", variables, "The app's own, set by then, as fingerprints");
    f.required("release", release, "What was live; null: nothing");
    f.required("changes", changes, "What happened since, oldest first, at most 500");
    f.required("more", more, "There is more than that: see /audit?app_id=");
  }
};

}  // namespace deployments

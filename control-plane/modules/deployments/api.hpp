#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"
#include "control-plane/modules/deployments/api_receipt.hpp"
#include "control-plane/modules/deployments/types.hpp"
#include "control-plane/modules/projects/types.hpp"

namespace deployments {

struct SourceView {
  std::string kind{"git"};
  std::string git_url;
  std::string branch;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  std::optional<text::BuildCommands> commands;
  std::optional<std::string> commit;
  std::optional<std::string> commit_message;
  template <class F>
  void map(F& f) {
    f.required("kind", kind, "git or upload");
    f.required("git_url", git_url);
    f.required("branch", branch);
    f.optional("containerfile", containerfile);
    f.optional("static_directory", static_directory, "The folder whose files are served as they are");
    f.optional("commands", commands, "The image is made of these, without a Containerfile");
    f.optional("commit", commit, "Of an upload: the SHA-256 of the archive");
    f.optional("commit_message", commit_message);
  }
};

struct FailureView {
  std::string step;
  std::string code;
  std::string message;
  std::optional<int> exit_code;
  std::vector<std::string> last_lines;
  std::optional<std::string> hint;
  template <class F>
  void map(F& f) {
    f.required("step", step, "source, build, push, place, start, health or route");
    f.required("code", code);
    f.required("message", message);
    f.optional("exit_code", exit_code);
    f.required("last_lines", last_lines);
    f.optional("hint", hint);
  }
};

struct DeploymentView {
  base::DeploymentId id;
  base::AppId app_id;
  std::string app_name;
  std::int64_t number{0};
  std::string trigger;
  std::string state;
  SourceView source;
  std::optional<std::int64_t> release_number;
  std::optional<std::string> image_digest;
  std::optional<std::string> content_hash;
  std::optional<FailureView> failure;
  std::string status_text;
  base::UtcTime created_at;
  std::optional<base::UtcTime> building_at;
  std::optional<base::UtcTime> built_at;
  std::optional<base::UtcTime> releasing_at;
  std::optional<base::UtcTime> live_at;
  std::optional<base::UtcTime> finished_at;
  std::string created_by;
  std::int64_t log_bytes{0};
  std::optional<std::int64_t> rollback_of;
  std::optional<ReceiptView> receipt;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("app_id", app_id);
    f.required("app_name", app_name);
    f.required("number", number);
    f.required("trigger", trigger, "push, webhook, manual, api, rollback, restart, variables or schedule");
    f.required("state", state, "queued, building, built, releasing, live, failed, cancelled or superseded");
    f.required("source", source);
    f.optional("release_number", release_number);
    f.optional("image_digest", image_digest);
    f.optional("content_hash", content_hash, "Of a static site: the SHA-256 of the list of its files");
    f.optional("failure", failure);
    f.required("status_text", status_text, "One sentence: what happens now");
    f.required("created_at", created_at);
    f.optional("building_at", building_at);
    f.optional("built_at", built_at);
    f.optional("releasing_at", releasing_at);
    f.optional("live_at", live_at);
    f.optional("finished_at", finished_at);
    f.required("created_by", created_by);
    f.required("log_bytes", log_bytes);
    f.optional("rollback_of", rollback_of, "The release that a rollback copies");
    f.optional("receipt", receipt, "What the switch did to requests; of one deployment, not in lists");
  }
};

struct ReleaseView {
  base::ReleaseId id;
  std::int64_t number{0};
  base::DeploymentId deployment_id;
  std::optional<std::string> commit;
  std::string image_digest;
  std::optional<std::string> content_hash;
  base::UtcTime created_at;
  bool pinned{false};
  bool image_removed{false};
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("number", number);
    f.required("deployment_id", deployment_id);
    f.optional("commit", commit);
    f.required("image_digest", image_digest);
    f.optional("content_hash", content_hash, "Of a static site: the SHA-256 of the list of its files");
    f.required("created_at", created_at);
    f.required("pinned", pinned, "Its image is kept whatever its age");
    f.required("image_removed", image_removed, "Its image is gone: nothing can go back to it");
  }
};

/// What a replica may use at most.
struct LimitsView {
  int cpu_millis{0};
  std::int64_t memory_bytes{0};
  int pids{0};
  std::int64_t disk_bytes{0};
  bool read_only{false};
  template <class F>
  void map(F& f) {
    f.required("cpu_millis", cpu_millis, "Thousandths of a processor");
    f.required("memory_bytes", memory_bytes);
    f.required("pids", pids, "Processes and threads");
    f.defaulted("disk_bytes", disk_bytes, "Of files outside its image and its volumes; it is told when it has more");
    f.defaulted("read_only", read_only, "It can write to its volumes and to /tmp, which is in memory, only");
  }
};

/// How many requests one address may make of an app.
struct RequestLimitView {
  int per_minute{0};
  int burst{100};
  template <class F>
  void map(F& f) {
    f.required("per_minute", per_minute, "Of one address (an IPv6 /64); what is more is answered 429. 0: no limit");
    f.required("burst", burst, "So many at once after a pause, up to ten minutes' worth");
  }
};

struct AppView {
  base::AppId id;
  std::string name;
  std::string project;
  std::string environment;
  std::string url;
  std::string state;
  SourceView source;
  int port{8080};
  std::string health_path;
  int desired_replicas{1};
  std::optional<ReleaseView> current_release;
  std::optional<DeploymentView> latest_deployment;
  int staged_changes{0};
  bool automatic_deploys_paused{false};
  base::UtcTime created_at;
  base::UtcTime updated_at;
  std::int64_t version{1};
  LimitsView limits;
  RequestLimitView request_limit;
  std::vector<std::string> staged_settings;
  std::vector<std::string> warnings;
  std::optional<base::UtcTime> deleted_at;
  std::optional<base::UtcTime> erased_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("project", project);
    f.required("environment", environment);
    f.required("url", url);
    f.required("state", state, "empty, deploying, live, stopped, failed, degraded or deleting");
    f.required("source", source);
    f.required("port", port);
    f.required("health_path", health_path);
    f.required("desired_replicas", desired_replicas);
    f.required("current_release", current_release);
    f.required("latest_deployment", latest_deployment);
    f.required("staged_changes", staged_changes, "How many variables are not live yet");
    f.required("automatic_deploys_paused", automatic_deploys_paused);
    f.required("created_at", created_at);
    f.required("updated_at", updated_at);
    f.required("version", version);
    f.required("limits", limits, "As set; live with the next release");
    f.defaulted("request_limit", request_limit, "At the edge, at once");
    f.required("staged_settings", staged_settings,
               "Settings that are not live yet, as port, health_path or cpu_millis");
    f.defaulted("warnings", warnings, "A sentence for each replica that serves, but is over a limit");
    f.optional("deleted_at", deleted_at, "A deleted app; it can be brought back until `erased_at`");
    f.optional("erased_at", erased_at);
  }
};

/// What goes when an app is deleted, and when.
struct DeletionView {
  std::string app;
  std::string url;
  std::int64_t replicas{0};
  std::int64_t deployments{0};
  std::int64_t releases{0};
  std::int64_t variables{0};
  std::int64_t log_bytes{0};
  std::int64_t undo_hours{0};
  std::optional<base::UtcTime> deleted_at;
  std::optional<base::UtcTime> erased_at;
  template <class F>
  void map(F& f) {
    f.required("app", app);
    f.required("url", url, "Answers with a page of the platform meanwhile, and is free afterwards");
    f.required("replicas", replicas, "Stop at once");
    f.required("deployments", deployments);
    f.required("releases", releases, "With their images");
    f.required("variables", variables);
    f.required("log_bytes", log_bytes, "Of build logs");
    f.required("undo_hours", undo_hours, "For so long it can be brought back");
    f.optional("deleted_at", deleted_at, "It is deleted already");
    f.optional("erased_at", erased_at);
  }
};

struct NewAppBody {
  struct Source {
    std::string git_url;
    std::string branch{"main"};
    std::optional<std::string> containerfile;
    std::optional<std::string> static_directory;
    std::optional<text::BuildCommands> commands;
    template <class F>
    void map(F& f) {
      f.required("git_url", git_url,
                 "https:// or http:// address of the repository; `upload:` for an app whose code is sent as a folder");
      f.defaulted("branch", branch);
      f.optional("containerfile", containerfile, "Path in the repository; absent: Containerfile, else Dockerfile");
      f.optional(
          "static_directory", static_directory,
          "Instead of a Containerfile: a folder of the repository, or of what is sent, whose files are served as "
          "they are; . for all of it");
      f.optional("commands", commands,
                 "Instead of a Containerfile: an image, and the commands that install, build and start the app in it");
    }
  };
  std::string name;
  Source source;
  std::string health_path{"/"};
  int port{8080};
  bool deploy{false};
  std::string project;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.defaulted("project", project, "Slug or id; by default the project default");
    f.required("source", source);
    f.defaulted("health_path", health_path);
    f.defaulted("port", port);
    f.defaulted("deploy", deploy, "Deploy at once");
  }
};

struct AppChangeBody {
  struct Limits {
    std::optional<int> cpu_millis;
    std::optional<std::int64_t> memory_bytes;
    std::optional<int> pids;
    std::optional<std::int64_t> disk_bytes;
    std::optional<bool> read_only;
    template <class F>
    void map(F& f) {
      f.optional("cpu_millis", cpu_millis, "50 to 64000 thousandths of a processor");
      f.optional("memory_bytes", memory_bytes, "At least 33554432 (32 MiB)");
      f.optional("pids", pids, "16 to 32768 processes and threads");
      f.optional("disk_bytes", disk_bytes, "16777216 (16 MiB) or more, of files outside its image and its volumes");
      f.optional("read_only", read_only, "It can write to its volumes and to /tmp, which is in memory, only");
    }
  };
  struct RequestLimit {
    std::optional<int> per_minute;
    std::optional<int> burst;
    template <class F>
    void map(F& f) {
      f.optional("per_minute", per_minute, "1 to 1000000 requests of one address (an IPv6 /64); 0: no limit");
      f.optional("burst", burst, "1 to 100000 at once after a pause, up to ten minutes' worth; 100 by default");
    }
  };
  struct Commands {
    std::optional<std::string> image;
    std::optional<std::string> install_command;
    std::optional<std::string> build_command;
    std::optional<std::string> start_command;
    template <class F>
    void map(F& f) {
      f.optional("image", image, "Reference of the image that they run in; empty: a Containerfile is built again");
      f.optional("install_command", install_command, "Brings what the source needs, at build time; empty: none");
      f.optional("build_command", build_command, "Run after it, at build time; empty: none");
      f.optional("start_command", start_command, "Run in each replica; has to listen on $PORT");
    }
  };
  projects::AppChange change;
  std::optional<Commands> commands;
  std::optional<Limits> limits;
  std::optional<RequestLimit> request_limit;
  /// The change with its limits.
  projects::AppChange whole() const {
    auto all = change;
    if (limits) {
      all.cpu_millis = limits->cpu_millis;
      all.memory_bytes = limits->memory_bytes;
      all.pids = limits->pids;
      all.disk_bytes = limits->disk_bytes;
      all.read_only = limits->read_only;
    }
    if (commands) {
      all.image = commands->image;
      all.install_command = commands->install_command;
      all.build_command = commands->build_command;
      all.start_command = commands->start_command;
    }
    if (request_limit) {
      all.requests_per_minute = request_limit->per_minute;
      all.request_burst = request_limit->burst;
    }
    return all;
  }
  template <class F>
  void map(F& f) {
    f.optional("git_url", change.git_url);
    f.optional("branch", change.branch);
    f.optional("containerfile", change.containerfile, "Empty: found by itself. Ends a static site and commands");
    f.optional("static_directory", change.static_directory,
               "Its files are served as they are, instead of a Containerfile's image. Empty: no static site any more");
    f.optional("commands", commands,
               "An image and commands in it, instead of a Containerfile; absent ones stay. With the next deployment");
    f.optional("health_path", change.health_path);
    f.optional("port", change.port);
    f.optional("desired_replicas", change.desired_replicas, "0 to 100; takes effect at once");
    f.optional("limits", limits, "What a replica may use; live with the next release");
    f.optional("request_limit", request_limit, "What one address may ask of the app; takes effect at once");
  }
};

struct DeployBody {
  std::optional<std::string> commit;
  std::optional<std::string> branch;
  std::optional<std::string> environment;
  std::optional<std::string> upload;
  template <class F>
  void map(F& f) {
    f.optional("environment", environment,
               "Another environment of the project than production; the app is put there when it is not yet");
    f.optional("commit", commit, "A whole commit id; absent: the newest of the branch");
    f.optional("branch", branch,
               "Without `environment`, and with an app named without one: of the project's environments the one whose "
               "patterns match it, else production");
    f.optional("upload", upload, "Id of a complete upload: this folder is built instead of the repository");
  }
};

struct AddToEnvironmentBody {
  std::string environment;
  std::optional<std::string> branch;
  template <class F>
  void map(F& f) {
    f.required("environment", environment, "Of the app's project");
    f.optional("branch", branch, "By default the first that the environment names, else that of production");
  }
};

struct RollbackBody {
  std::optional<std::int64_t> release;
  template <class F>
  void map(F& f) {
    f.optional("release", release, "The release's number; absent: the one before the current");
  }
};

}  // namespace deployments

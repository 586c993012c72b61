#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"
#include "common/text/build_commands.hpp"

/// What the CLI reads of the API's answers. Members that it does not know are ignored; `json::Raw` keeps whole
/// documents for --json.
namespace cli {

template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
  template <class F>
  void map(F& f) {
    f.required("items", items);
    f.defaulted("next_cursor", next_cursor);
  }
};

struct NamedView {
  std::string id;
  std::string name;
  std::string slug;
  template <class F>
  void map(F& f) {
    f.defaulted("id", id);
    f.defaulted("name", name);
    f.defaulted("slug", slug);
  }
};

struct ServerView {
  std::string version;
  template <class F>
  void map(F& f) {
    f.defaulted("version", version);
  }
};

struct SessionView {
  NamedView person;
  NamedView organization;
  std::string role;
  std::optional<base::UtcTime> expires_at;
  ServerView server;
  template <class F>
  void map(F& f) {
    f.required("person", person);
    f.required("organization", organization);
    f.defaulted("role", role);
    f.defaulted("expires_at", expires_at);
    f.defaulted("server", server);
  }
};

struct SourceView {
  std::string git_url;
  std::string branch;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  std::optional<text::BuildCommands> commands;
  std::optional<std::string> commit;
  std::optional<std::string> commit_message;
  template <class F>
  void map(F& f) {
    f.defaulted("git_url", git_url);
    f.defaulted("branch", branch);
    f.defaulted("containerfile", containerfile);
    f.defaulted("static_directory", static_directory);
    f.defaulted("commands", commands);
    f.defaulted("commit", commit);
    f.defaulted("commit_message", commit_message);
  }
};

struct FailureView {
  std::string step;
  std::string message;
  std::optional<int> exit_code;
  std::vector<std::string> last_lines;
  std::optional<std::string> hint;
  template <class F>
  void map(F& f) {
    f.defaulted("step", step);
    f.defaulted("message", message);
    f.defaulted("exit_code", exit_code);
    f.defaulted("last_lines", last_lines);
    f.defaulted("hint", hint);
  }
};

struct ReceiptPhaseView {
  double seconds{0};
  std::int64_t requests{0};
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
  template <class F>
  void map(F& f) {
    f.defaulted("seconds", seconds);
    f.defaulted("requests", requests);
    f.defaulted("p50_ms", p50_ms);
    f.defaulted("p99_ms", p99_ms);
  }
};

struct ReceiptErrorsView {
  std::int64_t app{0};
  std::int64_t connect{0};
  std::int64_t response{0};
  std::int64_t unserved{0};
  std::int64_t cut{0};
  template <class F>
  void map(F& f) {
    f.defaulted("app", app);
    f.defaulted("connect", connect);
    f.defaulted("response", response);
    f.defaulted("unserved", unserved);
    f.defaulted("cut", cut);
  }
};

struct ReceiptView {
  std::string state;
  bool complete{true};
  std::vector<std::string> gaps;
  std::int64_t requests_old{0};
  std::int64_t requests_new{0};
  std::int64_t failed{0};
  ReceiptErrorsView errors;
  std::int64_t connections_drained{0};
  std::int64_t longest_drain_ms{0};
  ReceiptPhaseView before;
  ReceiptPhaseView during;
  ReceiptPhaseView after;
  template <class F>
  void map(F& f) {
    f.defaulted("state", state);
    f.defaulted("complete", complete);
    f.defaulted("gaps", gaps);
    f.defaulted("requests_old", requests_old);
    f.defaulted("requests_new", requests_new);
    f.defaulted("failed", failed);
    f.defaulted("errors", errors);
    f.defaulted("connections_drained", connections_drained);
    f.defaulted("longest_drain_ms", longest_drain_ms);
    f.defaulted("before", before);
    f.defaulted("during", during);
    f.defaulted("after", after);
  }
};

struct DeploymentView {
  std::string id;
  std::string app_name;
  std::int64_t number{0};
  std::string trigger;
  std::string state;
  SourceView source;
  std::optional<std::int64_t> release_number;
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
    f.defaulted("app_name", app_name);
    f.required("number", number);
    f.defaulted("trigger", trigger);
    f.required("state", state);
    f.defaulted("source", source);
    f.defaulted("release_number", release_number);
    f.defaulted("content_hash", content_hash);
    f.defaulted("failure", failure);
    f.defaulted("status_text", status_text);
    f.required("created_at", created_at);
    f.defaulted("building_at", building_at);
    f.defaulted("built_at", built_at);
    f.defaulted("releasing_at", releasing_at);
    f.defaulted("live_at", live_at);
    f.defaulted("finished_at", finished_at);
    f.defaulted("created_by", created_by);
    f.defaulted("log_bytes", log_bytes);
    f.defaulted("rollback_of", rollback_of);
    f.defaulted("receipt", receipt);
  }
};

struct CurrentReleaseView {
  std::int64_t number{0};
  std::optional<std::string> commit;
  template <class F>
  void map(F& f) {
    f.required("number", number);
    f.defaulted("commit", commit);
  }
};

struct LimitsView {
  int cpu_millis{0};
  std::int64_t memory_bytes{0};
  int pids{0};
  template <class F>
  void map(F& f) {
    f.defaulted("cpu_millis", cpu_millis);
    f.defaulted("memory_bytes", memory_bytes);
    f.defaulted("pids", pids);
  }
};

struct RequestLimitView {
  int per_minute{0};  ///< 0: none
  int burst{0};
  template <class F>
  void map(F& f) {
    f.defaulted("per_minute", per_minute);
    f.defaulted("burst", burst);
  }
};

struct DeletionView {
  std::string app;
  std::string url;
  std::int64_t replicas{0};
  std::int64_t deployments{0};
  std::int64_t releases{0};
  std::int64_t variables{0};
  std::int64_t undo_hours{0};
  template <class F>
  void map(F& f) {
    f.required("app", app);
    f.defaulted("url", url);
    f.defaulted("replicas", replicas);
    f.defaulted("deployments", deployments);
    f.defaulted("releases", releases);
    f.defaulted("variables", variables);
    f.defaulted("undo_hours", undo_hours);
  }
};

struct AppView {
  std::string id;
  std::string name;
  std::string environment;
  std::string url;
  std::string state;
  SourceView source;
  int port{0};
  std::string health_path;
  int desired_replicas{0};
  std::optional<CurrentReleaseView> current_release;
  std::optional<DeploymentView> latest_deployment;
  int staged_changes{0};
  bool automatic_deploys_paused{false};
  std::optional<LimitsView> limits;
  RequestLimitView request_limit;
  std::vector<std::string> staged_settings;
  std::vector<std::string> warnings;
  std::optional<base::UtcTime> erased_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.defaulted("environment", environment);
    f.defaulted("url", url);
    f.required("state", state);
    f.defaulted("source", source);
    f.defaulted("port", port);
    f.defaulted("health_path", health_path);
    f.defaulted("desired_replicas", desired_replicas);
    f.defaulted("current_release", current_release);
    f.defaulted("latest_deployment", latest_deployment);
    f.defaulted("staged_changes", staged_changes);
    f.defaulted("automatic_deploys_paused", automatic_deploys_paused);
    f.defaulted("limits", limits);
    f.defaulted("request_limit", request_limit);
    f.defaulted("staged_settings", staged_settings);
    f.defaulted("warnings", warnings);
    f.defaulted("erased_at", erased_at);
  }
};

struct ReplicaView {
  std::string id;
  std::int64_t release_number{0};
  int index{0};
  std::optional<std::string> worker;
  std::string phase;
  std::string health;
  std::optional<std::string> reason;
  int restarts{0};
  std::optional<int> exit_code;
  std::optional<std::string> address;
  std::optional<int> port;
  std::optional<base::UtcTime> since;
  std::string state;
  std::string status_text;
  template <class F>
  void map(F& f) {
    f.defaulted("id", id);
    f.defaulted("release_number", release_number);
    f.defaulted("index", index);
    f.defaulted("worker", worker);
    f.required("phase", phase);
    f.defaulted("health", health);
    f.defaulted("reason", reason);
    f.defaulted("restarts", restarts);
    f.defaulted("exit_code", exit_code);
    f.defaulted("address", address);
    f.defaulted("port", port);
    f.defaulted("since", since);
    f.defaulted("state", state);
    f.defaulted("status_text", status_text);
  }
};

struct VariableView {
  std::string name;
  std::optional<base::UtcTime> updated_at;
  bool staged{false};
  std::string level{"app"};
  bool build_time{false};
  bool run_time{true};
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.defaulted("updated_at", updated_at);
    f.defaulted("staged", staged);
    f.defaulted("level", level);
    f.defaulted("build_time", build_time);
    f.defaulted("run_time", run_time);
  }
};

struct WorkerView {
  std::string name;
  std::string state;
  bool cordoned{false};
  std::vector<std::string> capabilities;
  std::string agent_version;
  int cpus{0};
  std::int64_t memory_bytes{0};
  std::optional<base::UtcTime> last_seen_at;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("state", state);
    f.defaulted("cordoned", cordoned);
    f.defaulted("capabilities", capabilities);
    f.defaulted("agent_version", agent_version);
    f.defaulted("cpus", cpus);
    f.defaulted("memory_bytes", memory_bytes);
    f.defaulted("last_seen_at", last_seen_at);
  }
};

// Data of server-sent events.
struct BuildLogEvent {
  std::uint64_t offset{0};
  std::string text;
  template <class F>
  void map(F& f) {
    f.defaulted("offset", offset);
    f.required("text", text);
  }
};
struct AppLogEvent {
  std::string replica;
  std::string text;
  template <class F>
  void map(F& f) {
    f.defaulted("replica", replica);
    f.required("text", text);
  }
};

}  // namespace cli

#include "cli/commands/commands.hpp"

namespace cli {
namespace {

struct SettingsLimits {
  std::optional<int> cpu_millis;
  std::optional<std::int64_t> memory_bytes;
  std::optional<int> pids;
  std::optional<std::int64_t> disk_bytes;
  std::optional<bool> read_only;
  template <class F>
  void map(F& f) {
    f.optional("cpu_millis", cpu_millis);
    f.optional("memory_bytes", memory_bytes);
    f.optional("pids", pids);
    f.optional("disk_bytes", disk_bytes);
    f.optional("read_only", read_only);
  }
};
struct SettingsRequests {
  std::optional<int> per_minute;
  std::optional<int> burst;
  template <class F>
  void map(F& f) {
    f.optional("per_minute", per_minute);
    f.optional("burst", burst);
  }
};
struct SettingsBody {
  std::optional<std::string> git_url;
  std::optional<std::string> branch;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  std::optional<CommandOptions> commands;
  std::optional<std::string> health_path;
  std::optional<int> port;
  std::optional<int> desired_replicas;
  std::optional<SettingsLimits> limits;
  std::optional<SettingsRequests> request_limit;
  template <class F>
  void map(F& f) {
    f.optional("git_url", git_url);
    f.optional("branch", branch);
    f.optional("containerfile", containerfile);
    f.optional("static_directory", static_directory);
    f.optional("commands", commands);
    f.optional("health_path", health_path);
    f.optional("port", port);
    f.optional("desired_replicas", desired_replicas);
    f.optional("limits", limits);
    f.optional("request_limit", request_limit);
  }
};
struct AddEnvironmentBody {
  std::string environment;
  std::optional<std::string> branch;
  template <class F>
  void map(F& f) {
    f.required("environment", environment);
    f.optional("branch", branch);
  }
};

bool changes_source(const Settings& wanted) {
  return wanted.git_url || wanted.branch || wanted.containerfile || wanted.static_directory || wanted.commands.any();
}

bool changes_limits(const Scale& scale) {
  return scale.cpu_millis || scale.memory_mib || scale.pids || scale.disk_mib || scale.read_only;
}

bool changes_replica(const Settings& wanted) {
  return wanted.health_path || wanted.port || changes_limits(wanted.scale);
}

bool changes_requests(const Settings& wanted) {
  return wanted.requests_per_minute || wanted.request_burst;
}

std::optional<std::int64_t> in_bytes(std::optional<std::int64_t> mib) {
  if (!mib) return std::nullopt;
  return *mib << 20U;
}

SettingsBody body_of(const Settings& wanted) {
  SettingsBody body{.git_url = wanted.git_url,
                    .branch = wanted.branch,
                    .containerfile = wanted.containerfile,
                    .static_directory = wanted.static_directory,
                    .commands = wanted.commands.any() ? std::optional(wanted.commands) : std::nullopt,
                    .health_path = wanted.health_path,
                    .port = wanted.port,
                    .desired_replicas = wanted.scale.replicas,
                    .limits = std::nullopt,
                    .request_limit = std::nullopt};
  const auto& scale = wanted.scale;
  if (changes_limits(scale)) {
    body.limits = SettingsLimits{scale.cpu_millis, in_bytes(scale.memory_mib), scale.pids, in_bytes(scale.disk_mib),
                                 scale.read_only};
  }
  if (changes_requests(wanted)) body.request_limit = SettingsRequests{wanted.requests_per_minute, wanted.request_burst};
  return body;
}

}  // namespace

async::Task<Outcome> change_settings(Session& session, Settings wanted) {
  const bool source = changes_source(wanted);
  const bool replica = changes_replica(wanted);
  const bool at_once = wanted.scale.replicas || changes_requests(wanted);
  if (!source && !replica && !at_once) co_return co_await show_app(session, wanted.app);
  const std::string body = json::encode(body_of(wanted));
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("PATCH", session.app_path(wanted.app), body));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto after, Api::read<AppView>(answer.body));
  session.say("Changed " + after.name + ".\n");
  if (wanted.scale.replicas) session.say("See how the replicas go: wh ps " + after.name + "\n");
  if (source) session.say("What is built changes with the next deployment: wh deploy " + after.name + "\n");
  if (replica && !after.staged_settings.empty()) {
    session.say("The rest takes effect with the next deployment, or now: wh env " + after.name + " apply\n");
  }
  co_return kOk;
}

async::Task<Outcome> list_app_environments(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto all, co_await list<AppView>(session, session.app_path(app, "/environments")));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  Table table({"NAME", "ENVIRONMENT", "STATE", "RELEASE", "BRANCH", "URL"});
  for (const auto& each : all.items) {
    const std::string release = each.current_release ? std::to_string(each.current_release->number) : "-";
    table.row({each.name, each.environment, each.state, release, each.source.branch, each.url});
  }
  session.show(table, 2);
  co_return kOk;
}

async::Task<base::Result<std::string>> add_to_environment(Session& session, std::string app, std::string environment,
                                                          std::optional<std::string> branch) {
  const std::string body = json::encode(AddEnvironmentBody{environment, branch});
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", session.app_path(app, "/environments"), body));
  co_return answer.body;
}

async::Task<Outcome> add_app_environment(Session& session, std::string app, std::string environment,
                                         std::optional<std::string> branch) {
  CO_TRY_ASSIGN(const auto answer, co_await add_to_environment(session, app, environment, branch));
  if (session.json) session.out() << answer << "\n";
  CO_TRY_ASSIGN(const auto view, Api::read<AppView>(answer));
  session.say(view.name + " will have the address " + view.url + ". Deploy it with: wh deploy " + view.name + "\n");
  co_return kOk;
}

}  // namespace cli

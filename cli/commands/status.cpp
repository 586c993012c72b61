#include "cli/commands/status.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "cli/ansi_filter.hpp"
#include "cli/commands/commands.hpp"
#include "cli/progress.hpp"

extern char** environ;

namespace cli {
namespace {

std::string latest_text(const Session& session, const AppView& app) {
  if (!app.latest_deployment) return "never deployed";
  const auto& latest = *app.latest_deployment;
  return std::to_string(latest.number) + " " + latest.state + ", " +
         format_age(latest.created_at, session.clock.utc_now());
}

/// Why somebody should look at an app, with the command for it; empty: nothing.
std::string worry(const AppView& app) {
  if (app.latest_deployment && app.latest_deployment->state == "failed") {
    return app.name + ": its last deployment failed. Why: wh deployment show " + app.name;
  }
  if (app.state == "crashing" || app.state == "failed" || app.state == "degraded") {
    return app.name + " is " + app.state + ". Look: wh ps " + app.name;
  }
  if (!app.warnings.empty()) return app.name + ": " + app.warnings.front() + " Look: wh ps " + app.name;
  return "";
}

/// One line for each thing that somebody should look at.
std::vector<std::string> worries(const std::vector<AppView>& apps, const std::vector<WorkerView>& workers) {
  std::vector<std::string> lines;
  for (const auto& app : apps) {
    if (auto line = worry(app); !line.empty()) lines.push_back(std::move(line));
    if (app.staged_changes > 0) lines.push_back(app.name + " has staged changes. Look: wh env " + app.name + " diff");
  }
  for (const auto& worker : workers) {
    if (worker.state != "online") lines.push_back("The machine " + worker.name + " is " + worker.state + ".");
  }
  return lines;
}

async::Task<Outcome> show_app_status(Session& session, std::string app) {
  CO_TRY_ASSIGN(const int shown, co_await show_app(session, app));
  if (session.json || session.quiet) co_return shown;
  session.out() << "\n";
  CO_TRY_ASSIGN(const int replicas, co_await list_replicas(session, app));
  session.out() << "\n";
  CO_TRY_ASSIGN(const int deployments, co_await list_deployments(session, app, 5));
  co_return std::max({shown, replicas, deployments});
}

/// The program that shows an address; it goes on by itself.
bool start_browser(const Session& session, const std::string& url) {
  const std::string program = session.terminal.variable("BROWSER").value_or("xdg-open");
  const char* const words[] = {program.c_str(), url.c_str(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int fd : {1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int error =
      ::posix_spawnp(&child, program.c_str(), &actions, nullptr, const_cast<char* const*>(words), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return false;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct AddressDocument {
  std::string url;
  template <class F>
  void map(F& f) {
    f.required("url", url);
  }
};

struct ChangeEvent {
  std::string id;
  std::string kind;
  std::string app_id;
  base::UtcTime at;
  json::Raw data;
  template <class F>
  void map(F& f) {
    f.defaulted("id", id);
    f.required("kind", kind);
    f.defaulted("app_id", app_id);
    f.required("at", at);
    f.required("data", data);
  }
};

/// Prints the changes that were asked for.
class ChangePrinter {
 public:
  ChangePrinter(const Session& session, Events options, std::map<std::string, std::string> names, std::string app_id)
      : session_(session), options_(std::move(options)), names_(std::move(names)), app_id_(std::move(app_id)) {}

  /// False when there were as many as wanted.
  bool take(const Event& event) {
    if (event.event == "reset") session_.say("(some events were too old to be told)\n");
    if (event.event != "change") return true;
    const auto change = Api::read<ChangeEvent>(event.data);
    if (!change || !change->kind.starts_with(options_.kind)) return true;
    if (!app_id_.empty() && change->app_id != app_id_) return true;
    print(event, *change);
    return !options_.limit || ++printed_ < *options_.limit;
  }

 private:
  void print(const Event& event, const ChangeEvent& change) const {
    if (session_.json) {
      session_.out() << event.data << "\n" << std::flush;
      return;
    }
    if (session_.only(change.id)) return;
    const auto name = names_.find(change.app_id);
    std::string line = base::format_utc(change.at) + "  " + change.kind;
    if (!change.app_id.empty()) line += "  " + (name == names_.end() ? change.app_id : name->second);
    if (change.data.text != "{}") line += "  " + change.data.text;
    session_.out() << AnsiFilter(false).feed(line) << "\n" << std::flush;
  }

  const Session& session_;
  Events options_;
  std::map<std::string, std::string> names_;
  std::string app_id_;
  std::int64_t printed_{0};
};

}  // namespace

async::Task<Outcome> show_status(Session& session, std::string app) {
  if (!app.empty()) co_return co_await show_app_status(session, std::move(app));
  CO_TRY_ASSIGN(const std::string who, co_await session.api->get("/api/v1/session"));
  CO_TRY_ASSIGN(const auto view, Api::read<SessionView>(who));
  CO_TRY_ASSIGN(const auto apps, co_await list<AppView>(session, session.org_path("/apps")));
  // Who may not see the machines still sees the apps.
  const auto workers = co_await list<WorkerView>(session, session.org_path("/workers"));
  if (session.json) {
    session.out() << R"({"session":)" << who << R"(,"apps":)" << apps.json << R"(,"workers":)"
                  << (workers ? workers->json : "null") << "}\n";
    co_return kOk;
  }
  if (session.quiet) {
    for (const auto& item : apps.items) {
      if (!worry(item).empty()) session.only(item.name);
    }
    co_return kOk;
  }
  auto& out = session.out();
  out << session.terminal.paint(session.context.organization, Tone::strong) << " at " << session.api->server() << "  "
      << view.person.name << ", " << view.role << "\n\n";
  Table table({"APP", "STATE", "REPLICAS", "LATEST DEPLOYMENT", "URL"});
  for (const auto& item : apps.items) {
    table.row({item.name, item.state, std::to_string(item.desired_replicas), latest_text(session, item), item.url});
  }
  if (apps.items.empty()) {
    out << "There are no apps yet. Make one with: wh apps create NAME --git URL --deploy\n";
  } else {
    out << table.render(session.terminal, 1);
  }
  const auto lines = worries(apps.items, workers ? workers->items : std::vector<WorkerView>{});
  if (!lines.empty()) out << "\nNeeds somebody:\n";
  for (const auto& line : lines) out << "  " << AnsiFilter(false).feed(line) << "\n";
  co_return kOk;
}

async::Task<Outcome> open_in_browser(Session& session, std::string app, bool print_only) {
  std::string url = session.api->server() + "/";
  if (!app.empty()) {
    CO_TRY_ASSIGN(const auto view, co_await session.api->get_as<AppView>(session.app_path(app)));
    url = view.url;
  }
  session.out() << (session.json ? json::encode(AddressDocument{url}) : url) << "\n";
  if (print_only || session.json || !session.terminal.out_is_terminal) co_return kOk;
  if (!start_browser(session, url)) session.say("No browser could be started; open the address by hand.\n");
  co_return kOk;
}

async::Task<Outcome> follow_events(Session& session, Events options) {
  CO_TRY_ASSIGN(const auto apps, co_await list<AppView>(session, session.org_path("/apps")));
  std::map<std::string, std::string> names;
  for (const auto& app : apps.items) names.emplace(app.id, app.name);
  std::string wanted;
  if (!options.app.empty()) {
    CO_TRY_ASSIGN(const auto view, co_await session.api->get_as<AppView>(session.app_path(options.app)));
    wanted = view.id;
  }
  auto printer = std::make_shared<ChangePrinter>(session, std::move(options), std::move(names), std::move(wanted));
  const auto take = [printer](const Event& event) { return printer->take(event); };
  CO_TRY_CHECK(co_await session.api->follow(session.org_path("/feed"), take));
  co_return kOk;
}

}  // namespace cli

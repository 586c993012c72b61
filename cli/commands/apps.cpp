#include <istream>

#include "cli/ansi_filter.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/sign_in.hpp"
#include "cli/progress.hpp"

namespace cli {
namespace {

struct CreateSource {
  std::string git_url;
  std::optional<std::string> branch;
  std::optional<std::string> containerfile;
  std::optional<std::string> static_directory;
  std::optional<CommandOptions> commands;
  template <class F>
  void map(F& f) {
    f.required("git_url", git_url);
    f.optional("branch", branch);
    f.optional("containerfile", containerfile);
    f.optional("static_directory", static_directory);
    f.optional("commands", commands);
  }
};
struct CreateBody {
  std::string name;
  CreateSource source;
  std::optional<std::string> health_path;
  std::optional<int> port;
  bool deploy{false};
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("source", source);
    f.optional("health_path", health_path);
    f.optional("port", port);
    f.required("deploy", deploy);
  }
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// "3 releases, 2 variables"
std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void print_deletion(const Session& session, const DeletionView& goes, bool now) {
  const std::string rest = counted(goes.deployments, "deployment") + ", " + counted(goes.releases, "release") +
                           " with their images, " + counted(goes.variables, "variable") +
                           ", all logs, its name and its address " + goes.url;
  auto& err = session.terminal.err;
  err << "This deletes " << goes.app << ": " << counted(goes.replicas, "replica") << " at once; ";
  if (now) {
    err << "then, for good, " << rest << ".\n";
    return;
  }
  err << "after " << goes.undo_hours << " hours also " << rest << ".\nUntil then it can be brought back: wh undo "
      << goes.app << "\n";
}

std::string release_text(const AppView& app) {
  if (!app.current_release) return "-";
  std::string text = std::to_string(app.current_release->number);
  if (app.current_release->commit) text += " (" + shorten(*app.current_release->commit) + ")";
  return text;
}

/// A label and a command, its further lines below the first.
std::string command_text(const std::string& label, const std::string& command) {
  std::string text = "\n  " + label;
  for (const char c : command) text += c == '\n' ? std::string("\n            ") : std::string(1, c);
  return text;
}

std::string commands_text(const text::BuildCommands& commands) {
  std::string text = command_text("Image     ", commands.image);
  if (commands.install_command) text += command_text("Install   ", *commands.install_command);
  if (commands.build_command) text += command_text("Build     ", *commands.build_command);
  return text + command_text("Start     ", commands.start_command);
}

void print_app(const Session& session, const AppView& app) {
  const auto& terminal = session.terminal;
  auto& out = session.out();
  out << terminal.paint(app.name, Tone::strong) << "  " << terminal.paint(app.state, tone_of(app.state)) << "\n";
  out << "  URL       " << app.url << "\n";
  out << "  Source    ";
  if (app.source.git_url == kNoRepository) {
    out << "folders that are sent: wh deploy " << app.name << " --folder DIR";
  } else {
    out << app.source.git_url << "  branch " << app.source.branch;
  }
  if (app.source.containerfile) out << "  " << *app.source.containerfile;
  if (app.source.static_directory) out << "  files of " << *app.source.static_directory;
  if (app.source.commands) out << commands_text(*app.source.commands);
  out << "\n  Listens   port " << app.port << ", health check "
      << (app.health_path.empty() ? "a connection" : app.health_path) << "\n";
  out << "  Release   " << release_text(app) << "\n";
  out << "  Replicas  " << app.desired_replicas;
  if (app.limits) {
    out << ", each with " << app.limits->cpu_millis << " thousandths of a processor, "
        << (app.limits->memory_bytes >> 20U) << " MiB of memory";
  }
  out << "\n";
  if (app.request_limit.per_minute > 0) {
    out << "  Requests  " << app.request_limit.per_minute << " a minute of one address, " << app.request_limit.burst
        << " at once\n";
  }
  if (app.latest_deployment) {
    const auto& latest = *app.latest_deployment;
    out << "  Latest    deployment " << latest.number << " " << terminal.paint(latest.state, tone_of(latest.state))
        << ", " << format_age(latest.created_at, session.clock.utc_now()) << "\n";
    if (!latest.status_text.empty()) out << "            " << latest.status_text << "\n";
  }
  for (const auto& warning : app.warnings) {
    out << "  " << terminal.paint("Warning", Tone::bad) << "   " << AnsiFilter(false).feed(warning) << "\n";
  }
  if (app.staged_changes > 0) {
    out << "  Staged    " << app.staged_changes << " variable(s) wait for: wh env " << app.name << " apply\n";
  }
  if (!app.staged_settings.empty()) {
    out << "  Staged    " << joined(app.staged_settings) << ": wh env " << app.name << " apply\n";
  }
  if (app.automatic_deploys_paused) {
    out << "  Automatic deploys are paused since the rollback. To go on: wh resume " << app.name << "\n";
  }
  if (app.erased_at) {
    out << "  Deleted; it is erased at " << base::format_utc(*app.erased_at) << ". To bring it back: wh undo "
        << app.name << "\n";
  }
}

}  // namespace

async::Task<Outcome> list_apps(Session& session) {
  CO_TRY_ASSIGN(const auto apps, co_await list<AppView>(session, session.org_path("/apps")));
  if (session.json) {
    session.out() << apps.json << "\n";
    co_return kOk;
  }
  if (apps.items.empty()) {
    session.say("There are no apps yet. Make one with: wh apps create NAME --git URL --deploy\n");
    co_return kOk;
  }
  Table table({"NAME", "STATE", "RELEASE", "URL"});
  for (const auto& app : apps.items) table.row({app.name, app.state, release_text(app), app.url});
  session.show(table, 1);
  co_return kOk;
}

async::Task<Outcome> show_app(Session& session, std::string app) {
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get(session.app_path(app)));
  if (session.json) {
    session.out() << body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto view, Api::read<AppView>(body));
  if (session.only(view.url)) co_return kOk;
  print_app(session, view);
  co_return kOk;
}

async::Task<Outcome> create_app(Session& session, CreateApp options) {
  if (options.commands.any() && (!options.commands.image || !options.commands.start_command)) {
    co_return usage_error("An app that is built from commands needs both --image and --start-command.");
  }
  if (!options.git_url && options.deploy) {
    co_return usage_error(
        "Without a repository there is nothing to deploy yet. Leave --deploy away, then send a folder: "
        "wh deploy " +
        options.name + " --folder DIR");
  }
  CreateBody body;
  body.name = options.name;
  body.source.git_url = options.git_url.value_or(kNoRepository);
  body.source.branch = options.branch;
  body.source.containerfile = options.containerfile;
  body.source.static_directory = options.static_directory;
  if (options.commands.any()) body.source.commands = options.commands;
  body.health_path = options.health_path;
  body.port = options.port;
  body.deploy = options.deploy;
  CO_TRY_ASSIGN(const auto created, co_await session.api->call("POST", session.org_path("/apps"), json::encode(body)));
  CO_TRY_ASSIGN(const auto app, Api::read<AppView>(created.body));
  const bool follow = options.deploy && options.wait && app.latest_deployment;
  if (session.json && !follow) session.out() << created.body << "\n";
  session.say("Made " + app.name + ". Its address will be " + app.url + "\n");
  if (follow) co_return co_await follow_deployment(session, *app.latest_deployment);
  if (!session.json) session.only(app.url);
  if (!options.deploy) {
    session.say((options.git_url ? "Deploy it with: wh deploy " + app.name
                                 : "Send its folder with: wh deploy " + app.name + " --folder DIR") +
                "\n");
  }
  co_return kOk;
}

async::Task<Outcome> delete_app(Session& session, std::string app, bool yes, bool now) {
  CO_TRY_ASSIGN(const auto view, co_await session.api->get_as<AppView>(session.app_path(app)));
  CO_TRY_ASSIGN(const auto goes, co_await session.api->get_as<DeletionView>(session.app_path(view.name, "/deletion")));
  if (!session.json && !(session.quiet && yes)) print_deletion(session, goes, now);
  if (!yes) {
    session.terminal.err << "Type the name of the app to delete it: " << std::flush;
    std::string typed;
    std::getline(session.terminal.in, typed);
    if (typed != view.name) {
      co_return base::fail(base::ErrorKind::conflict, "cli.not_confirmed",
                           "Nothing was deleted: that is not its name.");
    }
  }
  CO_TRY_ASSIGN(const auto answer,
                co_await call_proved(session, "DELETE", session.app_path(view.name, now ? "?now=true" : "")));
  session.done(answer.body, "Deleted " + view.name +
                                (now ? " for good.\n"
                                     : ". To bring it back within " + std::to_string(goes.undo_hours) +
                                           " hours: wh undo " + view.name + "\n"));
  co_return kOk;
}

async::Task<Outcome> switch_app(Session& session, std::string app, std::string action) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", session.app_path(app, "/" + action)));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto view, Api::read<AppView>(answer.body));
  session.say((action == "stop" ? "Stopping " : "Starting ") + view.name + ". See how it goes: wh ps " + view.name +
              "\n");
  co_return kOk;
}

}  // namespace cli

#include "cli/grammar/grammar.hpp"

namespace cli::grammar {
namespace {

void add_source_options(CLI::App& command, Settings& into) {
  command.add_option("--git", into.git_url, "Address of the repository")->type_name("URL");
  command.add_option("--branch", into.branch, "Branch that is deployed")->type_name("BRANCH");
  command.add_option("--containerfile", into.containerfile, "Containerfile in the repository; '' to find it by itself")
      ->type_name("PATH");
  command
      .add_option("--static", into.static_directory,
                  "Folder whose files are served as they are, without a Containerfile; '' to end that")
      ->type_name("DIR");
  add_command_options(command, into.commands);
  command.add_option("--port", into.port, "Port that the app listens on")
      ->check(CLI::Range(1, 65'535))
      ->type_name("PORT");
  command
      .add_option("--health-path", into.health_path,
                  "Path that answers below 500 when healthy; '' where a connection will do")
      ->type_name("PATH");
}

void add_limit_options(CLI::App& command, Scale& into) {
  command.add_option("--replicas", into.replicas, "How many, 0 to 100")->check(CLI::Range(0, 100))->type_name("N");
  command.add_option("--cpu", into.cpu_millis, "Thousandths of a processor for each replica, at least 50")
      ->type_name("MILLIS");
  command.add_option("--memory", into.memory_mib, "Memory of each replica in MiB, at least 32")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("MIB");
  command.add_option("--pids", into.pids, "Processes and threads of each replica, at least 16")->type_name("N");
  command.add_option("--disk", into.disk_mib, "MiB that each replica may write outside its volumes, at least 16")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("MIB");
  // Not a flag of the parser's own, which says false where nothing was said.
  command.add_flag_callback(
      "--read-only", [&into] { into.read_only = true; }, "A replica writes to its volumes and to /tmp only");
  command.add_flag_callback("--writable", [&into] { into.read_only = false; }, "It may write anywhere again");
}

void add_request_options(CLI::App& command, Settings& into) {
  command
      .add_option("--requests", into.requests_per_minute,
                  "Requests a minute that one address may make, at once at the edge; 0 for no limit")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("N");
  command.add_option("--burst", into.request_burst, "Of those, how many at once after a pause (100)")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
}

}  // namespace

void add_command_options(CLI::App& command, CommandOptions& into) {
  command
      .add_option("--image", into.image,
                  "Build without a Containerfile, by commands in this image; '' to build a Containerfile again")
      ->type_name("IMAGE");
  command
      .add_option("--install-command", into.install_command,
                  "With --image: brings what the source needs, at build time; '' for none")
      ->type_name("COMMAND");
  command.add_option("--build-command", into.build_command, "With --image: run after it, at build time; '' for none")
      ->type_name("COMMAND");
  command
      .add_option("--start-command", into.start_command, "With --image: what each replica runs; it listens on $PORT")
      ->type_name("COMMAND");
}

void add_settings(Grammar& g) {
  auto& w = g.words();
  auto* settings = g.add("settings", "Show or change an app's source, health check and resources",
                         "wh settings hello\n  wh settings hello --branch next --health-path /healthz --memory 512",
                         [&w](Session& session) {
                           auto wanted = w.settings;
                           wanted.app = w.app;
                           return change_settings(session, std::move(wanted));
                         });
  g.needs_app(settings);
  add_source_options(*settings, w.settings);
  add_limit_options(*settings, w.settings.scale);
  add_request_options(*settings, w.settings);
}

void add_app_environments(Grammar& g, CLI::App& apps) {
  auto& w = g.words();
  auto* all =
      g.add(apps, "environments", "Show where an app runs, with the address of each", "wh apps environments hello",
            [&w](Session& session) { return list_app_environments(session, w.app); });
  g.needs_app(all);
  auto* add = g.add(apps, "add-environment", "Put an app into another environment of its project",
                    "wh apps add-environment hello staging --branch next",
                    [&w](Session& session) { return add_app_environment(session, w.app, w.id, w.create.branch); });
  g.needs_app(add);
  g.needs(add, "environment", w.id, "Its name; make one with wh projects create-environment", "ENVIRONMENT");
  add->add_option("--branch", w.create.branch, "Branch to deploy there (as the environment says, else production's)")
      ->type_name("BRANCH");
}

}  // namespace cli::grammar

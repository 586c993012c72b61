#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_looking(Grammar& g) {
  auto& w = g.words();
  auto* log = g.add("logs", "Show what an app prints, or its build log",
                    "wh logs hello -f --since 10m --tail 100\n  wh logs hello --build", [&w](Session& session) {
                      auto options = w.logs;
                      options.app = w.app;
                      return logs(session, std::move(options));
                    });
  g.needs_app(log);
  log->add_flag("-f,--follow", w.logs.follow, "Go on as it is written");
  log->add_option("--tail", w.logs.tail, "Begin with so many last lines (200; with --since all)")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N");
  log->add_option("--since", w.logs.since, "Only what was printed since: 90s, 10m, 2h, 3d, or a time")
      ->type_name("TIME");
  log->add_option("--replica", w.logs.replica, "Only this replica: its index or its id")->type_name("REPLICA");
  log->add_option("--grep", w.logs.grep, "Only lines that contain this text")->type_name("TEXT");
  log->add_flag("--timestamps", w.logs.timestamps, "Begin each line with its time");
  auto* build = log->add_option("--build", w.logs.deployment, "The build log of the latest or of this deployment");
  build->expected(0, 1)->type_name("DEPLOYMENT")->each([&w](const std::string&) { w.logs.build = true; });
  log->parse_complete_callback([&w, build] { w.logs.build = build->count() > 0; });
  auto* replicas = g.add("ps", "Show the replicas of an app", "wh ps hello --watch",
                         [&w](Session& session) { return list_replicas(session, w.app); });
  g.needs_app(replicas);
  g.may_watch(replicas);
  auto* metrics = g.add("metrics", "Show what the replicas of an app, or the workers, use",
                        "wh metrics hello --watch\n  wh metrics",
                        [&w](Session& session) { return show_metrics(session, w.app, w.since); });
  metrics->add_option("app", w.app, "Name or id of the app; without one, the workers")->type_name("APP");
  metrics->add_option("--since", w.since, "Peaks of this long: 90s, 10m; at most 15m, which is the default")
      ->type_name("TIME");
  g.may_watch(metrics);
  g.may_watch(
      g.add("workers", "List the machines", "wh workers", [](Session& session) { return list_workers(session); }));
}

}  // namespace cli::grammar

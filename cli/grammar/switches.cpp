#include "cli/grammar/grammar.hpp"

namespace cli::grammar {
namespace {

void add_scale(Grammar& g) {
  auto& w = g.words();
  auto* scaling = g.add("scale", "Set how many replicas an app has, and what each may use",
                        "wh scale hello 3\n  wh scale hello --cpu 500 --memory 256", [&w](Session& session) {
                          auto options = w.scale;
                          options.app = w.app;
                          return scale(session, std::move(options));
                        });
  g.needs_app(scaling);
  scaling->add_option("replicas", w.scale.replicas, "How many, 0 to 100")->check(CLI::Range(0, 100))->type_name("N");
  scaling->add_option("--cpu", w.scale.cpu_millis, "Thousandths of a processor for each, at least 50")
      ->type_name("MILLIS");
  scaling->add_option("--memory", w.scale.memory_mib, "Memory of each in MiB, at least 32")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("MIB");
  scaling->add_option("--pids", w.scale.pids, "Processes and threads of each, at least 16")->type_name("N");
}

}  // namespace

void add_switches(Grammar& g) {
  auto& w = g.words();
  g.needs_app(g.add("stop", "Stop an app; its address answers 503", "wh stop hello",
                    [&w](Session& session) { return switch_app(session, w.app, "stop"); }));
  g.needs_app(g.add("start", "Start a stopped app", "wh start hello",
                    [&w](Session& session) { return switch_app(session, w.app, "start"); }));
  add_scale(g);
  g.needs_app(g.add("resume", "Let automatic deploys go on after a rollback", "wh resume hello",
                    [&w](Session& session) { return resume_automatic_deploys(session, w.app); }));
  g.needs_app(g.add("undo", "Bring a deleted app back, within 24 hours", "wh undo hello",
                    [&w](Session& session) { return undo_deletion(session, w.app); }));
  auto* del = g.add("delete", "Delete an app; for 24 hours wh undo brings it back", "wh delete hello",
                    [&w](Session& session) { return delete_app(session, w.app, w.yes, w.now); });
  g.needs_app(del);
  del->add_flag("--yes", w.yes, "Do not ask");
  del->add_flag("--now", w.now, "For good: it cannot be brought back");
}

}  // namespace cli::grammar

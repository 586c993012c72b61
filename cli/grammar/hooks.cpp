#include "cli/commands/hooks.hpp"

#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_hooks(Grammar& g) {
  auto& w = g.words();
  auto* hooks = g.add("hooks", "Secret addresses that deploy an app when a program calls them",
                      "wh hooks create hello ci\n  wh hooks list hello\n  wh hooks delete hello ci",
                      [&w](Session& session) { return list_hooks(session, w.app); });
  hooks->require_subcommand(1);
  g.needs_app(g.add(*hooks, "list", "Which addresses deploy an app, and when each was used", "wh hooks list hello",
                    [&w](Session& session) { return list_hooks(session, w.app); }));
  auto* create = g.add(*hooks, "create", "Make an address that deploys an app; it is shown once",
                       "wh hooks create hello ci --days 90",
                       [&w](Session& session) { return create_hook(session, w.app, w.hook); });
  g.needs_app(create);
  g.needs(create, "name", w.hook.name, "Who calls it, such as the pipeline's name", "NAME");
  create->add_option("--days", w.hook.days, "How long it works: 1 to 366 (until it is revoked)")
      ->check(CLI::Range(1, 366))
      ->type_name("DAYS");
  auto* remove =
      g.add(*hooks, "delete", "Revoke an address: it opens nothing any more, at once", "wh hooks delete hello ci",
            [&w](Session& session) { return delete_hook(session, w.app, w.id); });
  g.needs_app(remove);
  g.needs(remove, "hook", w.id, "Its name, first letters, id or address", "HOOK");
}

}  // namespace cli::grammar

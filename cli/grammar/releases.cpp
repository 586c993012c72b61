#include "cli/commands/releases.hpp"

#include "cli/grammar/grammar.hpp"

namespace cli::grammar {
namespace {

void needs_release(Grammar& g, CLI::App* command) {
  g.needs_app(command);
  command->add_option("release", g.words().release, "Number of the release: wh releases APP")
      ->required()
      ->type_name("N")
      ->check(CLI::PositiveNumber);
}

}  // namespace

void add_releases(Grammar& g) {
  auto& w = g.words();
  auto* all = g.add("releases", "List what an app can go back to, the newest first", "wh releases hello",
                    [&w](Session& session) { return list_releases(session, w.app, w.limit); });
  g.needs_app(all);
  g.may_watch(all);
  all->add_option("-n,--limit", w.limit, "At most so many (20)")->check(CLI::Range(1, 10'000))->type_name("N");
  needs_release(g, g.add("pin", "Keep the image of a release whatever its age", "wh pin hello 3",
                         [&w](Session& session) { return pin_release(session, w.app, *w.release, true); }));
  needs_release(g, g.add("unpin", "Let the image of a release go its way again", "wh unpin hello 3",
                         [&w](Session& session) { return pin_release(session, w.app, *w.release, false); }));
  auto* again = g.add(
      "redeploy", "Deploy the same commit, or the same folder, once more", "wh redeploy hello/3",
      [&w](Session& session) { return redeploy(session, w.deployment, !w.no_wait); }, kGoesOn);
  g.needs_deployment(again);
  g.may_not_wait(again);
}

}  // namespace cli::grammar

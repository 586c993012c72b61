#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_deploys(Grammar& g) {
  auto& w = g.words();
  auto* deploys = g.add(
      "deploy", "Deploy an app, or the folder where you are, and watch it go live",
      "wh deploy\n  wh deploy hello --branch main\n  wh deploy hello --folder ./site\n  wh deploy --static dist",
      [&w](Session& session) {
        auto options = w.deploy;
        options.app = w.app;
        options.wait = !w.no_wait;
        return deploy(session, std::move(options));
      },
      kGoesOn);
  deploys->add_option("app", w.app, "Name or id of the app; without it the folder's name, made when it is new")
      ->type_name("APP");
  deploys
      ->add_option("-f,--folder", w.deploy.folder,
                   "Send this folder, without what its .gitignore and .dockerignore leave out")
      ->type_name("FOLDER");
  deploys
      ->add_option("--static", w.deploy.static_directory,
                   "Of a new app: serve the files of this folder beneath it as they are; . for all")
      ->type_name("DIR");
  deploys->add_option("--commit", w.deploy.commit, "Whole id of a commit")->type_name("COMMIT");
  deploys->add_option("--branch", w.deploy.branch, "Another branch than the app's, this time")->type_name("BRANCH");
  deploys
      ->add_option("-e,--environment", w.deploy.environment,
                   "Another environment than production; other commands name it APP@ENVIRONMENT")
      ->type_name("ENVIRONMENT");
  g.may_not_wait(deploys);
  auto* back = g.add(
      "rollback", "Go back to an earlier release without building", "wh rollback hello --to 3",
      [&w](Session& session) { return rollback(session, w.app, w.release, !w.no_wait); }, kGoesOn);
  g.needs_app(back);
  back->add_option("--to", w.release, "Number of the release (the one before)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  g.may_not_wait(back);
  auto* again = g.add(
      "restart", "Start the replicas anew, with staged changes", "wh restart hello",
      [&w](Session& session) { return restart(session, w.app, !w.no_wait); }, kGoesOn);
  g.needs_app(again);
  g.may_not_wait(again);
  auto* all = g.add("deployments", "List deployments, the newest first: of one app, or of all", "wh deployments hello",
                    [&w](Session& session) { return list_deployments(session, w.app, w.limit); });
  all->add_option("app", w.app, "Name or id of the app; without one, of all apps")->type_name("APP");
  g.may_watch(all);
  all->add_option("-n,--limit", w.limit, "At most so many (20)")->check(CLI::Range(1, 10'000))->type_name("N");
  auto* one = g.root().add_subcommand("deployment", "Show or cancel one deployment");
  one->fallthrough();
  one->require_subcommand(1);
  auto* shown = g.add(*one, "show", "Show a deployment", "wh deployment show hello/3",
                      [&w](Session& session) { return show_deployment(session, w.deployment); });
  g.needs_deployment(shown);
  g.may_watch(shown);
  const Command cancel = [&w](Session& session) { return cancel_deployment(session, w.deployment); };
  g.needs_deployment(g.add(*one, "cancel", "Cancel a deployment", "wh deployment cancel hello", cancel));
  g.needs_deployment(g.add("cancel", "Cancel a deployment", "wh cancel hello", cancel));
}

}  // namespace cli::grammar

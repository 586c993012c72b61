#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_apps(Grammar& g) {
  auto& w = g.words();
  auto* apps =
      g.add("apps", "List, make and show apps", "wh apps", [](Session& session) { return list_apps(session); });
  apps->require_subcommand(0, 1);
  g.may_watch(apps);
  g.add(*apps, "list", "List apps", "wh apps list", [](Session& session) { return list_apps(session); });
  auto* show = g.add(*apps, "show", "Show one app", "wh apps show hello",
                     [&w](Session& session) { return show_app(session, w.app); });
  g.needs_app(show);
  auto* create = g.add(
      *apps, "create", "Make an app, of a git repository or of folders that are sent",
      "wh apps create hello --git https://example.com/me/hello.git --branch main --deploy\n"
      "  wh apps create shop\n"
      "  wh apps create site --git https://example.com/me/site.git --static dist --deploy\n"
      "  wh apps create web --git https://example.com/me/web.git --image node:22 --install-command 'npm ci' "
      "--start-command 'npm start'",
      [&w](Session& session) {
        auto options = w.create;
        options.wait = !w.no_wait;
        return create_app(session, std::move(options));
      },
      "If the app was made, its deployment goes on. Look with: wh apps");
  create->add_option("name", w.create.name, "Lower-case letters, digits and dashes, at most 40")
      ->required()
      ->type_name("NAME");
  create
      ->add_option("--git", w.create.git_url,
                   "Address of the repository; without it: wh deploy NAME --folder DIR sends what is built")
      ->type_name("URL");
  create->add_option("--branch", w.create.branch, "Branch to deploy (main)")->type_name("BRANCH");
  create->add_option("--containerfile", w.create.containerfile, "Containerfile in the repository")->type_name("FILE");
  create
      ->add_option("--static", w.create.static_directory,
                   "Serve the files of this folder as they are, without a Containerfile; . for all")
      ->type_name("DIR");
  add_command_options(*create, w.create.commands);
  create->add_option("--port", w.create.port, "Port that the app listens on (8080)")->type_name("PORT");
  create
      ->add_option("--health-path", w.create.health_path,
                   "Path that answers below 500 when healthy (/); '' where a connection will do")
      ->type_name("PATH");
  create->add_flag("--deploy", w.create.deploy, "Deploy it at once");
  g.may_not_wait(create);
  add_app_environments(g, *apps);
}

}  // namespace cli::grammar

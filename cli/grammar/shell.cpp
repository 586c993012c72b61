#include "cli/commands/shell.hpp"

#include "cli/commands/status.hpp"
#include "cli/grammar/grammar.hpp"

namespace cli::grammar {
namespace {

void add_contexts(Grammar& g) {
  auto& w = g.words();
  auto* context =
      g.add("context", "List, choose, add and remove sign-ins at several servers",
            "wh context\n  wh context add staging --server https://wh.example.com\n  wh context use staging\n"
            "  wh --context staging apps",
            [](Session& session) { return list_contexts(session); });
  context->require_subcommand(0, 1);
  g.signs_in(context, Invocation::SignIn::none);
  g.add(*context, "list", "List them; the one in use has a star", "wh context list",
        [](Session& session) { return list_contexts(session); });
  auto* use = g.add(*context, "use", "Make later commands about this one", "wh context use staging",
                    [&w](Session& session) { return use_context(session, w.name); });
  g.needs(use, "name", w.name, "Of the context", "CONTEXT");
  auto* add = g.add(*context, "add", "Sign in at another server and use it",
                    "wh context add staging --server https://wh.example.com", [&w](Session& session) {
                      auto options = w.login;
                      options.server = w.invocation.server;
                      return add_context(session, w.name, std::move(options));
                    });
  g.needs(add, "name", w.name, "Of the new context", "NAME");
  add->add_option("link", w.login.link, "Setup link or wh_pat_ token, or - to read it from standard input")
      ->type_name("SETUP_LINK");
  auto* remove = g.add(*context, "remove", "Sign out there and forget it", "wh context remove staging",
                       [&w](Session& session) { return remove_context(session, w.name); });
  g.needs(remove, "name", w.name, "Of the context", "CONTEXT");
}

void add_status(Grammar& g) {
  auto& w = g.words();
  auto* status =
      g.add("status", "Is everything well? All apps, or one with its replicas and deployments",
            "wh status\n  wh status hello --watch", [&w](Session& session) { return show_status(session, w.app); });
  status->add_option("app", w.app, "Name or id of the app")->type_name("APP");
  g.may_watch(status);
  auto* open = g.add("open", "Show an app, or the dashboard, in the browser", "wh open hello",
                     [&w](Session& session) { return open_in_browser(session, w.app, w.print_only); });
  open->add_option("app", w.app, "Name or id of the app")->type_name("APP");
  open->add_flag("--print", w.print_only, "Print the address only");
  auto* events =
      g.add("events", "Everything that changes, as it happens", "wh events hello --kind deployment.",
            [&w](Session& session) { return follow_events(session, Events{w.app, w.kind, w.events_limit}); });
  events->add_option("app", w.app, "Only of this app")->type_name("APP");
  events->add_option("--kind", w.kind, "Only kinds that begin so")->type_name("KIND");
  events->add_option("-n,--limit", w.events_limit, "End after so many")->check(CLI::PositiveNumber)->type_name("N");
}

}  // namespace

void add_shell(Grammar& g) {
  auto& w = g.words();
  add_status(g);
  add_contexts(g);
  auto* completion = g.add("completion", "Print what makes a shell complete wh's words",
                           "source <(wh completion bash)\n  wh completion fish | source",
                           [&w](Session& session) { return print_completion(session, w.shell); });
  g.needs(completion, "shell", w.shell, "Which shell", "bash|zsh|fish");
  g.signs_in(completion, Invocation::SignIn::none);
  auto* man = g.add("man", "Print a page of the manual, or write all of them",
                    "wh man deploy | man -l -\n  wh man --to /usr/local/share/man/man1",
                    [&w](Session& session) { return print_manual(session, w.name, w.folder); });
  man->add_option("command", w.name, "Its page; without it that of wh")->type_name("COMMAND");
  man->add_option("--to", w.folder, "Write every page as a file there")->type_name("FOLDER");
  g.signs_in(man, Invocation::SignIn::none);
}

}  // namespace cli::grammar

#include <algorithm>
#include <array>
#include <map>

#include "cli/grammar/grammar.hpp"

namespace cli::grammar {

void add_variables(Grammar& g) {
  auto& w = g.words();
  auto* env =
      g.add("env", "List, set, unset, pull and push variables of an app, or of what it inherits from",
            "wh env hello list --inherited\n  wh env hello set GREETING=hi\n  wh env hello set KEY=- < key.txt\n"
            "  wh env hello set URL='${db.url}' --expand\n  wh env hello unset KEY\n"
            "  wh env hello push .env --dry-run\n  wh env hello pull .env\n  wh env hello diff\n"
            "  wh env hello reveal KEY\n  wh env hello apply\n  wh env list --organization",
            nullptr, kGoesOn);
  env->add_option("app", w.app, "Name or id of the app; none with --organization, --project or --environment")
      ->required()
      ->type_name("APP");
  env->add_option("action", w.action, "list, set, unset, pull, push, diff, reveal, or apply what is staged")
      ->type_name("list|set|unset|pull|push|diff|reveal|apply");
  env->add_option("words", w.rest, "NAME=value to set, NAME to unset or reveal, FILE to pull to or push")
      ->type_name("WORDS");
  env->add_flag("--organization", w.place.organization, "Variables of the organization");
  env->add_option("--project", w.place.project, "Variables of a project")->type_name("PROJECT");
  env->add_option("--environment", w.place.environment, "Variables of an environment")
      ->type_name("PROJECT/ENVIRONMENT");
  env->add_flag("--inherited", w.inherited, "List also what the app inherits");
  env->add_flag("--build", w.build, "It is meant for builds too");
  env->add_flag("--no-run", w.no_run, "What runs does not get it");
  env->add_flag("--expand", w.set.expand, "${NAME} and ${service.name} in the value refer to other values");
  env->add_flag("--replace", w.push.replace, "What is not in the file is removed");
  env->add_flag("--dry-run", w.push.dry_run, "Say what would change, and change nothing");
  g.may_not_wait(env);
}

namespace {

bool is_action(const std::string& word) {
  static constexpr std::array<std::string_view, 8> kActions{"list", "set",  "unset",  "pull",
                                                            "push", "diff", "reveal", "apply"};
  return std::ranges::find(kActions, word) != kActions.end();
}

}  // namespace

std::optional<ParseEnd> choose_environment_command(Grammar& g) {
  auto& w = g.words();
  auto& place = w.place;
  const bool shared = place.organization || !place.project.empty() || !place.environment.empty();
  if (shared) {
    // There is no app: what stands in its place is the action.
    if (w.action != "list" || !w.rest.empty()) w.rest.insert(w.rest.begin(), w.action);
    w.action = w.app;
    w.app.clear();
  } else if (is_action(w.app) && !is_action(w.action)) {
    std::swap(w.app, w.action);  // wh env set hello A=1
  }
  place.app = w.app;
  if (w.build) w.set.build_time = true;
  if (w.no_run) w.set.run_time = false;
  const auto file = w.rest.empty() ? std::string() : w.rest.front();
  const std::map<std::string, Command> commands{
      {"apply", [&w](Session& session) { return apply_staged(session, w.app, !w.no_wait); }},
      {"diff", [&w](Session& session) { return show_staged(session, w.app); }},
      {"list", [&w](Session& session) { return list_variables(session, w.place, w.inherited); }},
      {"set", [&w](Session& session) { return set_variables(session, w.place, w.rest, w.set); }},
      {"unset", [&w](Session& session) { return unset_variables(session, w.place, w.rest); }},
      {"reveal", [&w](Session& session) { return reveal_variables(session, w.place, w.rest); }},
      {"pull", [&w, file](Session& session) { return pull_variables(session, w.place, file.empty() ? "-" : file); }},
      {"push", [&w, file](Session& session) {
         auto push = w.push;
         push.file = file.empty() ? ".env" : file;
         return push_variables(session, w.place, push);
       }}};
  const auto chosen = commands.find(w.action);
  const bool of_app_only = w.action == "apply" || w.action == "diff";
  if (chosen == commands.end() || (shared && of_app_only)) {
    return ParseEnd{2, "",
                    "wh: env has no action \"" + w.action +
                        "\" here: list, set, unset, pull, push, diff, reveal or apply.\n"
                        "How it is typed: wh env --help\n"};
  }
  // Only applying is something that goes on when nobody watches.
  if (w.action != "apply") w.invocation.when_interrupted.clear();
  w.invocation.command = chosen->second;
  return std::nullopt;
}

}  // namespace cli::grammar

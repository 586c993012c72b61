#include "cli/parse.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>

#include "cli/commands/commands.hpp"
#include "cli/parse_organizations.hpp"
#include "cli/suggest.hpp"

namespace cli {
namespace {

/// Where CLI11 puts what it reads. Shared with the command, which copies what it needs.
struct Words {
  Invocation invocation;
  Login login;
  CreateApp create;
  Deploy deploy;
  Logs logs;
  Scale scale;
  Place place;
  SetFlags set;
  Push push;
  OrganizationWords organizations;
  AuditQuery audit;
  VerifyAudit verify;
  bool inherited{false};
  bool build{false};
  bool no_run{false};
  std::string file;
  std::string app;
  std::string deployment;
  std::string action{"list"};
  std::vector<std::string> rest;
  std::optional<int> release;
  std::size_t limit{20};
  bool yes{false};
  bool now{false};
  bool no_wait{false};
};

using Command = std::function<async::Task<Outcome>(Session&)>;

class Grammar {
 public:
  Grammar() : root_("wh, the command line of WiseHosting", "wh") {
    root_.set_version_flag("--version", "wh " WH_VERSION);
    root_.add_flag("--json", words_.invocation.json, "Print the answer of the API as JSON");
    root_.add_flag("-q,--quiet", words_.invocation.quiet, "Print results only");
    root_.add_option("--server", words_.invocation.server, "Address of the control plane")->type_name("URL");
    root_.require_subcommand(1);
    root_.footer(
        "Examples:\n"
        "  wh login 'http://localhost:7070/setup#…'\n"
        "  wh apps create hello --git https://example.com/me/hello.git --deploy\n"
        "  wh deploy hello\n"
        "  wh logs hello -f\n"
        "Exit codes: 0 done, 1 failed, 2 typed wrongly, 3 not signed in, 4 not found, 5 server not reachable.");
    add_session();
    add_apps();
    add_deploys();
    add_deployments();
    add_looking();
    add_variables();
    add_audit();
    add_switches();
    add_organization_commands(
        root_, words_.organizations,
        [this](CLI::App& parent, const std::string& name, const std::string& what, const std::string& example,
               Command command) { return add(parent, name, what, example, std::move(command)); });
  }

  std::expected<Invocation, ParseEnd> read(std::vector<std::string> words) {
    if (words.empty()) return std::unexpected(ParseEnd{2, "", root_.help()});
    if (auto typo = unknown_command(words)) return std::unexpected(std::move(*typo));
    std::ranges::reverse(words);  // CLI11 takes them from the back
    try {
      root_.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
      return std::unexpected(ended(error));
    }
    if (const auto* chosen = root_.get_subcommands().front(); chosen->get_name() == "env") {
      if (auto wrong = set_environment_command()) return std::unexpected(std::move(*wrong));
    }
    return words_.invocation;
  }

 private:
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example,
                Command command, const std::string& when_interrupted = "") {
    auto* sub = parent.add_subcommand(name, what);
    sub->fallthrough();
    if (!example.empty()) sub->footer("Example:\n  " + example);
    sub->callback([this, sub, command = std::move(command), when_interrupted] {
      if (!sub->get_subcommands().empty()) return;
      words_.invocation.command = command;
      words_.invocation.when_interrupted = when_interrupted;
    });
    return sub;
  }
  void needs_app(CLI::App* sub) {
    sub->add_option("app", words_.app, "Name or id of the app")->required()->type_name("APP");
  }
  void needs_deployment(CLI::App* sub) {
    sub->add_option("deployment", words_.deployment, "Id, APP/NUMBER, or APP for its latest")
        ->required()
        ->type_name("DEPLOYMENT");
  }
  void may_not_wait(CLI::App* sub) { sub->add_flag("--no-wait", words_.no_wait, "Do not wait until it is live"); }

  void add_session();
  void add_apps();
  void add_deploys();
  void add_deployments();
  void add_looking();
  void add_variables();
  void add_switches();
  void add_scale();
  void add_audit();
  /// Nothing, or what is wrong with the words.
  std::optional<ParseEnd> set_environment_command();
  std::optional<ParseEnd> unknown_command(const std::vector<std::string>& words) const;
  ParseEnd ended(const CLI::ParseError& error);

  CLI::App root_;
  Words words_;
};

constexpr const char* kGoesOn = "The deployment goes on. See how it goes: wh deployments ";

void Grammar::add_session() {
  auto* login_words = add(root_, "login", "Sign in: in a browser, with a setup link or a token",
                          "wh login --server https://wh.example.com", [this](Session& session) {
                            auto options = words_.login;
                            options.server = words_.invocation.server;
                            return login(session, std::move(options));
                          });
  login_words
      ->add_option("link", words_.login.link,
                   "Setup link or wh_pat_ token, or - to read it from standard input; without it a browser confirms")
      ->type_name("SETUP_LINK");
  login_words->preparse_callback([this](std::size_t) { words_.invocation.sign_in = Invocation::SignIn::none; });
  auto* logout_words =
      add(root_, "logout", "End the session", "wh logout", [](Session& session) { return logout(session); });
  logout_words->preparse_callback([this](std::size_t) { words_.invocation.sign_in = Invocation::SignIn::optional; });
  add(root_, "whoami", "Who is signed in, and where", "wh whoami --json",
      [](Session& session) { return whoami(session); });
}

void Grammar::add_apps() {
  auto* apps =
      add(root_, "apps", "List, make and show apps", "wh apps", [](Session& session) { return list_apps(session); });
  apps->require_subcommand(0, 1);
  add(*apps, "list", "List apps", "wh apps list", [](Session& session) { return list_apps(session); });
  auto* show = add(*apps, "show", "Show one app", "wh apps show hello",
                   [this](Session& session) { return show_app(session, words_.app); });
  needs_app(show);
  auto* create = add(
      *apps, "create", "Make an app from a git repository",
      "wh apps create hello --git https://example.com/me/hello.git --branch main --deploy",
      [this](Session& session) {
        auto options = words_.create;
        options.wait = !words_.no_wait;
        return create_app(session, std::move(options));
      },
      "If the app was made, its deployment goes on. Look with: wh apps");
  create->add_option("name", words_.create.name, "Lower-case letters, digits and dashes, at most 40")
      ->required()
      ->type_name("NAME");
  create->add_option("--git", words_.create.git_url, "Address of the repository")->required()->type_name("URL");
  create->add_option("--branch", words_.create.branch, "Branch to deploy (main)")->type_name("BRANCH");
  create->add_option("--containerfile", words_.create.containerfile, "Containerfile in the repository")
      ->type_name("FILE");
  create->add_option("--port", words_.create.port, "Port that the app listens on (8080)")->type_name("PORT");
  create->add_option("--health-path", words_.create.health_path, "Path that answers below 500 when healthy (/)")
      ->type_name("PATH");
  create->add_flag("--deploy", words_.create.deploy, "Deploy it at once");
  may_not_wait(create);
}

void Grammar::add_deploys() {
  auto* deploys = add(
      root_, "deploy", "Deploy an app and watch it go live", "wh deploy hello --branch main",
      [this](Session& session) {
        auto options = words_.deploy;
        options.app = words_.app;
        options.wait = !words_.no_wait;
        return deploy(session, std::move(options));
      },
      kGoesOn);
  needs_app(deploys);
  deploys->add_option("--commit", words_.deploy.commit, "Whole id of a commit")->type_name("COMMIT");
  deploys->add_option("--branch", words_.deploy.branch, "Another branch than the app's, this time")
      ->type_name("BRANCH");
  may_not_wait(deploys);
  auto* back = add(
      root_, "rollback", "Go back to an earlier release without building", "wh rollback hello --to 3",
      [this](Session& session) { return rollback(session, words_.app, words_.release, !words_.no_wait); }, kGoesOn);
  needs_app(back);
  back->add_option("--to", words_.release, "Number of the release (the one before)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  may_not_wait(back);
  auto* again = add(
      root_, "restart", "Start the replicas anew, with staged changes", "wh restart hello",
      [this](Session& session) { return restart(session, words_.app, !words_.no_wait); }, kGoesOn);
  needs_app(again);
  may_not_wait(again);
}

void Grammar::add_deployments() {
  auto* all = add(root_, "deployments", "List deployments of an app", "wh deployments hello",
                  [this](Session& session) { return list_deployments(session, words_.app, words_.limit); });
  needs_app(all);
  all->add_option("-n,--limit", words_.limit, "At most so many (20)")->check(CLI::Range(1, 10'000))->type_name("N");
  auto* one = root_.add_subcommand("deployment", "Show or cancel one deployment");
  one->fallthrough();
  one->require_subcommand(1);
  needs_deployment(add(*one, "show", "Show a deployment", "wh deployment show hello/3",
                       [this](Session& session) { return show_deployment(session, words_.deployment); }));
  const Command cancel = [this](Session& session) { return cancel_deployment(session, words_.deployment); };
  needs_deployment(add(*one, "cancel", "Cancel a deployment", "wh deployment cancel hello", cancel));
  needs_deployment(add(root_, "cancel", "Cancel a deployment", "wh cancel hello", cancel));
}

void Grammar::add_looking() {
  auto* log = add(root_, "logs", "Show what an app prints, or its build log",
                  "wh logs hello -f --since 10m --tail 100\n  wh logs hello --build", [this](Session& session) {
                    auto options = words_.logs;
                    options.app = words_.app;
                    return logs(session, std::move(options));
                  });
  needs_app(log);
  log->add_flag("-f,--follow", words_.logs.follow, "Go on as it is written");
  log->add_option("--tail", words_.logs.tail, "Begin with so many last lines (200; with --since all)")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N");
  log->add_option("--since", words_.logs.since, "Only what was printed since: 90s, 10m, 2h, 3d, or a time")
      ->type_name("TIME");
  log->add_option("--replica", words_.logs.replica, "Only this replica: its index or its id")->type_name("REPLICA");
  log->add_option("--grep", words_.logs.grep, "Only lines that contain this text")->type_name("TEXT");
  log->add_flag("--timestamps", words_.logs.timestamps, "Begin each line with its time");
  auto* build = log->add_option("--build", words_.logs.deployment, "The build log of the latest or of this deployment");
  build->expected(0, 1)->type_name("DEPLOYMENT")->each([this](const std::string&) { words_.logs.build = true; });
  log->parse_complete_callback([this, build] { words_.logs.build = build->count() > 0; });
  needs_app(add(root_, "ps", "Show the replicas of an app", "wh ps hello",
                [this](Session& session) { return list_replicas(session, words_.app); }));
  add(root_, "workers", "List the machines", "wh workers", [](Session& session) { return list_workers(session); });
}

void Grammar::add_variables() {
  auto* env = add(root_, "env", "List, set, unset, pull and push variables of an app, or of what it inherits from",
                  "wh env hello list --inherited\n  wh env hello set GREETING=hi\n  wh env hello set KEY=- < key.txt\n"
                  "  wh env hello set URL='${db.url}' --expand\n  wh env hello unset KEY\n"
                  "  wh env hello push .env --dry-run\n  wh env hello pull .env\n  wh env hello diff\n"
                  "  wh env hello reveal KEY\n  wh env hello apply\n  wh env list --organization",
                  nullptr, kGoesOn);
  env->add_option("app", words_.app, "Name or id of the app; none with --organization, --project or --environment")
      ->required()
      ->type_name("APP");
  env->add_option("action", words_.action, "list, set, unset, pull, push, diff, reveal, or apply what is staged")
      ->type_name("list|set|unset|pull|push|diff|reveal|apply");
  env->add_option("words", words_.rest, "NAME=value to set, NAME to unset or reveal, FILE to pull to or push")
      ->type_name("WORDS");
  env->add_flag("--organization", words_.place.organization, "Variables of the organization");
  env->add_option("--project", words_.place.project, "Variables of a project")->type_name("PROJECT");
  env->add_option("--environment", words_.place.environment, "Variables of an environment")
      ->type_name("PROJECT/ENVIRONMENT");
  env->add_flag("--inherited", words_.inherited, "List also what the app inherits");
  env->add_flag("--build", words_.build, "It is meant for builds too");
  env->add_flag("--no-run", words_.no_run, "What runs does not get it");
  env->add_flag("--expand", words_.set.expand, "${NAME} and ${service.name} in the value refer to other values");
  env->add_flag("--replace", words_.push.replace, "What is not in the file is removed");
  env->add_flag("--dry-run", words_.push.dry_run, "Say what would change, and change nothing");
  may_not_wait(env);
}

std::optional<ParseEnd> Grammar::set_environment_command() {
  auto& place = words_.place;
  const bool shared = place.organization || !place.project.empty() || !place.environment.empty();
  if (shared) {
    // There is no app: what stands in its place is the action.
    if (words_.action != "list" || !words_.rest.empty()) words_.rest.insert(words_.rest.begin(), words_.action);
    words_.action = words_.app;
    words_.app.clear();
  }
  place.app = words_.app;
  if (words_.build) words_.set.build_time = true;
  if (words_.no_run) words_.set.run_time = false;
  const auto file = words_.rest.empty() ? std::string() : words_.rest.front();
  const std::map<std::string, Command> commands{
      {"apply", [this](Session& session) { return apply_staged(session, words_.app, !words_.no_wait); }},
      {"diff", [this](Session& session) { return show_staged(session, words_.app); }},
      {"list", [this](Session& session) { return list_variables(session, words_.place, words_.inherited); }},
      {"set", [this](Session& session) { return set_variables(session, words_.place, words_.rest, words_.set); }},
      {"unset", [this](Session& session) { return unset_variables(session, words_.place, words_.rest); }},
      {"reveal", [this](Session& session) { return reveal_variables(session, words_.place, words_.rest); }},
      {"pull",
       [this, file](Session& session) { return pull_variables(session, words_.place, file.empty() ? "-" : file); }},
      {"push", [this, file](Session& session) {
         auto push = words_.push;
         push.file = file.empty() ? ".env" : file;
         return push_variables(session, words_.place, push);
       }}};
  const auto chosen = commands.find(words_.action);
  const bool of_app_only = words_.action == "apply" || words_.action == "diff";
  if (chosen == commands.end() || (shared && of_app_only)) {
    return ParseEnd{2, "",
                    "wh: env has no action \"" + words_.action +
                        "\" here: list, set, unset, pull, push, diff, reveal or apply.\n"
                        "How it is typed: wh env --help\n"};
  }
  // Only applying is something that goes on when nobody watches.
  if (words_.action != "apply") words_.invocation.when_interrupted.clear();
  words_.invocation.command = chosen->second;
  return std::nullopt;
}

void Grammar::add_audit() {
  auto* audit = add(root_, "audit", "Who did what, from where; and whether the log is as it was sealed",
                    "wh audit --since 2d --actor operator\n  wh audit --object hello --action app.\n"
                    "  wh audit export log.jsonl\n  wh audit verify --from log.jsonl",
                    [this](Session& session) { return show_audit(session, words_.audit); });
  audit->require_subcommand(0, 1);
  audit->add_option("--since", words_.audit.since, "90s, 10m, 2h, 3d, or a time")->type_name("TIME");
  audit->add_option("--until", words_.audit.until, "Before this time")->type_name("TIME");
  audit->add_option("--actor", words_.audit.actor, "Name or id; or person, token, worker, system")->type_name("WHO");
  audit->add_option("--object", words_.audit.object, "Name, id or kind of what it was done to")->type_name("WHAT");
  audit->add_option("--action", words_.audit.action, "Such as app.deploy, or app. for all of apps")
      ->type_name("ACTION");
  audit->add_option("-n,--limit", words_.audit.limit, "At most so many (50)")
      ->check(CLI::Range(1, 10'000))
      ->type_name("N");
  auto* out = add(*audit, "export", "The whole log as JSON lines, with its signed head", "wh audit export log.jsonl",
                  [this](Session& session) { return export_audit(session, words_.file.empty() ? "-" : words_.file); });
  out->add_option("file", words_.file, "Where to (standard output)")->type_name("FILE");
  auto* verify = add(*audit, "verify", "Whether anything was changed, taken out or cut off",
                     "wh audit verify\n  wh audit verify --from log.jsonl",
                     [this](Session& session) { return verify_audit(session, words_.verify); });
  verify->add_option("--from", words_.verify.from, "An export: it is verified, and the log against its end")
      ->type_name("FILE");
  verify->add_option("--key", words_.verify.key, "Fingerprint of the key that must have signed")->type_name("KEY");
  verify->add_flag("--offline", words_.verify.offline, "Ask no server: the export alone");
  verify->preparse_callback([this](std::size_t) { words_.invocation.sign_in = Invocation::SignIn::optional; });
}

void Grammar::add_switches() {
  needs_app(add(root_, "stop", "Stop an app; its address answers 503", "wh stop hello",
                [this](Session& session) { return switch_app(session, words_.app, "stop"); }));
  needs_app(add(root_, "start", "Start a stopped app", "wh start hello",
                [this](Session& session) { return switch_app(session, words_.app, "start"); }));
  add_scale();
  needs_app(add(root_, "resume", "Let automatic deploys go on after a rollback", "wh resume hello",
                [this](Session& session) { return resume_automatic_deploys(session, words_.app); }));
  needs_app(add(root_, "undo", "Bring a deleted app back, within 24 hours", "wh undo hello",
                [this](Session& session) { return undo_deletion(session, words_.app); }));
  auto* del = add(root_, "delete", "Delete an app; for 24 hours wh undo brings it back", "wh delete hello",
                  [this](Session& session) { return delete_app(session, words_.app, words_.yes, words_.now); });
  needs_app(del);
  del->add_flag("--yes", words_.yes, "Do not ask");
  del->add_flag("--now", words_.now, "For good: it cannot be brought back");
}

void Grammar::add_scale() {
  auto* scaling = add(root_, "scale", "Set how many replicas an app has, and what each may use",
                      "wh scale hello 3\n  wh scale hello --cpu 500 --memory 256", [this](Session& session) {
                        auto options = words_.scale;
                        options.app = words_.app;
                        return scale(session, std::move(options));
                      });
  needs_app(scaling);
  scaling->add_option("replicas", words_.scale.replicas, "How many, 0 to 100")
      ->check(CLI::Range(0, 100))
      ->type_name("N");
  scaling->add_option("--cpu", words_.scale.cpu_millis, "Thousandths of a processor for each, at least 50")
      ->type_name("MILLIS");
  scaling->add_option("--memory", words_.scale.memory_mib, "Memory of each in MiB, at least 32")
      ->check(CLI::Range(1, 1 << 20))
      ->type_name("MIB");
  scaling->add_option("--pids", words_.scale.pids, "Processes and threads of each, at least 16")->type_name("N");
}

std::optional<ParseEnd> Grammar::unknown_command(const std::vector<std::string>& words) const {
  std::vector<std::string> names;
  for (const auto* sub : root_.get_subcommands({})) names.push_back(sub->get_name());
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--server") ++i;
    if (i >= words.size() || words[i].starts_with('-') || (i > 0 && words[i - 1] == "--server")) continue;
    if (std::ranges::find(names, words[i]) != names.end()) return std::nullopt;
    std::string text = "wh: there is no command \"" + words[i] + "\".\n";
    if (const auto meant = suggest(words[i], names)) text += "Did you mean: wh " + *meant + "\n";
    return ParseEnd{2, "", text + "All commands: wh --help\n"};
  }
  return std::nullopt;
}

ParseEnd Grammar::ended(const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    std::ostringstream out;
    std::ostringstream err;
    root_.exit(error, out, err);
    return ParseEnd{0, out.str(), err.str()};
  }
  std::string command = "wh";
  const CLI::App* at = &root_;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  return ParseEnd{2, "", "wh: " + std::string(error.what()) + "\nHow it is typed: " + command + " --help\n"};
}

}  // namespace

std::expected<Invocation, ParseEnd> parse(std::vector<std::string> words) {
  auto grammar = std::make_shared<Grammar>();
  auto invocation = grammar->read(std::move(words));
  if (!invocation) return invocation;
  // The commands refer to what the grammar read.
  invocation->command = [grammar, command = std::move(invocation->command)](Session& session) {
    return command(session);
  };
  return invocation;
}

}  // namespace cli

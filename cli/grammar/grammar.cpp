#include "cli/grammar/grammar.hpp"

#include <algorithm>
#include <sstream>

#include "cli/suggest.hpp"

namespace cli::grammar {

Grammar::Grammar() : root_("wh, the command line of WiseHosting", "wh") {
  root_.set_version_flag("--version", "wh " WH_VERSION);
  root_.add_flag("--json", words_.invocation.json, "Print the answer of the API as JSON");
  root_.add_flag("-q,--quiet", words_.invocation.quiet, "Print results only");
  root_.add_option("--server", words_.invocation.server, "Address of the control plane")->type_name("URL");
  root_.add_option("--context", words_.invocation.context, "Which of several sign-ins; see wh context")
      ->type_name("CONTEXT");
  root_.add_option("--timeout", words_.invocation.timeout_s, "Seconds that one request may take (30)")
      ->check(CLI::Range(1, 3600))
      ->type_name("SECONDS");
  root_.require_subcommand(1);
  root_.footer(
      "Examples:\n"
      "  wh login 'http://localhost:7070/setup#…'\n"
      "  wh apps create hello --git https://example.com/me/hello.git --deploy\n"
      "  wh deploy hello\n"
      "  wh logs hello -f\n"
      "Exit codes: 0 done, 1 failed, 2 typed wrongly, 3 not signed in, 4 not found, 5 server not reachable.");
  add_session(*this);
  add_apps(*this);
  add_deploys(*this);
  add_releases(*this);
  add_looking(*this);
  add_variables(*this);
  add_audit(*this);
  add_switches(*this);
  add_settings(*this);
  add_organizations(*this);
  add_shell(*this);
  add_account(*this);
  add_drains(*this);
  add_hooks(*this);
}

CLI::App* Grammar::add(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example,
                       Command command, const std::string& when_interrupted) {
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

void Grammar::needs_app(CLI::App* command) {
  needs(command, "app", words_.app, "Name or id of the app", "APP");
}

void Grammar::needs_deployment(CLI::App* command) {
  needs(command, "deployment", words_.deployment, "Id, APP/NUMBER, or APP for its latest", "DEPLOYMENT");
}

void Grammar::may_not_wait(CLI::App* command) {
  command->add_flag("--no-wait", words_.no_wait, "Do not wait until it is live");
}

void Grammar::may_watch(CLI::App* command) {
  command->add_flag("-w,--watch", words_.invocation.watch, "Show it again whenever it changes, until Ctrl-C");
}

void Grammar::needs(CLI::App* command, const std::string& name, std::string& into, const std::string& what,
                    const std::string& type) {
  auto* option = command->add_option(name, into, what)->required();
  if (!type.empty()) option->type_name(type);
}

void Grammar::signs_in(CLI::App* command, Invocation::SignIn how) {
  command->preparse_callback([this, how](std::size_t) { words_.invocation.sign_in = how; });
}

std::expected<Invocation, ParseEnd> Grammar::read(std::vector<std::string> words) {
  if (words.empty()) return std::unexpected(ParseEnd{2, "", root_.help()});
  if (auto typo = unknown_command(words)) return std::unexpected(std::move(*typo));
  std::ranges::reverse(words);  // CLI11 takes them from the back
  try {
    root_.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return std::unexpected(ended(error));
  }
  if (const auto* chosen = root_.get_subcommands().front(); chosen->get_name() == "env") {
    if (auto wrong = choose_environment_command(*this)) return std::unexpected(std::move(*wrong));
  }
  words_.invocation.app = words_.app;
  return words_.invocation;
}

std::optional<ParseEnd> Grammar::unknown_command(const std::vector<std::string>& words) const {
  std::vector<std::string> names;
  for (const auto* sub : root_.get_subcommands({})) names.push_back(sub->get_name());
  const auto takes_value = [&](const std::string& word) {
    const auto* option = root_.get_option_no_throw(word);
    return option != nullptr && option->get_items_expected_max() > 0;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with('-')) {
      if (takes_value(words[i])) ++i;
      continue;
    }
    if (std::ranges::find(names, words[i]) != names.end()) return std::nullopt;
    std::string text = "wh: there is no command \"" + words[i] + "\".\n";
    if (const auto meant = suggest(words[i], names)) text += "Did you mean: wh " + *meant + "\n";
    return ParseEnd{2, "", text + "All commands: wh --help\n"};
  }
  return std::nullopt;
}

ParseEnd Grammar::ended(const CLI::ParseError& error) const {
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

}  // namespace cli::grammar

#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/account.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/hooks.hpp"
#include "cli/commands/organizations.hpp"
#include "cli/parse.hpp"

/// The one table of commands. What is added here is parsed, and is what help, completion and the manual say.
namespace cli::grammar {

using Command = std::function<async::Task<Outcome>(Session&)>;

/// Where CLI11 puts what it reads. Lives as long as the commands, which refer to it.
struct Words {
  Invocation invocation;
  Login login;
  CreateApp create;
  Deploy deploy;
  Logs logs;
  Scale scale;
  Settings settings;
  Place place;
  SetFlags set;
  Push push;
  AuditQuery audit;
  VerifyAudit verify;
  OrganizationOptions organization;
  TokenOptions token;
  HookOptions hook;
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
  // organizations, members and projects
  std::string slug;
  std::string person;
  std::string project;
  std::string role{"member"};
  std::string id;
  std::string link;
  std::optional<std::string> email;
  // wh itself
  std::string name;
  std::string shell;
  std::string folder;
  std::optional<std::int64_t> events_limit;
  std::string kind;
  std::string since;
  bool print_only{false};
};

class Grammar {
 public:
  Grammar();
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  std::expected<Invocation, ParseEnd> read(std::vector<std::string> words);
  const CLI::App& root() const { return root_; }
  CLI::App& root() { return root_; }
  Words& words() { return words_; }

  /// One command beneath `parent`: its help, and what it does. `example` may be several lines.
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example,
                Command command, const std::string& when_interrupted = "");
  CLI::App* add(const std::string& name, const std::string& what, const std::string& example, Command command,
                const std::string& when_interrupted = "") {
    return add(root_, name, what, example, std::move(command), when_interrupted);
  }
  void needs_app(CLI::App* command);
  void needs_deployment(CLI::App* command);
  void may_not_wait(CLI::App* command);
  void may_watch(CLI::App* command);
  void needs(CLI::App* command, const std::string& name, std::string& into, const std::string& what,
             const std::string& type = "");
  /// For commands that are as good without a server.
  void signs_in(CLI::App* command, Invocation::SignIn how);

 private:
  std::optional<ParseEnd> unknown_command(const std::vector<std::string>& words) const;
  ParseEnd ended(const CLI::ParseError& error) const;

  CLI::App root_;
  Words words_;
};

/// Each group of commands has a file of its own.
void add_session(Grammar& grammar);
void add_apps(Grammar& grammar);
void add_deploys(Grammar& grammar);
void add_releases(Grammar& grammar);
void add_looking(Grammar& grammar);
void add_variables(Grammar& grammar);
void add_audit(Grammar& grammar);
void add_switches(Grammar& grammar);
void add_settings(Grammar& grammar);
/// Of an app that is built from commands.
void add_command_options(CLI::App& command, CommandOptions& into);
void add_app_environments(Grammar& grammar, CLI::App& apps);
void add_organizations(Grammar& grammar);
void add_shell(Grammar& grammar);
void add_account(Grammar& grammar);
void add_drains(Grammar& grammar);
void add_hooks(Grammar& grammar);

/// `env` names its action among its words: which it is, once all are read. Nothing, or what is wrong with them.
std::optional<ParseEnd> choose_environment_command(Grammar& grammar);

inline constexpr const char* kGoesOn = "The deployment goes on. See how it goes: wh deployments ";

}  // namespace cli::grammar

#include "cli/commands/shell.hpp"

#include <filesystem>

#include "cli/commands/commands.hpp"
#include "cli/completion.hpp"
#include "cli/manual.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"

namespace cli {
namespace {

/// Whoever pressed the tabulator waits.
constexpr std::chrono::seconds kNamesWait{3};

async::Task<std::vector<std::string>> app_names(Session& session) {
  std::vector<std::string> names;
  if (!session.api) co_return names;
  session.api->wait_at_most(kNamesWait);
  const auto apps = co_await list<AppView>(session, session.org_path("/apps"), 500);
  if (!apps) co_return names;
  for (const auto& app : apps->items) names.push_back(app.name);
  co_return names;
}

}  // namespace

async::Task<Outcome> print_completion(Session& session, std::string shell) {
  const auto script = completion_script(shell);
  if (!script) co_return usage_error("Completion is made for bash, zsh and fish.");
  session.out() << *script;
  co_return kOk;
}

async::Task<Outcome> complete_words(Session& session, std::vector<std::string> typed) {
  const auto completion = complete(command_table(), typed);
  auto& out = session.out();
  for (const auto& candidate : completion.candidates) out << candidate.text << "\t" << candidate.what << "\n";
  if (completion.apps) {
    for (const auto& name : co_await app_names(session)) {
      if (name.starts_with(completion.begun)) out << name << "\tapp\n";
    }
  }
  if (completion.files) out << ":files\n";
  co_return kOk;
}

async::Task<Outcome> print_manual(Session& session, std::string command, std::string folder) {
  const auto pages = manual(command_table());
  if (!folder.empty()) {
    try {
      std::filesystem::create_directories(folder);
      for (const auto& page : pages) {
        base::blocking_write_file(std::filesystem::path(folder) / (page.name + ".1"), page.text, 0644);
      }
    } catch (const std::exception& failure) {
      co_return base::fail(base::ErrorKind::invalid, "cli.file", failure.what());
    }
    session.say(std::to_string(pages.size()) + " pages are in " + folder + ". Read one: man -l " + folder + "/wh.1\n");
    co_return kOk;
  }
  const std::string wanted = command.empty() ? "wh" : "wh-" + command;
  for (const auto& page : pages) {
    if (page.name != wanted) continue;
    session.out() << page.text;
    co_return kOk;
  }
  co_return usage_error("There is no command " + command + ". All commands: wh --help");
}

}  // namespace cli

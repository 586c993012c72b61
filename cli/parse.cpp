#include "cli/parse.hpp"

#include "cli/commands/shell.hpp"
#include "cli/grammar/grammar.hpp"

namespace cli {
namespace {

/// What shells ask while a line is typed: its words are any, also half ones and wrong ones.
Invocation completing(std::vector<std::string> typed) {
  Invocation invocation;
  invocation.sign_in = Invocation::SignIn::optional;
  invocation.command = [typed = std::move(typed)](Session& session) { return complete_words(session, typed); };
  return invocation;
}

}  // namespace

std::expected<Invocation, ParseEnd> parse(std::vector<std::string> words) {
  if (!words.empty() && words.front() == "complete") {
    return completing(std::vector<std::string>(words.begin() + 1, words.end()));
  }
  auto grammar = std::make_shared<grammar::Grammar>();
  auto invocation = grammar->read(std::move(words));
  if (!invocation) return invocation;
  // The commands refer to what the grammar read.
  invocation->command = [grammar, command = std::move(invocation->command)](Session& session) {
    return command(session);
  };
  return invocation;
}

}  // namespace cli

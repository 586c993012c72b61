#include "cli/parse.hpp"

#include "cli/grammar/grammar.hpp"

namespace cli {

std::expected<Invocation, ParseEnd> parse(std::vector<std::string> words) {
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

#include "cli/command_table.hpp"

#include <sstream>

#include "cli/grammar/grammar.hpp"

namespace cli {
namespace {

OptionInfo describe(const CLI::Option& option) {
  OptionInfo info;
  info.what = option.get_description();
  info.required = option.get_required();
  info.many = option.get_items_expected_max() > 1;
  if (option.get_items_expected_max() > 0) info.value = option.get_type_name();
  if (option.get_positional()) {
    info.names.push_back(option.get_name(true));
    return info;
  }
  for (const auto& name : option.get_snames()) info.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) info.names.push_back("--" + name);
  return info;
}

std::vector<std::string> examples_of(const CLI::App& command) {
  std::vector<std::string> examples;
  std::istringstream lines(command.get_footer());
  for (std::string line; std::getline(lines, line);) {
    const auto begin = line.find("wh ");
    if (line.starts_with("  ") && begin == 2) examples.push_back(line.substr(begin));
  }
  return examples;
}

CommandInfo describe(const CLI::App& command, const std::string& above) {
  CommandInfo info;
  info.name = command.get_name();
  info.path = above.empty() ? info.name : above + " " + info.name;
  info.what = command.get_description();
  info.examples = examples_of(command);
  for (const auto* option : command.get_options()) {
    if (option == command.get_help_ptr()) continue;
    auto described = describe(*option);
    (option->get_positional() ? info.words : info.options).push_back(std::move(described));
  }
  for (const auto* sub : command.get_subcommands({})) info.commands.push_back(describe(*sub, info.path));
  return info;
}

}  // namespace

CommandInfo command_table() {
  const grammar::Grammar grammar;
  return describe(grammar.root(), "");
}

}  // namespace cli

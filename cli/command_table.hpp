#pragma once

#include <string>
#include <vector>

namespace cli {

/// One option of a command, or one of its words.
struct OptionInfo {
  std::vector<std::string> names;  ///< "-f", "--follow"; of a word: its name without dashes
  std::string value;               ///< what it takes ("APP", "FILE", "bash|zsh|fish"); empty for flags
  std::string what;
  bool required{false};
  bool many{false};
};

/// One command, as the grammar has it.
struct CommandInfo {
  std::string name;  ///< its last word
  std::string path;  ///< "wh apps create"
  std::string what;  ///< one line
  std::vector<std::string> examples;
  std::vector<OptionInfo> options;  ///< without --help
  std::vector<OptionInfo> words;
  std::vector<CommandInfo> commands;
};

/// The table that parsing, help, completion and the manual share: `wh` itself, with all beneath it.
CommandInfo command_table();

}  // namespace cli

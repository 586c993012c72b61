#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.hpp"
#include "common/text/build_commands.hpp"

/// The Containerfile of an app that is built from commands. Pure but for what is passed in.
namespace builds {

/// The secret that holds all build-time variables, and where the commands find it.
inline constexpr const char* kCommandVariables = "WISEHOSTING_VARIABLES";

/// The content of a plain file at the top of the source, if it is there.
using ReadSource = std::function<std::optional<std::string>(const std::string& name)>;

/// The files that are all an install command needs, so that what it brought is kept while they stay the same. Empty
/// where that cannot be told for sure: then it sees the whole source, and runs again after each change of it.
std::vector<std::string> install_files(std::string_view command, const ReadSource& read);

/// What of the Containerfile is not in the settings.
struct CommandsInput {
  text::BuildCommands commands;
  std::vector<std::string> install_files;
  /// Stands for the variables' values, so that the commands run again when they change; empty: there are none.
  std::string variables_mark;
};

/// One instruction a line. Every command is one word in an instruction's JSON form: nothing in it is read by anybody
/// but the image's shell. The variables are sourced from a file in memory that is there while a command runs.
std::string commands_containerfile(const CommandsInput& input);

/// `export NAME='value'` lines for a POSIX shell. Names that some shells keep for themselves are left out.
base::SecretString shell_variables(const std::map<std::string, base::SecretString>& variables);

/// A start command that is one plain program is `exec`ed, so that it gets the signals itself.
std::string start_line(std::string_view command);

/// "install command" or "build command", when podman's words for the failed instruction (`RUN /bin/sh -c …`) are those
/// of one of ours.
std::optional<std::string> command_of_step(std::string_view step);

}  // namespace builds

#include "worker-agent/builds/commands.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace builds {
namespace {

constexpr const char* kVariablesFile = "/run/wisehosting-variables";
constexpr const char* kImageShell = "/bin/sh";  // written, for the image's own; nothing of ours is given to a shell
constexpr const char* kInstall = "install command";
constexpr const char* kBuild = "build command";
/// The command comes as an argument, its name as the shell's, which begins with it what it complains about.
constexpr std::string_view kRunner = R"(exec /bin/sh -c "$1" "$0")";

/// As JSON, in ASCII's printable characters and UTF-8 only. No `<`, for that could begin a document within the
/// instruction for newer readers of Containerfiles.
std::string in_quotes(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20U || byte == 0x7fU || c == '<') {
      out += "\\u00";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "[" : ",") + in_quotes(word);
  return out + "]";
}

std::string run(const char* name, const std::string& command, const std::string& mark) {
  std::string shell(kRunner);
  std::string out = "RUN ";
  std::vector<std::string> words{kImageShell, "-c", shell, name, command};
  if (!mark.empty()) {
    out += std::string("--mount=type=secret,id=") + kCommandVariables + ",target=" + kVariablesFile + ",mode=0400 ";
    words[2] = std::string(". ") + kVariablesFile + "; " + shell;
    words.push_back(mark);
  }
  return out + list(words) + "\n";
}

std::string copy(std::vector<std::string> what) {
  what.emplace_back("./");
  return "COPY " + list(what) + "\n";
}

std::vector<std::string> words_of(std::string_view command) {
  constexpr std::string_view kPlain = " ._=-";
  const auto is_plain = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kPlain.contains(c);
  };
  std::vector<std::string> words;
  if (!std::ranges::all_of(command, is_plain)) return words;
  std::istringstream in{std::string(command)};
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// Options that do not change where files are looked for.
bool is_harmless(const std::string& word) {
  constexpr std::array<std::string_view, 14> kOptions = {"--no-audit",        "--no-fund",        "--omit=dev",
                                                         "--include=dev",     "--production",     "--prod",
                                                         "--frozen-lockfile", "--ignore-scripts", "--legacy-peer-deps",
                                                         "--prefer-offline",  "--silent",         "--no-cache-dir",
                                                         "--no-deps",         "--quiet"};
  return std::ranges::find(kOptions, word) != kOptions.end();
}

/// A program that brings packages by what is written in files, and what else than those can have a say.
struct Installer {
  std::vector<std::string_view> words;  ///< how the command begins
  std::string_view needs;               ///< without this file nothing can be told
  std::vector<std::string_view> also;   ///< copied where they are there
  std::vector<std::string_view> never;  ///< files that refer to others
  std::vector<std::string_view> hints;  ///< of other files of the source, in `needs`
};

const std::vector<std::string_view> kPackageHints = {
    "\"workspaces\"",         "\"preinstall\"", "\"install\"", "\"postinstall\"", "\"prepare\"",
    "\"prepublish\"",         "file:",          "link:",       "portal:",         "workspace:",
    "\"patchedDependencies\""};
const std::vector<std::string_view> kPackageLocks = {
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", ".npmrc", ".yarnrc"};
const std::vector<std::string_view> kPackageMore = {"pnpm-workspace.yaml", ".pnpmfile.cjs", ".yarnrc.yml"};

const std::vector<Installer>& installers() {
  static const std::vector<Installer> kAll = {
      {{"npm", "ci"}, "package.json", kPackageLocks, kPackageMore, kPackageHints},
      {{"npm", "install"}, "package.json", kPackageLocks, kPackageMore, kPackageHints},
      {{"yarn", "install"}, "package.json", kPackageLocks, kPackageMore, kPackageHints},
      {{"pnpm", "install"}, "package.json", kPackageLocks, kPackageMore, kPackageHints},
      {{"pip", "install", "-r", "requirements.txt"}, "requirements.txt", {}, {}, {"-", "/", ".whl", ".tar", ".zip"}},
      {{"go", "mod", "download"}, "go.mod", {"go.sum"}, {"go.work"}, {"=> .", "=> /"}},
  };
  return kAll;
}

bool begins_with(const std::vector<std::string>& words, const Installer& installer) {
  return words.size() >= installer.words.size() &&
         std::equal(installer.words.begin(), installer.words.end(), words.begin()) &&
         std::all_of(words.begin() + static_cast<std::ptrdiff_t>(installer.words.size()), words.end(), is_harmless);
}

/// `-` is an option at the begin of a line only: many names have one within.
bool hints_at_more(const std::string& content, const std::vector<std::string_view>& hints) {
  return std::ranges::any_of(hints, [&](std::string_view hint) {
    if (hint != "-") return content.contains(hint);
    return content.starts_with('-') || content.contains("\n-") || content.contains("\n ");
  });
}

}  // namespace

std::vector<std::string> install_files(std::string_view command, const ReadSource& read) {
  const auto words = words_of(command);
  const auto known = std::ranges::find_if(installers(), [&](const auto& one) { return begins_with(words, one); });
  if (known == installers().end()) return {};
  const auto there = [&](std::string_view name) { return read(std::string(name)).has_value(); };
  // What an ignore file leaves out cannot be copied by name.
  if (there(".containerignore") || there(".dockerignore")) return {};
  const auto main_file = read(std::string(known->needs));
  if (!main_file || hints_at_more(*main_file, known->hints) || std::ranges::any_of(known->never, there)) return {};
  std::vector<std::string> files{std::string(known->needs)};
  for (const auto name : known->also) {
    if (there(name)) files.emplace_back(name);
  }
  return files;
}

std::string commands_containerfile(const CommandsInput& input) {
  const auto& commands = input.commands;
  // The shell of the image, whatever the image says is to be started, and as root, who owns the source's folder.
  std::string out = "FROM " + commands.image + "\nUSER 0:0\nWORKDIR /app\n";
  const bool apart = commands.install_command && !input.install_files.empty();
  out += copy(apart ? input.install_files : std::vector<std::string>{"."});
  if (commands.install_command) out += run(kInstall, *commands.install_command, input.variables_mark);
  if (apart) out += copy({"."});
  if (commands.build_command) out += run(kBuild, *commands.build_command, input.variables_mark);
  return out + "ENTRYPOINT []\nCMD " + list({kImageShell, "-c", start_line(commands.start_command)}) + "\n";
}

base::SecretString shell_variables(const std::map<std::string, base::SecretString>& variables) {
  constexpr std::array<std::string_view, 9> kOfShells = {"UID",       "EUID",          "GROUPS", "PPID",  "BASHOPTS",
                                                         "SHELLOPTS", "BASH_VERSINFO", "OPTIND", "LINENO"};
  std::string out;
  std::size_t most = 0;  // a text that grew would leave copies behind
  for (const auto& [name, value] : variables) most += name.size() + 4 * value.size() + sizeof("export =''\n");
  out.reserve(most);
  for (const auto& [name, value] : variables) {
    if (std::ranges::find(kOfShells, name) != kOfShells.end()) continue;
    out += "export " + name + "='";
    for (const char c : value.reveal()) {
      if (c == '\'') {
        out += "'\\''";
      } else {
        out += c;
      }
    }
    out += "'\n";
  }
  return base::SecretString(std::move(out));
}

std::string start_line(std::string_view command) {
  constexpr std::array<std::string_view, 21> kOfShells = {
      "cd", "exec", "export", "set",   "if",   "for",  "while", "until",   "case",    "eval", "source",
      ".",  "trap", "ulimit", "umask", "test", "true", "false", "command", "builtin", "time"};
  const auto begin = command.find_first_not_of(" \t\n");
  const auto end = command.find_last_not_of(" \t\n");
  if (begin == std::string_view::npos) return std::string(command);
  const auto plain = command.substr(begin, end + 1 - begin);
  const auto first = plain.substr(0, plain.find_first_of(" \t"));
  const bool one = plain.find_first_of(";&|<>()`\n#{}!\\") == std::string_view::npos;
  const bool program = std::ranges::all_of(first, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '/' || c == '+';
  });
  if (!one || !program || std::ranges::find(kOfShells, first) != kOfShells.end()) return std::string(command);
  return "exec " + std::string(plain);
}

std::optional<std::string> command_of_step(std::string_view step) {
  const auto at = step.find(kRunner);
  if (at == std::string_view::npos) return std::nullopt;
  const auto rest = step.substr(std::min(at + kRunner.size() + 1, step.size()));
  for (const char* name : {kInstall, kBuild}) {
    if (rest.starts_with(name)) return name;
  }
  return std::nullopt;
}

}  // namespace builds

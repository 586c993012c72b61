#include "cli/manual.hpp"

#include <cstdio>

namespace cli {
namespace {

/// How many bytes a code point of UTF-8 has, by its first.
std::size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/// `\\[u2026]`: roff reads ASCII.
std::string roff_character(std::string_view bytes) {
  unsigned value = static_cast<unsigned char>(bytes.front()) & (0x7fU >> bytes.size());
  for (const char c : bytes.substr(1)) value = (value << 6U) | (static_cast<unsigned char>(c) & 0x3fU);
  char text[16];
  std::snprintf(text, sizeof text, "\\[u%04X]", value);
  return text;
}

/// Text that roff shows as it is.
std::string roff(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto length = length_of(static_cast<unsigned char>(c));
    if (length > 1 && i + length <= text.size()) {
      out += roff_character(std::string_view(text).substr(i, length));
      i += length - 1;
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += std::string("\\&") + c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string synopsis(const CommandInfo& command) {
  std::string text = ".B " + roff(command.path) + "\n";
  if (!command.options.empty()) text += "[\\fIoptions\\fR]\n";
  for (const auto& word : command.words) {
    const std::string name = "\\fI" + roff(word.names.front()) + "\\fR" + (word.many ? "..." : "");
    text += (word.required ? name : "[" + name + "]") + "\n";
  }
  if (!command.commands.empty()) text += "[\\fIcommand\\fR]\n";
  return text;
}

std::string described(const std::vector<OptionInfo>& options) {
  std::string text;
  for (const auto& option : options) {
    text += ".TP\n\\fB" + roff(joined(option.names)) + "\\fR";
    if (!option.value.empty()) text += " \\fI" + roff(option.value) + "\\fR";
    text += "\n" + roff(option.what) + ".\n";
  }
  return text;
}

std::string examples(const CommandInfo& command) {
  if (command.examples.empty()) return "";
  std::string text = ".PP\n.nf\n";
  for (const auto& example : command.examples) text += roff("    " + example) + "\n";
  return text + ".fi\n";
}

void add_beneath(const CommandInfo& command, std::string& text) {
  for (const auto& sub : command.commands) {
    text += ".SS " + roff(sub.path) + "\n" + roff(sub.what) + ".\n.PP\n" + synopsis(sub);
    text += described(sub.words) + described(sub.options) + examples(sub);
    add_beneath(sub, text);
  }
}

std::string head(const std::string& name, const std::string& what) {
  return ".TH \"" + roff(name) + "\" 1 \"\" \"WiseHosting " WH_VERSION "\" \"WiseHosting\"\n.SH NAME\n" + roff(name) +
         " \\- " + roff(what) + "\n.SH SYNOPSIS\n";
}

ManualPage page_of(const CommandInfo& command) {
  ManualPage page{"wh-" + command.name, head("wh-" + command.name, command.what) + synopsis(command)};
  page.text += ".SH DESCRIPTION\n" + roff(command.what) + ".\n" + described(command.words);
  if (!command.options.empty()) page.text += ".SH OPTIONS\n" + described(command.options);
  if (!command.examples.empty()) page.text += ".SH EXAMPLES\n" + examples(command);
  if (!command.commands.empty()) {
    page.text += ".SH COMMANDS\n";
    add_beneath(command, page.text);
  }
  page.text += ".SH SEE ALSO\n.BR wh (1)\n";
  return page;
}

constexpr const char* kEnvironment =
    ".SH EXIT STATUS\n"
    ".TP\n0\nDone.\n.TP\n1\nFailed.\n.TP\n2\nTyped wrongly.\n.TP\n3\nNot signed in.\n.TP\n4\nNot found.\n"
    ".TP\n5\nThe server cannot be reached.\n.TP\n130\nEnded by Ctrl\\-C.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B WISEHOSTING_CONTEXT\nThe context to use, as with \\-\\-context.\n"
    ".TP\n.B WISEHOSTING_CLI_HOME\nThe folder that keeps the sign\\-ins; by default ~/.config/wisehosting.\n"
    ".TP\n.B NO_COLOR\nSet to anything: no colour, not even on a terminal.\n";

}  // namespace

std::vector<ManualPage> manual(const CommandInfo& table) {
  std::vector<ManualPage> pages;
  ManualPage first{table.name, head(table.name, table.what) + synopsis(table)};
  first.text += ".SH COMMANDS\n";
  for (const auto& command : table.commands) {
    first.text += ".TP\n.BR wh\\-" + roff(command.name) + " (1)\n" + roff(command.what) + ".\n";
    pages.push_back(page_of(command));
  }
  first.text += ".SH OPTIONS\n" + described(table.options);
  if (!table.examples.empty()) first.text += ".SH EXAMPLES\n" + examples(table);
  first.text += kEnvironment;
  pages.insert(pages.begin(), std::move(first));
  return pages;
}

}  // namespace cli

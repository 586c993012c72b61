#include "common/text/build_commands.hpp"

#include <algorithm>

namespace text {
namespace {

constexpr std::size_t kLongestReference = 255;
constexpr std::size_t kLongestTag = 128;

std::unexpected<base::Error> bad_image(std::string message) {
  return base::fail(base::ErrorKind::invalid, "source.image", std::move(message));
}

std::unexpected<base::Error> bad_command(std::string message) {
  return base::fail(base::ErrorKind::invalid, "source.command", std::move(message));
}

bool is_decimal_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alphanumeric(char c) {
  return is_decimal_digit(c) || is_lower_letter(c) || (c >= 'A' && c <= 'Z');
}
bool is_separator(char c) {
  return c == '.' || c == '_' || c == '-';
}

/// Lower-case words with dots, underscores and dashes between them.
bool is_path_part(std::string_view part) {
  return !part.empty() && !is_separator(part.front()) && !is_separator(part.back()) &&
         part.find("..") == std::string_view::npos &&
         std::ranges::all_of(part, [](char c) { return is_lower_letter(c) || is_decimal_digit(c) || is_separator(c); });
}

/// A host, perhaps with a port, as the first part of a name.
bool is_host(std::string_view part) {
  const auto colon = part.find(':');
  const auto name = part.substr(0, colon);
  const bool named = !name.empty() && !is_separator(name.front()) && !is_separator(name.back()) &&
                     std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '.' || c == '-'; });
  if (colon == std::string_view::npos) return named && (name == "localhost" || name.contains('.'));
  const auto port = part.substr(colon + 1);
  return named && !port.empty() && port.size() <= 5 && std::ranges::all_of(port, is_decimal_digit);
}

bool is_name(std::string_view name) {
  bool first = true;
  for (;;) {
    const auto slash = name.find('/');
    const auto part = name.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    if (!is_path_part(part) && !(first && !last && is_host(part))) return false;
    if (last) return true;
    name.remove_prefix(slash + 1);
    first = false;
  }
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kLongestTag && tag.front() != '.' && tag.front() != '-' &&
         std::ranges::all_of(tag, [](char c) { return is_alphanumeric(c) || is_separator(c); });
}

bool is_digest(std::string_view digest) {
  constexpr std::string_view kPrefix = "sha256:";
  return digest.starts_with(kPrefix) && digest.size() == kPrefix.size() + 64 &&
         std::ranges::all_of(digest.substr(kPrefix.size()),
                             [](char c) { return is_decimal_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20U && c != '\n' && c != '\t') || byte == 0x7fU;
}

/// U+0080 to U+009F, which some terminals obey.
bool holds_c1(std::string_view text) {
  for (auto at = text.find('\xc2'); at != std::string_view::npos; at = text.find('\xc2', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0U) return true;
  }
  return false;
}

}  // namespace

base::Result<void> check_image_reference(std::string_view image) {
  if (image.empty()) return bad_image("Name the image that the commands run in, for example node:22.");
  if (image.size() > kLongestReference) return bad_image("The image's name is too long; at most 255 characters.");
  std::string_view rest = image;
  const auto at = rest.find('@');
  bool good = at == std::string_view::npos || is_digest(rest.substr(at + 1));
  rest = rest.substr(0, at);
  const auto slash = rest.rfind('/');
  const auto colon = rest.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) {
    good = good && is_tag(rest.substr(colon + 1));
    rest = rest.substr(0, colon);
  }
  if (!good || !is_name(rest)) {
    return bad_image("That is not the name of an image; write it like node:22 or quay.io/org/name:tag.");
  }
  if (rest == "scratch") return bad_image("The image scratch has no shell that could run commands; name another one.");
  return {};
}

base::Result<void> check_command(std::string_view command) {
  if (command.size() > kLongestCommand) {
    return bad_command("A command has at most 4096 bytes; put a longer one into a script in the repository.");
  }
  if (command.find_first_not_of(" \t\n") == std::string_view::npos) return bad_command("The command is empty.");
  if (std::ranges::any_of(command, is_control) || holds_c1(command)) {
    return bad_command("A command cannot hold control characters other than newlines and tabs.");
  }
  return {};
}

base::Result<void> check_build_commands(const BuildCommands& commands) {
  TRY_CHECK(check_image_reference(commands.image));
  if (commands.install_command) TRY_CHECK(check_command(*commands.install_command));
  if (commands.build_command) TRY_CHECK(check_command(*commands.build_command));
  return check_command(commands.start_command);
}

}  // namespace text

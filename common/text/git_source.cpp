#include "common/text/git_source.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace text {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr std::size_t kMaxHost = 253;
constexpr std::size_t kMaxBranch = 200;
constexpr std::size_t kMaxContainerfile = 255;
constexpr std::size_t kMaxStaticDirectory = 255;
constexpr std::string_view kShellCharacters = "$`;|&<>()'\"\\!{}*?[]";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// What is wrong with the characters of `value`, as the end of a sentence, or nothing.
std::optional<std::string> wrong_character(std::string_view value, std::string_view forbidden) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == ' ') return "must not hold spaces; remove them.";
    if (byte < 0x20 || byte == 0x7f) return "must not hold line breaks or control characters; remove them.";
    if (byte > 0x7f) return "must be plain ASCII; remove the special letters or percent-encode them.";
    if (forbidden.find(c) != std::string_view::npos) {
      return std::string("must not hold the character ") + c + "; remove it.";
    }
  }
  return std::nullopt;
}

/// The parts of a path that is counted from the repository's root; nothing that leads out of it, or that a command line
/// reads otherwise. The reason it is none.
std::optional<std::string> wrong_path(std::string_view path) {
  if (path.front() == '/') return "is counted from the repository's root; remove the leading slash.";
  if (auto wrong = wrong_character(path, std::string(kShellCharacters) + ":")) return wrong;
  for (std::string_view rest = path;;) {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return "must not hold . or .. or empty parts.";
    if (part.front() == '-') return "must have no part that begins with a dash.";
    if (part == ".git") return "cannot be inside .git.";
    if (slash == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(slash + 1);
  }
}

std::unexpected<base::Error> bad_url(std::string message) {
  return base::fail(base::ErrorKind::invalid, "source.git_url", std::move(message));
}
std::unexpected<base::Error> bad_branch(std::string message) {
  return base::fail(base::ErrorKind::invalid, "source.branch", std::move(message));
}
std::unexpected<base::Error> bad_containerfile(std::string message) {
  return base::fail(base::ErrorKind::invalid, "source.containerfile", std::move(message));
}
std::unexpected<base::Error> bad_static_directory(std::string message) {
  return base::fail(base::ErrorKind::invalid, "source.static_directory", std::move(message));
}

bool is_dotted_quad(std::string_view host) {
  int parts = 0;
  while (true) {
    const auto dot = host.find('.');
    const std::string_view part = host.substr(0, dot);
    if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, is_digit)) return false;
    if (part.size() > 1 && part[0] == '0') return false;
    int value = 0;
    std::from_chars(part.data(), part.data() + part.size(), value);
    if (value > 255) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    host.remove_prefix(dot + 1);
  }
}

/// Looks only at the characters; whether it is an address at all shows when it is resolved.
bool is_ipv6_text(std::string_view host) {
  return host.size() >= 2 && host.size() <= 45 && std::ranges::count(host, ':') >= 2 &&
         std::ranges::all_of(host, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

/// Numbers that some resolvers read as an address (`2130706433`, `0x7f.1`) are refused: what is checked must be what is
/// used.
bool reads_as_number(std::string_view label) {
  return std::ranges::all_of(label, is_digit) || label.starts_with("0x");
}

base::Result<void> check_host_name(std::string_view host) {
  if (host.size() > kMaxHost) return bad_url("The host in the git URL is too long; at most 253 characters.");
  if (is_dotted_quad(host)) return {};
  std::string_view rest = host;
  std::string_view last;
  while (true) {
    const auto dot = rest.find('.');
    last = rest.substr(0, dot);
    if (!is_label(last)) {
      return bad_url("The host in the git URL is not a host name; write it like https://example.com/team/app.git.");
    }
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (reads_as_number(last)) {
    return bad_url("The host in the git URL is not a host name; write an address as four numbers like 192.0.2.7.");
  }
  return {};
}

base::Result<std::uint16_t> parse_port(std::string_view text) {
  unsigned value = 0;
  const bool digits = !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
  if (digits) std::from_chars(text.data(), text.data() + text.size(), value);
  if (!digits || value == 0 || value > 65535) {
    return bad_url("The port in the git URL must be a number from 1 to 65535.");
  }
  return static_cast<std::uint16_t>(value);
}

/// `host`, `host:port`, `[address]`, `[address]:port`.
base::Result<void> read_host_and_port(std::string_view text, GitUrl& out) {
  std::string_view port;
  bool has_port = false;
  std::string host;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return bad_url("The git URL has a [ without its ]; close the address.");
    host = std::string(text.substr(1, close - 1));
    std::ranges::transform(host, host.begin(), lower);
    if (!is_ipv6_text(host)) return bad_url("The address between [ and ] in the git URL is not an IPv6 address.");
    const std::string_view tail = text.substr(close + 1);
    has_port = !tail.empty();
    if (has_port && tail[0] != ':') return bad_url("Only a port may follow the address in the git URL.");
    port = has_port ? tail.substr(1) : tail;
  } else {
    const auto colon = text.find(':');
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
    host = std::string(text.substr(0, colon));
    std::ranges::transform(host, host.begin(), lower);
    if (host.empty()) return bad_url("The git URL has no host; write it like https://example.com/team/app.git.");
    TRY_CHECK(check_host_name(host));
  }
  out.host = std::move(host);
  if (has_port) {
    TRY_ASSIGN(out.port, parse_port(port));
    if (out.port == GitUrl{.scheme = out.scheme, .user = {}, .host = {}, .path = {}}.effective_port()) out.port = 0;
  }
  return {};
}

base::Result<void> check_user(std::string_view user) {
  const bool plain = !user.empty() && user.size() <= 64 && user.front() != '-' && std::ranges::all_of(user, [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
  });
  if (plain) return {};
  return bad_url("The user name before the @ in the git URL must hold only letters, digits, dot, dash and underscore.");
}

/// Each segment is free of `..` (also percent-encoded) and of a leading dash.
base::Result<void> check_path(std::string_view path) {
  if (path.size() < 2 || path.find_first_not_of('/') == std::string_view::npos) {
    return bad_url("The git URL names no repository; write it like https://example.com/team/app.git.");
  }
  if (path.find_first_of("[]") != std::string_view::npos) {
    return bad_url("The path in the git URL must not hold brackets; remove them.");
  }
  if (path.find_first_of("#^") != std::string_view::npos) {
    return bad_url("The git URL must end with the repository's path; give the branch in its own field.");
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') continue;
    if (i + 2 >= path.size() || !is_hex(path[i + 1]) || !is_hex(path[i + 2])) {
      return bad_url("A % in the git URL must be followed by two hexadecimal digits.");
    }
    unsigned byte = 0;
    std::from_chars(path.data() + i + 1, path.data() + i + 3, byte, 16);
    if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\' || byte == '.') {
      return bad_url("The git URL must not hide control characters, dots or slashes behind a %.");
    }
  }
  std::string_view rest = path.substr(1);
  while (true) {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment == "." || segment == "..") return bad_url("The path in the git URL must not hold . or .. parts.");
    if (segment.starts_with('-')) return bad_url("No part of the path in the git URL may begin with a dash.");
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

base::Result<GitUrl> parse_with_scheme(std::string_view scheme, std::string_view rest) {
  GitUrl out;
  std::string name(scheme);
  std::ranges::transform(name, name.begin(), lower);
  if (name == "https") {
    out.scheme = GitUrl::Scheme::https;
  } else if (name == "http") {
    out.scheme = GitUrl::Scheme::http;
  } else if (name == "ssh" || name == "git+ssh" || name == "ssh+git") {
    out.scheme = GitUrl::Scheme::ssh;
  } else if (name == "git") {
    return bad_url("git:// is neither private nor signed; use the repository's https:// URL.");
  } else if (name == "file") {
    return bad_url("file:// URLs are not allowed; push the repository to a git server and use its https:// URL.");
  } else {
    return bad_url("The git URL must begin with https://, http:// or ssh://.");
  }
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  const std::string_view path = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    if (out.scheme != GitUrl::Scheme::ssh || user.find(':') != std::string_view::npos) {
      return bad_url(
          "Remove the user name and password from the git URL; private repositories are reached by a linked account.");
    }
    TRY_CHECK(check_user(user));
    out.user = std::string(user);
    authority.remove_prefix(at + 1);
  }
  TRY_CHECK(read_host_and_port(authority, out));
  TRY_CHECK(check_path(path));
  out.path = std::string(path);
  return out;
}

/// `user@host:path`, or `host:path`.
base::Result<GitUrl> parse_scp_form(std::string_view url) {
  const auto colon = url.find(':');
  if (colon == std::string_view::npos || url.substr(0, colon).find('/') != std::string_view::npos) {
    return bad_url("The git URL must begin with https://, http:// or ssh://.");
  }
  if (url.substr(colon).starts_with("::")) {
    return bad_url("Remote helpers like ext:: are not allowed; use the repository's https:// URL.");
  }
  const std::string_view authority = url.substr(0, colon);
  if (authority.find('@') == std::string_view::npos) {
    return bad_url("The git URL must begin with https://, http:// or ssh://, or have the form user@host:path.");
  }
  std::string_view path = url.substr(colon + 1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return parse_with_scheme("ssh", std::string(authority) + "/" + std::string(path));
}

}  // namespace

std::uint16_t GitUrl::effective_port() const {
  if (port != 0) return port;
  switch (scheme) {
    case Scheme::https: return 443;
    case Scheme::http: return 80;
    case Scheme::ssh: return 22;
  }
  return 0;
}

std::string GitUrl::to_string() const {
  std::string out = scheme == Scheme::https ? "https://" : scheme == Scheme::http ? "http://" : "ssh://";
  if (!user.empty()) out += user + "@";
  out += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != 0) out += ":" + std::to_string(port);
  return out + path;
}

base::Result<GitUrl> parse_git_url(std::string_view url) {
  if (url.empty()) return bad_url("The git URL is empty; write it like https://example.com/team/app.git.");
  if (url.size() > kMaxUrl) return bad_url("The git URL is too long; at most 2,048 characters.");
  if (url.front() == '-') return bad_url("The git URL must not begin with a dash.");
  const auto separator = url.find("://");
  // Brackets are an address' own in a URL with a scheme; read_host_and_port looks at them.
  std::string forbidden(kShellCharacters);
  std::erase_if(forbidden, [](char c) { return c == '[' || c == ']'; });
  if (const auto wrong = wrong_character(url, forbidden)) return bad_url("The git URL " + *wrong);
  if (separator == std::string_view::npos) return parse_scp_form(url);
  const std::string_view rest = url.substr(separator + 3);
  return parse_with_scheme(url.substr(0, separator), rest);
}

base::Result<void> check_branch(std::string_view branch) {
  if (branch.empty()) return bad_branch("The branch is empty; write its name, for example main.");
  if (branch.size() > kMaxBranch) return bad_branch("The branch name is too long; at most 200 characters.");
  if (branch.front() == '-') return bad_branch("The branch name must not begin with a dash.");
  if (const auto wrong = wrong_character(branch, std::string(kShellCharacters) + "~^:")) {
    return bad_branch("The branch name " + *wrong);
  }
  if (branch.starts_with("refs/")) return bad_branch("Write the branch's short name, without refs/heads/.");
  if (branch == "@" || branch == "HEAD") return bad_branch("Write the branch's name; @ and HEAD are not branches.");
  if (branch.front() == '/' || branch.back() == '/' || branch.find("//") != std::string_view::npos) {
    return bad_branch("The branch name must not begin or end with a slash, nor hold two in a row.");
  }
  if (branch.back() == '.' || branch.find("..") != std::string_view::npos) {
    return bad_branch("The branch name must not end with a dot, nor hold two in a row.");
  }
  std::string_view rest = branch;
  while (true) {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.starts_with('.') || part.starts_with('-') || part.ends_with(".lock")) {
      return bad_branch("No part of the branch name may begin with a dot or a dash, or end with .lock.");
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

base::Result<void> check_commit(std::string_view commit) {
  const bool hex = std::ranges::all_of(commit, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  if (hex && (commit.size() == 40 || commit.size() == 64)) return {};
  return base::fail(base::ErrorKind::invalid, "source.commit",
                    "The commit must be a whole commit id of 40 (or 64) lower-case hexadecimal digits.");
}

base::Result<void> check_containerfile(std::string_view path) {
  if (path.empty()) return bad_containerfile("The Containerfile's path is empty; write it like docker/Containerfile.");
  if (path.size() > kMaxContainerfile) {
    return bad_containerfile("The Containerfile's path is too long; at most 255 characters.");
  }
  if (const auto wrong = wrong_path(path)) return bad_containerfile("The Containerfile's path " + *wrong);
  return {};
}

base::Result<void> check_static_directory(std::string_view path) {
  if (path.empty()) return bad_static_directory("The static directory is empty; write it like dist, or . for all.");
  if (path == ".") return {};
  if (path.size() > kMaxStaticDirectory) {
    return bad_static_directory("The static directory's path is too long; at most 255 characters.");
  }
  if (path.starts_with("./") || path.back() == '/') {
    return bad_static_directory("The static directory is written plainly, like dist or docs/public.");
  }
  if (const auto wrong = wrong_path(path)) return bad_static_directory("The static directory " + *wrong);
  return {};
}

}  // namespace text

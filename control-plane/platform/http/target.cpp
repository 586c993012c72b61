#include "control-plane/platform/http/target.hpp"

#include <optional>

#include "common/json/utf8.hpp"

namespace http {
namespace {

std::unexpected<base::Error> refuse(const std::string& why) {
  return base::fail(base::ErrorKind::malformed, "http.malformed", "The request's address is not usable: " + why + ".");
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// Decodes percent-escapes, each exactly once. `in_query` also turns `+` into a space.
base::Result<std::string> decode(std::string_view text, bool in_query) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && in_query) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
      const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
      if (!high || !low) return refuse("a percent-escape is broken");
      const char byte = static_cast<char>(*high * 16 + *low);
      if (!in_query && (byte == '/' || byte == '\\')) return refuse("it holds an encoded slash");
      decoded.push_back(byte);
      i += 2;
    }
  }
  return decoded;
}

base::Result<void> check_text(std::string_view text, bool allow_lines) {
  for (auto rest = text; !rest.empty();) {
    const auto length = json::utf8_length(rest);
    if (length == 0) return refuse("it is not UTF-8");
    const auto byte = static_cast<unsigned char>(rest.front());
    const bool line = byte == '\n' || byte == '\r' || byte == '\t';
    if ((byte < 0x20U && !(allow_lines && line)) || byte == 0x7fU) return refuse("it holds a control character");
    rest.remove_prefix(length);
  }
  return {};
}

base::Result<void> check_segments(std::string_view path) {
  if (path.contains('\\')) return refuse("it holds a backslash");
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    if (segment == "." || segment == "..") return refuse("it holds a dot segment");
    path.remove_prefix(end);
  }
  return {};
}

base::Result<std::map<std::string, std::string>> parse_query(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    TRY_ASSIGN(auto name, decode(pair.substr(0, equals), true));
    TRY_ASSIGN(auto value, decode(pair.substr(std::min(equals + 1, pair.size())), true));
    TRY_CHECK(check_text(name, false));
    TRY_CHECK(check_text(value, true));
    if (!query.emplace(std::move(name), std::move(value)).second) return refuse("a parameter is given twice");
  }
  return query;
}

/// `http://host/path` → `/path`; other schemes and forms are not ours.
base::Result<std::string_view> origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto slash = target.find_first_of("/?");
    if (slash == std::string_view::npos) return std::string_view("/");
    if (target[slash] == '?' || slash == 0) break;
    return target.substr(slash);
  }
  return refuse("it is neither a path nor an http URL");
}

}  // namespace

base::Result<Target> parse_target(std::string_view target) {
  if (target == "*") return Target{"*", {}};
  for (const char c : target) {
    if (c <= ' ' || c >= '\x7f' || c == '#') return refuse("it holds a character that must be escaped");
  }
  TRY_ASSIGN(const auto origin, origin_form(target));
  const auto question = std::min(origin.find('?'), origin.size());
  Target parsed;
  TRY_ASSIGN(parsed.path, decode(origin.substr(0, question), false));
  TRY_CHECK(check_text(parsed.path, false));
  TRY_CHECK(check_segments(parsed.path));
  TRY_ASSIGN(parsed.query, parse_query(origin.substr(std::min(question + 1, origin.size()))));
  return parsed;
}

base::Result<std::map<std::string, std::string>> parse_form(std::string_view body) {
  auto fields = parse_query(body);
  if (!fields) return base::fail(base::ErrorKind::malformed, "http.malformed", "The body is no form that can be read.");
  return fields;
}

}  // namespace http

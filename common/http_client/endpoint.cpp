#include "common/http_client/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace http_client {
namespace {

std::unexpected<base::Error> malformed_url(const std::string& why) {
  return base::fail(base::ErrorKind::malformed, "url.malformed", "The URL is not usable: " + why + ".");
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" || scheme == "wss" ? 443 : 80;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_address_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

struct Authority {
  std::string host;
  std::string_view port;
};

base::Result<Authority> split_authority(std::string_view text) {
  if (text.contains('@')) return malformed_url("it holds user information");
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return malformed_url("a bracket is open");
    const auto host = text.substr(1, end - 1);
    const auto rest = text.substr(end + 1);
    if (!std::all_of(host.begin(), host.end(), is_address_character)) return malformed_url("the address is wrong");
    if (!rest.empty() && !rest.starts_with(':')) return malformed_url("the address is wrong");
    return Authority{std::string(host), rest};
  }
  const auto colon = text.find(':');
  const auto host = text.substr(0, colon);
  if (!std::all_of(host.begin(), host.end(), is_host_character)) return malformed_url("the host is wrong");
  return Authority{std::string(host), colon == std::string_view::npos ? std::string_view() : text.substr(colon)};
}

base::Result<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return malformed_url("the port is wrong");
  return port;
}

}  // namespace

Endpoint Endpoint::tcp(std::string host, std::uint16_t port) {
  Endpoint endpoint;
  endpoint.host = std::move(host);
  endpoint.port = port;
  return endpoint;
}

Endpoint Endpoint::tls(std::string host, std::uint16_t port, TlsTrust trust) {
  Endpoint endpoint = tcp(std::move(host), port);
  endpoint.kind = Kind::tls;
  endpoint.trust = std::move(trust);
  return endpoint;
}

Endpoint Endpoint::unix_socket(std::string path) {
  Endpoint endpoint;
  endpoint.kind = Kind::unix_socket;
  endpoint.host = "localhost";
  endpoint.path = std::move(path);
  return endpoint;
}

std::string Endpoint::host_header() const {
  std::string text = host.contains(':') ? "[" + host + "]" : host;
  const bool usual = kind == Kind::unix_socket || port == (kind == Kind::tls ? 443 : 80);
  if (!usual) text += ":" + std::to_string(port);
  return text;
}

Endpoint Url::endpoint(TlsTrust trust) const {
  return secure() ? Endpoint::tls(host, port, std::move(trust)) : Endpoint::tcp(host, port);
}

base::Result<Url> parse_url(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable) return malformed_url("it holds spaces or control characters");
  if (text.contains('#')) return malformed_url("it holds a fragment");
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return malformed_url("it has no scheme");
  Url url;
  url.scheme = std::string(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https" && url.scheme != "ws" && url.scheme != "wss") {
    return malformed_url("its scheme is not http, https, ws or wss");
  }
  const auto rest = text.substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  TRY_ASSIGN(auto authority, split_authority(rest.substr(0, authority_end)));
  if (authority.host.empty()) return malformed_url("it has no host");
  url.host = std::move(authority.host);
  url.port = default_port(url.scheme);
  if (!authority.port.empty()) {
    TRY_ASSIGN(url.port, read_port(authority.port.substr(1)));
  }
  const auto target = rest.substr(authority_end);
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

}  // namespace http_client

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace http_client {

/// Whom a TLS client believes.
/// Only `ca_pem`: chains that end there. Only `pins`: chains that hold a certificate whose key is pinned, verified up
/// to it. Both: both. Neither: the system's authorities. The host name or address is always checked.
struct TlsTrust {
  std::optional<std::string> ca_pem;
  /// `sha256/<base64url of SHA-256 of the SubjectPublicKeyInfo>`. With pins TLS 1.3 is the minimum, else 1.2.
  std::vector<std::string> pins;
};

/// Where a server is.
struct Endpoint {
  enum class Kind { tcp, tls, unix_socket };

  static Endpoint tcp(std::string host, std::uint16_t port);
  static Endpoint tls(std::string host, std::uint16_t port, TlsTrust trust = {});
  static Endpoint unix_socket(std::string path);

  /// The value of the Host header: name, address (IPv6 in brackets), the port unless it is the scheme's own.
  std::string host_header() const;

  Kind kind{Kind::tcp};
  std::string host;
  std::uint16_t port{0};
  std::string path;
  /// Numeric. Given: this is connected to, nothing is looked up, and `host` only names whom we expect there.
  std::string address;
  TlsTrust trust;
};

struct Url {
  /// http, https, ws or wss.
  std::string scheme;
  /// Without brackets for IPv6.
  std::string host;
  std::uint16_t port{0};
  /// Path and query, at least "/".
  std::string target;

  bool secure() const { return scheme == "https" || scheme == "wss"; }
  /// TCP or TLS by the scheme.
  Endpoint endpoint(TlsTrust trust = {}) const;
};

/// Reads an absolute http(s) or ws(s) URL. User information, fragments, spaces and control characters are refused
/// (`url.malformed`).
base::Result<Url> parse_url(std::string_view text);

}  // namespace http_client

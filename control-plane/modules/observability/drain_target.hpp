#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/http_client/endpoint.hpp"

namespace observability {

/// Where a drain sends to.
struct DrainTarget {
  enum class Kind { http, syslog };
  Kind kind{Kind::http};
  http_client::Url url;      ///< of syslog host and port only; its scheme is https where TLS is spoken
  std::string address;       ///< as it was written
  base::SecretString token;  ///< of http: sent as bearer
};

/// `https://…` and `http://…` (POST of lines of JSON), `syslog+tls://host:port` and `syslog+tcp://host:port` (RFC 5424,
/// framed by RFC 6587). A token goes over TLS only, and is one printable word. Errors of kind invalid, at `/url` and
/// `/token`.
base::Result<DrainTarget> read_drain_target(const std::string& address, base::SecretString token);
const char* to_string(DrainTarget::Kind kind);
/// Without its query, which may hold a key.
std::string shown_address(const DrainTarget& target);

}  // namespace observability

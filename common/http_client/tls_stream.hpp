#pragma once

#include <memory>
#include <string>

#include "common/http_client/byte_stream.hpp"
#include "common/http_client/tls_context.hpp"

namespace http_client {

/// TLS over a connected socket; its `handshake` comes first. `host` is whom a client expects (empty for a server).
/// OpenSSL works straight on the socket: no buffers beside its own, which it gives back while the connection is idle.
std::unique_ptr<ByteStream> tls_stream(StreamSocket socket, std::shared_ptr<const TlsContext> context,
                                       const std::string& host);

}  // namespace http_client

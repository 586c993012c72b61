#pragma once

#include <memory>
#include <string>

#include "common/http_client/byte_stream.hpp"
#include "common/http_client/tls_context.hpp"

namespace http_client {

/// Runs the TLS handshake over a connected socket. `host` is whom a client expects (empty for a server).
/// OpenSSL works straight on the socket: no buffers beside its own, which it gives back while the connection is idle.
/// Errors: `tls.untrusted` (chain, pin, name or date), `tls.failed`, `net.timeout`, `net.closed`.
async::Task<base::Result<std::unique_ptr<ByteStream>>> tls_stream(StreamSocket socket,
                                                                  std::shared_ptr<const TlsContext> context,
                                                                  std::string host, base::SteadyTime deadline);

}  // namespace http_client

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/http_client/byte_stream.hpp"
#include "common/http_client/endpoint.hpp"
#include "common/http_client/tls_context.hpp"

namespace http_client {

/// Resolves, connects and, for TLS, shakes hands. `context` is for TLS endpoints only. The addresses of a name are
/// tried in order; `localhost` and names beneath it are loopback without a look-up.
/// Errors: `net.unreachable`, `net.timeout`, `tls.untrusted`, `tls.failed`.
async::Task<base::Result<std::unique_ptr<ByteStream>>> dial(boost::asio::any_io_executor executor, Endpoint endpoint,
                                                            std::shared_ptr<const TlsContext> context,
                                                            base::Deadline deadline);

/// The numeric addresses of a host as `dial` would try them; a numeric host is its own. Errors: `net.unreachable`,
/// `net.timeout`.
async::Task<base::Result<std::vector<std::string>>> resolve_host(boost::asio::any_io_executor executor,
                                                                 std::string host, base::Deadline deadline);

}  // namespace http_client

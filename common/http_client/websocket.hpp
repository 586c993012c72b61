#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "common/async/message_transport.hpp"
#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/http_client/endpoint.hpp"
#include "common/http_client/message.hpp"

namespace http_client {

/// What the server said to an upgrade. `transport` is there exactly when `status` is 101.
struct WebSocketUpgrade {
  int status{0};
  Headers headers;
  /// Of a refusal; at most 64 KiB.
  std::string body;
  std::unique_ptr<async::MessageTransport> transport;
  /// The chain that the server sent (TLS only).
  std::string chain_pem;

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

/// Dials and upgrades. A 101 without a right Sec-WebSocket-Accept, with an extension, or with another subprotocol than
/// `subprotocol` (when not empty) is the error `http.malformed`. `deadline` is for all of it.
async::Task<base::Result<WebSocketUpgrade>> websocket_connect(boost::asio::any_io_executor executor, Endpoint endpoint,
                                                              std::string target, Headers headers,
                                                              std::string subprotocol, base::Deadline deadline);

}  // namespace http_client

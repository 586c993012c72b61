#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/async/message_transport.hpp"
#include "common/http_client/byte_stream.hpp"
#include "common/http_client/read_buffer.hpp"

namespace websocket {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Whether a GET asks for an upgrade to WebSocket at all.
bool asks_for_upgrade(const Headers& headers);

/// The client's key, or why its handshake is not sound: `ws.version` (answer 426) or `ws.handshake` (400); RFC 6455,
/// 4.2.1.
base::Result<std::string> check_handshake(const Headers& headers);

/// Status line and headers of the 101; `extra` are the handler's. No extension is ever among them.
std::string accept_head(const std::string& client_key, const Headers& extra);

/// The server's end of a connection after its 101. Shared: its user holds a handle, the server ends it at shutdown.
std::shared_ptr<async::MessageTransport> server_transport(std::unique_ptr<http_client::ByteStream> stream,
                                                          http_client::ReadBuffer left_over);

/// A handle on a shared transport, as its only user sees it.
std::unique_ptr<async::MessageTransport> handle_of(std::shared_ptr<async::MessageTransport> transport);

}  // namespace websocket

#include "control-plane/platform/http/upgrade_session.hpp"

#include "control-plane/platform/websocket/handshake.hpp"

namespace http {

UpgradeSession::UpgradeSession(std::unique_ptr<http_client::ByteStream>& stream, http_client::ReadBuffer& buffer,
                               std::string client_key, std::string request_id)
    : stream_(stream), buffer_(buffer), client_key_(std::move(client_key)), request_id_(std::move(request_id)) {}

void UpgradeSession::going_away_with(int code, std::string reason) {
  going_away_code_ = code;
  going_away_reason_ = std::move(reason);
}

async::Task<base::Result<std::unique_ptr<async::MessageTransport>>> UpgradeSession::accept(Headers headers) {
  const auto closed = base::fail(base::ErrorKind::unavailable, "ws.closed", "The WebSocket connection is closed.");
  if (!stream_ || ending_) co_return closed;
  headers.emplace_back("X-Request-Id", request_id_);
  const std::string head = websocket::accept_head(client_key_, headers);
  const auto written = co_await stream_->write_within(head, std::chrono::seconds(10));
  if (!written) co_return closed;
  transport_ = websocket::server_transport(std::move(stream_), std::move(buffer_));
  co_return websocket::handle_of(transport_);
}

async::Task<void> UpgradeSession::end(std::shared_ptr<UpgradeSession> session) {
  session->ending_ = true;
  if (const auto transport = session->transport_) {
    co_await transport->close(session->going_away_code_, session->going_away_reason_);
  }
}

}  // namespace http

#include "control-plane/platform/websocket/handshake.hpp"

#include <algorithm>

#include "common/http_client/message.hpp"
#include "common/http_client/websocket_frames.hpp"
#include "common/http_client/websocket_transport.hpp"

namespace websocket {
namespace {

using http_client::find_header;
using http_client::same_name;

bool lists(const Headers& headers, std::string_view name, std::string_view wanted) {
  for (const auto& [key, value] : headers) {
    if (!same_name(key, name)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      auto item = rest.substr(0, end);
      while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
      while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
      if (same_name(item, wanted)) return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return false;
}

/// Passes everything on to a transport that others may hold too.
class Handle final : public async::MessageTransport {
 public:
  explicit Handle(std::shared_ptr<MessageTransport> shared) : shared_(std::move(shared)) {}
  ~Handle() override { shared_->abort(); }
  async::Task<base::Result<async::Frame>> receive() override { return shared_->receive(); }
  async::Task<base::Result<void>> send(std::string bytes) override { return shared_->send(std::move(bytes)); }
  async::Task<base::Result<void>> send_text(std::string text) override { return shared_->send_text(std::move(text)); }
  async::Task<void> close(int code, std::string reason) override { return shared_->close(code, std::move(reason)); }
  void abort() override { shared_->abort(); }
  base::SteadyTime last_byte_at() const override { return shared_->last_byte_at(); }
  int peer_close_code() const override { return shared_->peer_close_code(); }
  boost::asio::any_io_executor executor() override { return shared_->executor(); }

 private:
  std::shared_ptr<MessageTransport> shared_;
};

}  // namespace

bool asks_for_upgrade(const Headers& headers) {
  return lists(headers, "Upgrade", "websocket") && lists(headers, "Connection", "upgrade");
}

base::Result<std::string> check_handshake(const Headers& headers) {
  if (find_header(headers, "Sec-WebSocket-Version") != "13") {
    return base::fail(base::ErrorKind::malformed, "ws.version", "Only version 13 of WebSocket is spoken here.");
  }
  const auto key = find_header(headers, "Sec-WebSocket-Key");
  if (!key || !http_client::ws::is_valid_key(*key)) {
    return base::fail(base::ErrorKind::malformed, "ws.handshake", "The WebSocket key is missing or broken.");
  }
  return std::string(*key);
}

std::string accept_head(const std::string& client_key, const Headers& extra) {
  std::string head =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      http_client::ws::accept_key(client_key) + "\r\n";
  for (const auto& [name, value] : extra) {
    if (same_name(name, "Sec-WebSocket-Extensions") || value.find_first_of("\r\n") != std::string::npos) continue;
    head += name + ": " + value + "\r\n";
  }
  return head + "\r\n";
}

std::shared_ptr<async::MessageTransport> server_transport(std::unique_ptr<http_client::ByteStream> stream,
                                                          http_client::ReadBuffer left_over) {
  using http_client::ws::WebSocketTransport;
  return std::make_shared<WebSocketTransport>(std::move(stream), std::move(left_over),
                                              WebSocketTransport::Side::server);
}

std::unique_ptr<async::MessageTransport> handle_of(std::shared_ptr<async::MessageTransport> transport) {
  return std::make_unique<Handle>(std::move(transport));
}

}  // namespace websocket

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/http_client/byte_stream.hpp"
#include "common/http_client/read_buffer.hpp"
#include "control-plane/platform/http/route_table.hpp"

namespace http {

/// One upgrade on one connection: what the handler of an upgrade route is given.
class UpgradeSession final : public Upgrade {
 public:
  /// The stream and the buffer are taken when the handler accepts.
  UpgradeSession(std::unique_ptr<http_client::ByteStream>& stream, http_client::ReadBuffer& buffer,
                 std::string client_key, std::string request_id);

  async::Task<base::Result<std::unique_ptr<async::MessageTransport>>> accept(Headers headers) override;
  void refuse(Response response) override { refusal_ = std::move(response); }
  void going_away_with(int code, std::string reason) override;

  const std::shared_ptr<async::MessageTransport>& transport() const { return transport_; }
  std::optional<Response>& refusal() { return refusal_; }
  /// Closes with the code for going away; a session that is not accepted yet will be closed when it is.
  static async::Task<void> end(std::shared_ptr<UpgradeSession> session);

 private:
  std::unique_ptr<http_client::ByteStream>& stream_;
  http_client::ReadBuffer& buffer_;
  std::string client_key_;
  std::string request_id_;
  std::shared_ptr<async::MessageTransport> transport_;
  std::optional<Response> refusal_;
  int going_away_code_{1001};
  std::string going_away_reason_{"going away"};
  bool ending_{false};
};

}  // namespace http

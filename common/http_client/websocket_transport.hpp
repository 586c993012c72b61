#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "common/async/message_transport.hpp"
#include "common/http_client/byte_stream.hpp"
#include "common/http_client/read_buffer.hpp"
#include "common/http_client/websocket_frames.hpp"

namespace http_client::ws {

/// A WebSocket over a byte stream, after the handshake. Own framing rather than Beast's: the bounds on fragments and on
/// the time of a message need every frame to be seen, and an idle connection holds no more than one small buffer.
/// Pings are answered inside `receive`. Sends wait for one another; a peer that takes nothing for 30 s is gone.
class WebSocketTransport final : public async::MessageTransport {
 public:
  enum class Side { client, server };
  /// `message_time` is what a message may take from its first byte to its last.
  WebSocketTransport(std::unique_ptr<ByteStream> stream, ReadBuffer left_over, Side side,
                     base::Duration message_time = std::chrono::seconds(30));

  async::Task<base::Result<async::Frame>> receive() override;
  async::Task<base::Result<void>> send(std::string bytes) override;
  async::Task<base::Result<void>> send_text(std::string text) override;
  async::Task<void> close(int code, std::string reason) override;
  void abort() override;
  base::SteadyTime last_byte_at() const override { return last_byte_at_; }
  int peer_close_code() const override { return peer_close_code_; }
  boost::asio::any_io_executor executor() override { return stream_->executor(); }

 private:
  class Turn;
  async::Task<base::Result<async::Frame>> receive_message();
  async::Task<base::Result<void>> fill();
  base::Error reading_failed(const base::Result<std::size_t>& count);
  async::Task<base::Result<FrameHeader>> read_header();
  async::Task<base::Result<void>> read_payload(FrameHeader header, std::string& out);
  async::Task<base::Result<bool>> read_data(FrameHeader header);
  async::Task<base::Result<void>> handle_control(FrameHeader header);
  async::Task<base::Result<void>> answer_close(std::string payload);
  async::Task<base::Result<void>> write_frame(Opcode opcode, std::string payload);
  async::Task<void> await_peers_close();
  async::Task<void> drain();
  void watch_message_time();

  std::unique_ptr<ByteStream> stream_;
  ReadBuffer buffer_;
  Side side_;
  std::chrono::steady_clock::duration message_time_;
  MessageAssembler assembler_;
  base::SteadyTime last_byte_at_;
  base::SteadyTime message_due_{base::SteadyTime::max()};
  base::SteadyTime close_due_{base::SteadyTime::max()};
  /// Cancelled whenever a writer is done or the peer's close came: those who wait look again.
  boost::asio::steady_timer changed_;
  bool writing_{false};
  bool receiving_{false};
  bool close_sent_{false};
  bool ended_{false};
  bool broken_{false};
  int peer_close_code_{0};
};

}  // namespace http_client::ws

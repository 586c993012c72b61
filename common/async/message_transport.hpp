#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <string>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace async {

struct Frame {
  bool text{false};
  std::string bytes;
};

/// One WebSocket connection, either side, behind an interface so that its TLS stream can be replaced.
/// All members run on `executor()`; at most one receive and one send at a time.
class MessageTransport {
 public:
  virtual ~MessageTransport() = default;
  /// The next whole message. Bounds: 1 MiB, 1,024 fragments, 30 s from its first byte to its last.
  /// Errors: `ws.closed`, `ws.too_large`, `ws.protocol`.
  virtual Task<base::Result<Frame>> receive() = 0;
  /// Sends one binary message. Error: `ws.closed`.
  virtual Task<base::Result<void>> send(std::string bytes) = 0;
  /// The same as a text message; `text` is UTF-8.
  virtual Task<base::Result<void>> send_text(std::string text) = 0;
  /// Closing handshake with a code of 4000–4999 or 1000–1011, at most 2 s, then the socket is gone.
  virtual Task<void> close(int code, std::string reason) = 0;
  /// Drops the socket at once.
  virtual void abort() = 0;
  /// When the last byte of any kind (also ping, pong, part of a frame) arrived.
  virtual base::SteadyTime last_byte_at() const = 0;
  /// The close code that the peer sent, or 0.
  virtual int peer_close_code() const = 0;
  virtual boost::asio::any_io_executor executor() = 0;
};

}  // namespace async

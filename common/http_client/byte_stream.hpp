#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/http_client/watchdog.hpp"

namespace http_client {

using StreamSocket = boost::asio::generic::stream_protocol::socket;

/// A connected byte stream: TCP, a unix socket, or TLS over TCP. All members run on `executor()`; at most one read and
/// one write at a time (both together are fine).
///
/// Errors: `net.closed` (also for a TLS stream cut without its end), `net.timeout` (the deadline below passed),
/// `net.cancelled` (`cancel` was called).
class ByteStream {
 public:
  explicit ByteStream(StreamSocket socket);
  virtual ~ByteStream();
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Before anything else, once: TLS shakes hands; the others have nothing to do. Also `tls.untrusted`, `tls.failed`.
  virtual async::Task<base::Result<void>> handshake(base::SteadyTime deadline);
  /// At most `size` bytes; 0 is the peer's orderly end.
  virtual async::Task<base::Result<std::size_t>> read_some(char* data, std::size_t size) = 0;
  /// All of `bytes`, which the caller keeps until it returns.
  virtual async::Task<base::Result<void>> write_all(std::string_view bytes) = 0;
  /// All of `bytes`, as long as the peer takes some of them (64 KiB) within each `patience`.
  async::Task<base::Result<void>> write_within(std::string_view bytes, base::Duration patience);
  /// Tells the peer that nothing more comes; reading goes on.
  virtual async::Task<void> finish_writing() = 0;
  /// The chain of a TLS peer, leaf first, as PEM.
  virtual std::string peer_chain_pem() const { return {}; }

  /// Reads (writes) that are not done by then fail with `net.timeout`. `SteadyTime::max()` for never.
  void expire_reads_at(base::SteadyTime time) { read_watchdog_.set(time); }
  void expire_writes_at(base::SteadyTime time) { write_watchdog_.set(time); }
  /// Fails what is pending; the stream stays open.
  void cancel();
  void close();
  /// False when an idle connection has been closed by its peer, or said something unasked.
  bool idle_and_open();
  boost::asio::any_io_executor executor() { return socket_.get_executor(); }

 protected:
  base::Error read_error(const boost::system::error_code& error);
  base::Error write_error(const boost::system::error_code& error);
  StreamSocket socket_;

 private:
  Watchdog read_watchdog_;
  Watchdog write_watchdog_;
};

/// A stream of plain bytes over a connected socket.
std::unique_ptr<ByteStream> plain_stream(StreamSocket socket);

}  // namespace http_client

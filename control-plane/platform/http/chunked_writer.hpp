#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <string>

#include "common/http_client/byte_stream.hpp"
#include "control-plane/platform/http/message.hpp"

namespace http {

/// Writes the body of a streamed answer to its connection.
class ChunkedWriter final : public BodyWriter {
 public:
  /// `chunked`: as chunks; else as bare bytes, for HTTP/1.0.
  ChunkedWriter(http_client::ByteStream& stream, bool chunked, base::Duration write_time);

  async::Task<base::Result<void>> write(std::string bytes) override;
  async::Task<void> until_closed() override;
  bool closed() const override { return closed_; }

  /// Lets nothing more be written. A write under way goes to its end, then the stream's reads are cancelled, so that
  /// whoever watches them looks up.
  void end_soon();
  /// The last chunk. False when the body is not whole.
  async::Task<bool> finish();
  std::uint64_t bytes() const { return bytes_; }
  /// The body is not whole and cannot be ended properly.
  void fail() { failed_ = true; }

 private:
  http_client::ByteStream& stream_;
  boost::asio::steady_timer closing_;
  bool chunked_;
  base::Duration write_time_;
  std::uint64_t bytes_{0};
  bool writing_{false};
  bool closed_{false};
  bool failed_{false};
};

}  // namespace http

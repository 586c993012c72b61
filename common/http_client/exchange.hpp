#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"
#include "common/http_client/byte_stream.hpp"
#include "common/http_client/message.hpp"
#include "common/http_client/read_buffer.hpp"

namespace http_client {

/// One request and its answer over one connection.
class Exchange {
 public:
  Exchange(std::unique_ptr<ByteStream> stream, ReadBuffer left_over);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Sends the request (`host` becomes the Host header) and reads the header of the answer. 1xx answers but 101 are
  /// skipped.
  async::Task<base::Result<void>> start(Request request, std::string host, base::Deadline deadline);
  int status() const { return status_; }
  const Headers& headers() const { return headers_; }
  /// Whether any byte of an answer was seen.
  bool answered() const { return answered_; }
  /// What Content-Length says, or 0.
  std::uint64_t announced_length() const { return announced_; }

  /// Some of the body; empty at its end.
  async::Task<base::Result<std::string>> read_some(base::Deadline deadline);
  /// True when the whole answer was read and the connection may carry another request.
  bool reusable() const;
  /// The connection, for another request or for a protocol upgraded to.
  std::unique_ptr<ByteStream> take_stream() { return std::move(stream_); }
  ReadBuffer take_left_over() { return std::move(buffer_); }
  ByteStream& stream() { return *stream_; }

 private:
  struct Parser;
  async::Task<base::Result<void>> read_head(bool to_head);
  async::Task<base::Result<std::size_t>> read_more();
  base::Result<std::size_t> decode(std::string& out);

  std::unique_ptr<ByteStream> stream_;
  ReadBuffer buffer_;
  std::unique_ptr<Parser> parser_;
  int status_{0};
  Headers headers_;
  std::uint64_t announced_{0};
  bool answered_{false};
  bool ended_{false};
};

/// `http.malformed` when a part of the request would break its framing.
base::Result<void> check_request(const Request& request);

}  // namespace http_client

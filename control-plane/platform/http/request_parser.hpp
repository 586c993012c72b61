#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/http_client/read_buffer.hpp"
#include "control-plane/platform/http/request_head.hpp"

namespace http {

/// Reads one request from bytes as they arrive; does no I/O. The header is judged by `parse_head` and then read again
/// by Beast's parser, which also decodes the body: what only one of the two would take is refused.
class RequestParser {
 public:
  explicit RequestParser(std::size_t head_limit);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// True when the header is whole; its bytes are then taken from `buffer`.
  Parsed<bool> feed_head(http_client::ReadBuffer& buffer);
  const RequestHead& head() const { return head_; }

  /// Refuses with 413 when Content-Length is over `limit`; else remembers it for the body.
  Parsed<void> limit_body(std::size_t limit);
  /// True when the body is whole; takes what it uses from `buffer`.
  Parsed<bool> feed_body(http_client::ReadBuffer& buffer);
  std::string take_body() { return std::move(body_); }

 private:
  struct Decoder;
  HeadScanner scanner_;
  std::size_t head_limit_;
  RequestHead head_;
  /// Made when the header is whole: a connection that waits needs none.
  std::unique_ptr<Decoder> decoder_;
  std::size_t body_limit_{0};
  std::string body_;
};

}  // namespace http

#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "control-plane/platform/http/message.hpp"
#include "control-plane/platform/http/refusal.hpp"

namespace http {

/// What the header of a request says, checked so that no two readers of it could see different requests.
struct RequestHead {
  std::string method;
  std::string target;
  bool http11{true};
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked{false};
  bool keep_alive{true};
  bool expects_continue{false};

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

template <class T>
using Parsed = std::expected<T, Refusal>;

/// Finds the end of a header as its bytes arrive, and refuses at once what can never become one: control characters,
/// a bare CR or LF, a first byte that begins no method, more than `limit` bytes (431).
class HeadScanner {
 public:
  explicit HeadScanner(std::size_t limit) : limit_(limit) {}
  /// `bytes` is everything so far. The length of the header with its empty line, or nothing while it is not whole.
  Parsed<std::optional<std::size_t>> scan(std::string_view bytes);

 private:
  std::size_t limit_;
  std::size_t seen_{0};
};

/// Reads a whole header (RFC 9112), without leniency: single spaces, no folded lines, no space before a colon, one
/// Host, one Content-Length or `Transfer-Encoding: chunked` and never both, no duplicates of headers that may come only
/// once, at most 100 headers.
Parsed<RequestHead> parse_head(std::string_view bytes);

}  // namespace http

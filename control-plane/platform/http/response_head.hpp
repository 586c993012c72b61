#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "control-plane/platform/http/message.hpp"

namespace http {

/// What the head of an answer depends on beside the answer.
struct ResponseContext {
  std::string request_id;
  std::string path;
  bool http11{true};
  bool keep_alive{true};
  bool hsts{false};
  base::UtcTime now;
};

/// Status line and headers with the empty line. Adds Date, X-Request-Id, the framing and the security headers, where
/// the handler has not set them. `length` is absent for a streamed body (chunked, or ended by closing for HTTP/1.0).
/// A header that would break its line is left out and logged.
std::string response_head(const Response& response, const ResponseContext& context,
                          std::optional<std::uint64_t> length);

/// True for statuses that never have a body.
bool is_bodiless(int status);

}  // namespace http

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/deadline.hpp"
#include "common/base/result.hpp"

namespace http {

/// The methods that routes have. HEAD is answered by the GET route without its body, OPTIONS by the table itself.
enum class Method { get, post, put, patch, del };

/// "GET", "POST", "PUT", "PATCH", "DELETE".
const char* to_string(Method method);

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of the header `name`, compared without case.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// A whole request, read and checked: its framing is sound, its path is decoded, its body is within the route's limit.
struct Request {
  Method method{Method::get};
  /// As it was sent: path and query, still percent-encoded.
  std::string target;
  /// The path with its percent-escapes decoded; no `..`, no encoded slash, valid UTF-8.
  std::string path;
  /// Values of the `{names}` of the route's pattern.
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> query;
  Headers headers;
  std::string body;
  /// The peer's address without its port. Never taken from a header.
  std::string remote_address;
  std::string request_id;
  bool tls{false};
  /// When the server stops waiting for the handler's answer.
  base::Deadline deadline{base::Deadline::never()};

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
  /// The value of the cookie `name`; nothing when it is absent or sent twice.
  std::optional<std::string> cookie(std::string_view name) const;
};

/// Writes the body of a streaming answer. Lives on the connection's thread, as long as `Response::stream` runs.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// Sends `bytes` now (a chunk). Error `http.closed` when the client is gone or the server is going away.
  /// Waits while the client is slow; a client that takes nothing for 30 s is gone.
  virtual async::Task<base::Result<void>> write(std::string bytes) = 0;
  /// Returns when the client is gone or the server is going away. The stream has one more second to end by itself,
  /// then it is cancelled.
  virtual async::Task<void> until_closed() = 0;
  virtual bool closed() const = 0;
};

struct Response {
  int status{200};
  Headers headers;
  std::string body;
  /// When set, `body` is ignored and this writes it, chunk by chunk, for as long as it runs.
  std::function<async::Task<void>(BodyWriter&)> stream;

  void set_header(std::string_view name, std::string value);
  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

/// An answer with a JSON document (already encoded).
Response json_response(int status, std::string body);
Response text_response(int status, std::string body, std::string content_type = "text/plain; charset=utf-8");
/// An event stream (`text/event-stream`, not stored); `stream` writes events made by `sse_event`.
Response event_stream(std::function<async::Task<void>(BodyWriter&)> stream);

/// One server-sent event. Line breaks inside `data` become further data lines; in `event` and `id` they are removed.
/// An empty `id` leaves the id line out.
std::string sse_event(std::string_view event, std::string_view data, std::string_view id = {});
/// A comment line that keeps proxies and liveness checks content.
std::string sse_heartbeat();

/// `problem()`: an RFC 9457 document for an error; the one table of statuses is in errors_to_http.cpp.
Response problem(const base::Error& error, const std::string& request_id);
int status_of(base::ErrorKind kind);

}  // namespace http

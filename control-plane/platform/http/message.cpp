#include "control-plane/platform/http/message.hpp"

#include <algorithm>
#include <utility>

#include "common/http_client/message.hpp"

namespace http {

const char* to_string(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
  }
  std::unreachable();
}

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  return http_client::find_header(headers, name);
}

std::optional<std::string> Request::cookie(std::string_view name) const {
  std::optional<std::string> found;
  std::string_view rest = header("Cookie").value_or("");
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (pair.starts_with(' ') || pair.starts_with('\t')) pair.remove_prefix(1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    if (found) return std::nullopt;
    found = std::string(pair.substr(equals + 1));
  }
  return found;
}

void Response::set_header(std::string_view name, std::string value) {
  for (auto& [key, existing] : headers) {
    if (http_client::same_name(key, name)) {
      existing = std::move(value);
      return;
    }
  }
  headers.emplace_back(std::string(name), std::move(value));
}

Response json_response(int status, std::string body) {
  return text_response(status, std::move(body), "application/json");
}

Response text_response(int status, std::string body, std::string content_type) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers.emplace_back("Content-Type", std::move(content_type));
  return response;
}

Response event_stream(std::function<async::Task<void>(BodyWriter&)> stream) {
  Response response;
  response.headers.emplace_back("Content-Type", "text/event-stream");
  response.headers.emplace_back("Cache-Control", "no-store");
  // Reverse proxies would hold events back otherwise.
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.stream = std::move(stream);
  return response;
}

std::string sse_event(std::string_view event, std::string_view data, std::string_view id) {
  const auto append_line = [](std::string& out, std::string_view field, std::string_view value) {
    out.append(field).append(": ");
    std::copy_if(value.begin(), value.end(), std::back_inserter(out), [](char c) { return c != '\r' && c != '\n'; });
    out.push_back('\n');
  };
  std::string text;
  if (!id.empty()) append_line(text, "id", id);
  if (!event.empty()) append_line(text, "event", event);
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    append_line(text, "data", data.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool pair = data.substr(end).starts_with("\r\n");
    data.remove_prefix(end + (pair ? 2 : 1));
  }
  text.push_back('\n');
  return text;
}

std::string sse_heartbeat() {
  return ": \n\n";
}

}  // namespace http

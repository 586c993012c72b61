#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/http_client/message.hpp"
#include "common/http_client/websocket_frames.hpp"
#include "control-plane/platform/http/request_parser.hpp"
#include "control-plane/platform/http/target.hpp"

// Whatever arrives, a request is read the same in one piece and in many, holds nothing that could break a line, and is
// read again as itself when it is written down.
namespace {

constexpr std::size_t kHeadLimit = 16 * 1024;
constexpr std::size_t kBodyLimit = 4096;

struct Outcome {
  int status{-1};
  http::RequestHead head;
  std::string body;
};

void require(bool condition) {
  if (!condition) std::abort();
}

Outcome read(std::string_view bytes, std::size_t step) {
  http::RequestParser parser(kHeadLimit);
  http_client::ReadBuffer buffer;
  bool head_done = false;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    buffer.append(bytes.substr(at, step));
    if (!head_done) {
      const auto fed = parser.feed_head(buffer);
      if (!fed) return {fed.error().status, {}, ""};
      if (!*fed) continue;
      head_done = true;
      if (const auto allowed = parser.limit_body(kBodyLimit); !allowed) return {allowed.error().status, {}, ""};
    }
    const auto fed = parser.feed_body(buffer);
    if (!fed) return {fed.error().status, {}, ""};
    if (*fed) return {0, parser.head(), parser.take_body()};
  }
  return {};
}

void check_clean(const std::string& text) {
  for (const char c : text) require(c != '\r' && c != '\n' && c != '\0');
}

std::string write_down(const Outcome& outcome) {
  std::string text =
      outcome.head.method + " " + outcome.head.target + (outcome.head.http11 ? " HTTP/1.1" : " HTTP/1.0");
  text += "\r\n";
  for (const auto& [name, value] : outcome.head.headers) {
    check_clean(name);
    check_clean(value);
    if (!http_client::same_name(name, "Transfer-Encoding")) text += name + ": " + value + "\r\n";
  }
  if (outcome.head.chunked) text += "Content-Length: " + std::to_string(outcome.body.size()) + "\r\n";
  return text + "\r\n" + outcome.body;
}

void check_target(const std::string& text) {
  const auto target = http::parse_target(text);
  if (!target || target->path == "*") return;
  require(target->path.starts_with('/'));
  require(!(target->path + "/").contains("/../") && !target->path.contains('\\'));
  check_clean(target->path);
}

void check_frame(std::string_view bytes) {
  const auto parsed = http_client::ws::parse_frame_header(bytes, true);
  if (!parsed || !*parsed) return;
  std::string again;
  http_client::ws::append_frame_header(again, **parsed);
  require(again == bytes.substr(0, (*parsed)->size));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = read(bytes, bytes.size());
  const auto pieces = read(bytes, step);
  require(whole.status == pieces.status && whole.body == pieces.body);
  if (whole.status == 0) {
    const auto again = read(write_down(whole), kHeadLimit * 2);
    require(again.status == 0 || again.status == 431);
    require(again.status == 431 || again.body == whole.body);
    check_target(whole.head.target);
  }
  check_frame(bytes);
  return 0;
}

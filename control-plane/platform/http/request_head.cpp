#include "control-plane/platform/http/request_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/http_client/message.hpp"

namespace http {
namespace {

constexpr std::size_t kMostHeaders = 100;
/// Headers that, sent twice, would let two readers see different things.
constexpr std::array<std::string_view, 16> kOnlyOnce{"Host",
                                                     "Content-Length",
                                                     "Transfer-Encoding",
                                                     "Content-Type",
                                                     "Authorization",
                                                     "Cookie",
                                                     "Origin",
                                                     "Expect",
                                                     "Sec-WebSocket-Key",
                                                     "Sec-WebSocket-Version",
                                                     "Idempotency-Key",
                                                     "X-Request-Id",
                                                     "Range",
                                                     "X-WH-Nonce",
                                                     "X-WH-Signature",
                                                     "X-WH-CSRF"};

std::unexpected<Refusal> refuse(std::string why, int status = 400, std::string code = "http.malformed") {
  return std::unexpected(Refusal{status, std::move(code), "The request is not sound HTTP: " + std::move(why) + "."});
}

bool is_token_character(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOthers.contains(c);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20U && c != '\t') || c == '\x7f';
}

/// Takes the next line off `rest`, without its CRLF. The scanner has seen to it that there is one.
std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

Parsed<void> read_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse("the request line is broken");
  head.method = std::string(line.substr(0, first));
  head.target = std::string(line.substr(first + 1, last - first - 1));
  const auto version = line.substr(last + 1);
  if (!is_token(head.method)) return refuse("the method is broken");
  if (head.target.empty() || head.target.contains(' ')) return refuse("the request line is broken");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/")) return refuse("only HTTP/1.1 is spoken here", 505, "http.version");
    return refuse("the request line is broken");
  }
  head.http11 = version == "HTTP/1.1";
  return {};
}

Parsed<void> read_header(std::string_view line, RequestHead& head) {
  if (line.starts_with(' ') || line.starts_with('\t')) return refuse("a header is folded");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return refuse("a header has no colon");
  const auto name = line.substr(0, colon);
  if (!is_token(name)) return refuse("a header's name is broken");
  if (head.headers.size() == kMostHeaders) return refuse("there are too many headers", 431, "http.header_too_large");
  const bool once = std::any_of(kOnlyOnce.begin(), kOnlyOnce.end(),
                                [&](std::string_view single) { return http_client::same_name(name, single); });
  if (once && head.header(name)) return refuse("the header " + std::string(name) + " is given twice");
  head.headers.emplace_back(std::string(name), std::string(trim(line.substr(colon + 1))));
  return {};
}

Parsed<void> read_host(const RequestHead& head) {
  const auto host = head.header("Host");
  if (!host) {
    if (head.http11) return refuse("the Host header is missing");
    return {};
  }
  const bool sound = std::all_of(host->begin(), host->end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]").contains(c);
  });
  if (host->empty() || !sound) return refuse("the Host header is broken");
  return {};
}

Parsed<void> read_framing(RequestHead& head) {
  const auto length = head.header("Content-Length");
  const auto encoding = head.header("Transfer-Encoding");
  if (length && encoding) return refuse("it has both Content-Length and Transfer-Encoding");
  if (length) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), value);
    const bool digits = !length->empty() && end == length->data() + length->size() && length->size() <= 18;
    if (error != std::errc() || !digits) return refuse("Content-Length is not a number");
    head.content_length = value;
  }
  if (encoding) {
    if (!head.http11 || !http_client::same_name(*encoding, "chunked"))
      return refuse("Transfer-Encoding is not chunked");
    head.chunked = true;
  }
  return {};
}

bool lists(std::string_view value, std::string_view wanted) {
  while (!value.empty()) {
    const auto end = std::min(value.find(','), value.size());
    if (http_client::same_name(trim(value.substr(0, end)), wanted)) return true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

Parsed<void> read_connection(RequestHead& head) {
  head.keep_alive = head.http11;
  for (const auto& [name, value] : head.headers) {
    if (!http_client::same_name(name, "Connection")) continue;
    if (lists(value, "close")) head.keep_alive = false;
    if (!head.http11 && lists(value, "keep-alive")) head.keep_alive = true;
  }
  if (const auto expected = head.header("Expect")) {
    if (!http_client::same_name(*expected, "100-continue")) {
      return refuse("only 100-continue may be expected", 417, "http.expectation");
    }
    head.expects_continue = head.http11;
  }
  return {};
}

}  // namespace

Parsed<std::optional<std::size_t>> HeadScanner::scan(std::string_view bytes) {
  for (; seen_ < bytes.size(); ++seen_) {
    if (seen_ == limit_) return refuse("its header is too large", 431, "http.header_too_large");
    const char c = bytes[seen_];
    const bool after_cr = seen_ > 0 && bytes[seen_ - 1] == '\r';
    if (after_cr != (c == '\n')) return refuse("a line does not end in CR LF");
    if (is_control(c) && c != '\r' && c != '\n') return refuse("it holds a control character");
    if (seen_ == 0 && !is_token_character(c)) return refuse("it does not begin with a method");
    if (c == '\n' && seen_ >= 3 && bytes.substr(seen_ - 3, 4) == "\r\n\r\n") return std::optional(++seen_);
  }
  return std::optional<std::size_t>();
}

Parsed<RequestHead> parse_head(std::string_view bytes) {
  if (!bytes.ends_with("\r\n\r\n")) return refuse("its header is cut short");
  bytes.remove_suffix(2);
  RequestHead head;
  if (auto read = read_request_line(next_line(bytes), head); !read) return std::unexpected(read.error());
  while (!bytes.empty()) {
    if (auto read = read_header(next_line(bytes), head); !read) return std::unexpected(read.error());
  }
  if (auto read = read_host(head); !read) return std::unexpected(read.error());
  if (auto read = read_framing(head); !read) return std::unexpected(read.error());
  if (auto read = read_connection(head); !read) return std::unexpected(read.error());
  return head;
}

}  // namespace http

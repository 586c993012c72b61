#include "common/http_client/exchange.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <cctype>
#include <limits>

namespace http_client {
namespace {

namespace beast_http = boost::beast::http;
constexpr std::size_t kReadSize = 16 * 1024;
constexpr std::size_t kPieceSize = 64 * 1024;
constexpr std::uint32_t kLongestHead = 64 * 1024;

std::unexpected<base::Error> malformed(const std::string& why) {
  return base::fail(base::ErrorKind::unavailable, "http.malformed", "The answer is not sound HTTP: " + why + ".");
}

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOthers.contains(c);
  });
}

std::string head_of(const Request& request, const std::string& host) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  const bool needs_length =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (needs_length) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n";
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

base::Result<void> check_request(const Request& request) {
  const auto refuse = [](const std::string& what) {
    return base::fail(base::ErrorKind::invalid, "http.malformed", "The request's " + what + " is not usable in HTTP.");
  };
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  const auto breaks_line = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  if (!is_token(request.method)) return refuse("method");
  if (request.target.empty() || !std::all_of(request.target.begin(), request.target.end(), visible)) {
    return refuse("target");
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return refuse("header name");
    if (std::any_of(value.begin(), value.end(), breaks_line)) return refuse("header " + name);
    for (const auto* own : {"Host", "Content-Length", "Transfer-Encoding"}) {
      if (same_name(name, own)) return refuse(std::string("own header ") + own);
    }
  }
  return {};
}

struct Exchange::Parser {
  Parser() {
    parser.header_limit(kLongestHead);
    parser.body_limit(boost::none);
  }
  beast_http::response_parser<beast_http::buffer_body> parser;
};

Exchange::Exchange(std::unique_ptr<ByteStream> stream, ReadBuffer left_over)
    : stream_(std::move(stream)), buffer_(std::move(left_over)) {}

Exchange::~Exchange() = default;

async::Task<base::Result<void>> Exchange::start(Request request, std::string host, base::Deadline deadline) {
  stream_->expire_writes_at(deadline.time());
  stream_->expire_reads_at(deadline.time());
  std::string head = head_of(request, host);
  const bool small = request.body.size() <= kPieceSize;
  if (small) head += request.body;
  CO_TRY_CHECK(co_await stream_->write_all(head));
  if (!small) {
    CO_TRY_CHECK(co_await stream_->write_all(request.body));
  }
  stream_->expire_writes_at(base::SteadyTime::max());
  do {
    CO_TRY_CHECK(co_await read_head(request.method == "HEAD"));
  } while (status_ < 200 && status_ != 101);
  stream_->expire_reads_at(base::SteadyTime::max());
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> Exchange::read_head(bool to_head) {
  parser_ = std::make_unique<Parser>();
  auto& parser = parser_->parser;
  parser.skip(to_head);
  while (!parser.is_header_done()) {
    boost::system::error_code error;
    if (!buffer_.empty()) {
      const auto used = parser.put(boost::asio::buffer(buffer_.data(), buffer_.size()), error);
      buffer_.consume(used);
      if (error && error != beast_http::error::need_more) co_return malformed(error.message());
      if (parser.is_header_done()) break;
    }
    auto more = co_await read_more();
    CO_TRY_ASSIGN(const auto count, std::move(more));
    if (count == 0) {
      co_return base::fail(base::ErrorKind::unavailable, "net.closed", "The connection ended without an answer.");
    }
  }
  const auto& message = parser.get();
  status_ = message.result_int();
  headers_.clear();
  for (const auto& field : message) headers_.emplace_back(std::string(field.name_string()), std::string(field.value()));
  announced_ = parser.content_length().value_or(0);
  parser.eager(true);
  co_return base::Result<void>{};
}

async::Task<base::Result<std::size_t>> Exchange::read_more() {
  char* room = buffer_.prepare(kReadSize);
  auto count = co_await stream_->read_some(room, kReadSize);
  buffer_.commit(count.value_or(0));
  if (count.value_or(0) > 0) answered_ = true;
  co_return count;
}

base::Result<std::size_t> Exchange::decode(std::string& out) {
  auto& parser = parser_->parser;
  out.resize(kPieceSize);
  auto& body = parser.get().body();
  body.data = out.data();
  body.size = out.size();
  body.more = true;
  boost::system::error_code error;
  const auto used = parser.put(boost::asio::buffer(buffer_.data(), buffer_.size()), error);
  buffer_.consume(used);
  const bool goes_on = error == beast_http::error::need_buffer || error == beast_http::error::need_more;
  if (error && !goes_on) return malformed(error.message());
  out.resize(kPieceSize - body.size);
  return out.size();
}

async::Task<base::Result<std::string>> Exchange::read_some(base::Deadline deadline) {
  auto& parser = parser_->parser;
  std::string piece;
  stream_->expire_reads_at(deadline.time());
  while (!parser.is_done()) {
    if (!buffer_.empty()) {
      auto decoded = decode(piece);
      CO_TRY_ASSIGN(const auto size, std::move(decoded));
      if (size > 0) co_return piece;
      if (parser.is_done()) break;
    }
    auto more = co_await read_more();
    CO_TRY_ASSIGN(const auto count, std::move(more));
    if (count > 0) continue;
    boost::system::error_code error;
    parser.put_eof(error);
    if (error) co_return base::fail(base::ErrorKind::unavailable, "net.closed", "The answer was cut short.");
    break;
  }
  ended_ = true;
  stream_->expire_reads_at(base::SteadyTime::max());
  co_return std::string();
}

bool Exchange::reusable() const {
  return ended_ && stream_ != nullptr && parser_->parser.keep_alive() && buffer_.empty() && status_ >= 200;
}

}  // namespace http_client

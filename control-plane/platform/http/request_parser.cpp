#include "control-plane/platform/http/request_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <functional>

namespace http {
namespace {

namespace beast_http = boost::beast::http;
constexpr std::size_t kPieceSize = 64 * 1024;
constexpr std::size_t kLongestExtension = 1024;
/// What stands between two chunks, or after the last one, may not be longer.
constexpr std::size_t kLongestChunkLine = 16 * 1024;

std::unexpected<Refusal> malformed(const std::string& why) {
  return std::unexpected(Refusal{400, "http.malformed", "The request is not sound HTTP: " + why + "."});
}

std::unexpected<Refusal> too_large(std::size_t limit) {
  return std::unexpected(Refusal{413, "http.too_large",
                                 "The body is too large: at most " + std::to_string(limit) + " bytes are taken here."});
}

/// A CR or LF alone inside a chunk's size line: another reader may see a line's end there.
bool has_stray_line_break(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] != '\n') return true;
  }
  return false;
}

}  // namespace

struct RequestParser::Decoder {
  using ErrorCode = boost::system::error_code;
  explicit Decoder(std::size_t head_limit) {
    parser.on_chunk_header(check_extension);
    parser.header_limit(static_cast<std::uint32_t>(head_limit + 1));
    parser.body_limit(boost::none);
  }

  std::string piece;
  std::function<void(std::uint64_t, boost::beast::string_view, ErrorCode&)> check_extension =
      [](std::uint64_t, boost::beast::string_view extension, ErrorCode& error) {
        const bool sound = std::all_of(extension.begin(), extension.end(),
                                       [](char c) { return static_cast<unsigned char>(c) >= 0x20U || c == '\t'; });
        if (!sound || extension.size() > kLongestExtension) error = beast_http::error::bad_chunk_extension;
      };
  beast_http::request_parser<beast_http::buffer_body> parser;
};

RequestParser::RequestParser(std::size_t head_limit) : scanner_(head_limit), head_limit_(head_limit) {}

RequestParser::~RequestParser() = default;

Parsed<bool> RequestParser::feed_head(http_client::ReadBuffer& buffer) {
  auto scanned = scanner_.scan(buffer.view());
  if (!scanned) return std::unexpected(std::move(scanned).error());
  if (!*scanned) return false;
  const std::size_t size = **scanned;
  auto head = parse_head(buffer.view().substr(0, size));
  if (!head) return std::unexpected(std::move(head).error());
  head_ = *std::move(head);
  decoder_ = std::make_unique<Decoder>(head_limit_);

  boost::system::error_code error;
  const auto used = decoder_->parser.put(boost::asio::buffer(buffer.data(), size), error);
  if (error && error != beast_http::error::need_more) return malformed(error.message());
  if (used != size || !decoder_->parser.is_header_done()) return malformed("its header is ambiguous");
  if (decoder_->parser.chunked() != head_.chunked) return malformed("its framing is ambiguous");
  buffer.consume(size);
  decoder_->parser.eager(true);
  return true;
}

Parsed<void> RequestParser::limit_body(std::size_t limit) {
  body_limit_ = limit;
  if (head_.content_length.value_or(0) > limit) return too_large(limit);
  return {};
}

Parsed<bool> RequestParser::feed_body(http_client::ReadBuffer& buffer) {
  auto& parser = decoder_->parser;
  if (!head_.has_body()) return true;
  decoder_->piece.resize(std::min(kPieceSize, body_limit_ + 1));
  while (!parser.is_done() && !buffer.empty()) {
    auto& body = parser.get().body();
    body.data = decoder_->piece.data();
    body.size = decoder_->piece.size();
    body.more = true;
    boost::system::error_code error;
    const auto used = parser.put(boost::asio::buffer(buffer.data(), buffer.size()), error);
    const std::size_t decoded = decoder_->piece.size() - body.size;
    buffer.consume(used);
    const bool goes_on = error == beast_http::error::need_more || error == beast_http::error::need_buffer;
    if (error && !goes_on) return malformed(error.message());
    if (body_.size() + decoded > body_limit_) return too_large(body_limit_);
    body_.append(decoder_->piece, 0, decoded);
    if (used > 0 || decoded > 0) continue;
    if (has_stray_line_break(buffer.view())) return malformed("a chunk's line does not end in CR LF");
    if (buffer.size() > kLongestChunkLine) return malformed("a chunk's header is too long");
    break;
  }
  return parser.is_done();
}

}  // namespace http

#include "control-plane/platform/http/chunked_writer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

namespace http {
namespace {

namespace asio = boost::asio;

std::string as_chunk(const std::string& bytes) {
  char size[17];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  std::string chunk(size, end);
  chunk.reserve(chunk.size() + bytes.size() + 4);
  return chunk.append("\r\n").append(bytes).append("\r\n");
}

}  // namespace

ChunkedWriter::ChunkedWriter(http_client::ByteStream& stream, bool chunked, base::Duration write_time)
    : stream_(stream),
      closing_(stream.executor(), base::SteadyTime::max()),
      chunked_(chunked),
      write_time_(write_time) {}

async::Task<base::Result<void>> ChunkedWriter::write(std::string bytes) {
  if (closed_) co_return base::fail(base::ErrorKind::unavailable, "http.closed", "The client is gone.");
  if (bytes.empty()) co_return base::Result<void>{};
  bytes_ += bytes.size();
  if (chunked_) bytes = as_chunk(bytes);
  writing_ = true;
  const auto written = co_await stream_.write_within(bytes, write_time_);
  writing_ = false;
  if (!written) {
    failed_ = true;
    end_soon();
    co_return base::fail(base::ErrorKind::unavailable, "http.closed", "The client is gone.");
  }
  if (closed_) stream_.cancel();
  co_return base::Result<void>{};
}

async::Task<void> ChunkedWriter::until_closed() {
  while (!closed_) co_await closing_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void ChunkedWriter::end_soon() {
  closed_ = true;
  closing_.cancel();
  if (!writing_) stream_.cancel();
}

async::Task<bool> ChunkedWriter::finish() {
  if (failed_ || writing_) co_return false;
  if (!chunked_) co_return true;
  const auto written = co_await stream_.write_within("0\r\n\r\n", std::chrono::seconds(2));
  co_return written.has_value();
}

}  // namespace http

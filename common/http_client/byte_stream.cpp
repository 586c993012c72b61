#include "common/http_client/byte_stream.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace http_client {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

base::Error stream_error(const boost::system::error_code& error, bool expired) {
  using base::ErrorKind;
  if (error == asio::error::operation_aborted) {
    if (expired) return {ErrorKind::timeout, "net.timeout", "The other side did not answer in time."};
    return {ErrorKind::unavailable, "net.cancelled", "The connection was given up."};
  }
  return {ErrorKind::unavailable, "net.closed", "The connection was lost: " + error.message() + "."};
}

class PlainStream final : public ByteStream {
 public:
  using ByteStream::ByteStream;

  async::Task<base::Result<std::size_t>> read_some(char* data, std::size_t size) override {
    const auto [error, count] = co_await socket_.async_read_some(asio::buffer(data, size), kAwait);
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) co_return base::fail(read_error(error));
    co_return count;
  }

  async::Task<base::Result<void>> write_all(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto [error, count] = co_await socket_.async_write_some(asio::buffer(bytes), kAwait);
      if (error) co_return base::fail(write_error(error));
      bytes.remove_prefix(count);
    }
    co_return base::Result<void>{};
  }

  async::Task<void> finish_writing() override {
    boost::system::error_code ignored;
    socket_.shutdown(StreamSocket::shutdown_send, ignored);
    co_return;
  }
};

}  // namespace

ByteStream::ByteStream(StreamSocket socket)
    : socket_(std::move(socket)),
      read_watchdog_(socket_.get_executor(), [this] { cancel(); }),
      write_watchdog_(socket_.get_executor(), [this] { cancel(); }) {}

ByteStream::~ByteStream() = default;

async::Task<base::Result<void>> ByteStream::handshake(base::SteadyTime /*deadline*/) {
  co_return base::Result<void>{};
}

async::Task<base::Result<void>> ByteStream::write_within(std::string_view bytes, base::Duration patience) {
  constexpr std::size_t kPiece = 64 * 1024;
  const auto wait = std::chrono::duration_cast<std::chrono::steady_clock::duration>(patience);
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kPiece);
    expire_writes_at(std::chrono::steady_clock::now() + wait);
    CO_TRY_CHECK(co_await write_all(piece));
    bytes.remove_prefix(piece.size());
  }
  expire_writes_at(base::SteadyTime::max());
  co_return base::Result<void>{};
}

void ByteStream::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void ByteStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool ByteStream::idle_and_open() {
  if (!socket_.is_open()) return false;
  char byte = 0;
  const auto count = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

base::Error ByteStream::read_error(const boost::system::error_code& error) {
  return stream_error(error, read_watchdog_.expired());
}

base::Error ByteStream::write_error(const boost::system::error_code& error) {
  return stream_error(error, write_watchdog_.expired());
}

std::unique_ptr<ByteStream> plain_stream(StreamSocket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace http_client

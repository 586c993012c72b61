#include "common/http_client/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <limits>
#include <optional>

#include "common/base/failure.hpp"

namespace http_client {
namespace {

namespace asio = boost::asio;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// So many operations in a row that needed no waiting, then other coroutines get their turn.
constexpr int kGreed = 32;

// A BIO over the bare socket. OpenSSL's own would raise SIGPIPE when the peer is gone. It knows the descriptor's number
// only, which the system gives to another socket after a close: every use checks that ours is still open.
int bio_socket(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto count = ::send(bio_socket(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto count = ::recv(bio_socket(bio), data, static_cast<std::size_t>(size), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO* socket_bio(int socket) {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wisehosting socket");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  BIO* bio = BIO_new(method);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsStream final : public ByteStream {
 public:
  TlsStream(StreamSocket socket, std::shared_ptr<const TlsContext> context, const std::string& host)
      : ByteStream(std::move(socket)), context_(std::move(context)), ssl_(SSL_new(context_->native())) {
    if (!ssl_) throw base::Failure("TLS: out of memory");
    socket_.native_non_blocking(true);
    BIO* bio = socket_bio(socket_.native_handle());
    SSL_set_bio(ssl_.get(), bio, bio);
    if (context_->is_server()) {
      SSL_set_accept_state(ssl_.get());
    } else {
      expect_host(ssl_.get(), host);
      SSL_set_connect_state(ssl_.get());
    }
  }

  async::Task<base::Result<void>> handshake(base::SteadyTime deadline) override {
    expire_reads_at(deadline);
    for (;;) {
      if (!socket_.is_open()) co_return base::fail(lost());
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl_.get());
      if (result == 1) break;
      const int reason = SSL_get_error(ssl_.get(), result);
      if (!wants_socket(reason)) co_return base::fail(handshake_error(reason));
      if (const auto error = co_await wait(reason)) co_return base::fail(read_error(error));
    }
    expire_reads_at(base::SteadyTime::max());
    co_return base::Result<void>{};
  }

  async::Task<base::Result<std::size_t>> read_some(char* data, std::size_t size) override {
    for (;;) {
      if (++read_streak_ > kGreed) co_await give_way(read_streak_);
      if (!socket_.is_open()) co_return base::fail(lost());
      ERR_clear_error();
      std::size_t count = 0;
      const int result = SSL_read_ex(ssl_.get(), data, size, &count);
      if (result == 1) co_return count;
      const int reason = SSL_get_error(ssl_.get(), result);
      if (reason == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
      if (!wants_socket(reason)) co_return base::fail(lost());
      if (const auto error = co_await wait(reason)) co_return base::fail(read_error(error));
      read_streak_ = 0;
    }
  }

  async::Task<base::Result<void>> write_all(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (++write_streak_ > kGreed) co_await give_way(write_streak_);
      if (!socket_.is_open()) co_return base::fail(lost());
      ERR_clear_error();
      std::size_t count = 0;
      const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
      if (result == 1) {
        bytes.remove_prefix(count);
        continue;
      }
      const int reason = SSL_get_error(ssl_.get(), result);
      if (!wants_socket(reason)) co_return base::fail(lost());
      if (const auto error = co_await wait(reason)) co_return base::fail(write_error(error));
      write_streak_ = 0;
    }
    co_return base::Result<void>{};
  }

  async::Task<void> finish_writing() override {
    if (!socket_.is_open()) co_return;
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    boost::system::error_code ignored;
    socket_.shutdown(StreamSocket::shutdown_send, ignored);
    co_return;
  }

  std::string peer_chain_pem() const override {
    std::string text;
    BIO* bio = BIO_new(BIO_s_mem());
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl_.get());
    for (int i = 0; i < sk_X509_num(chain); ++i) PEM_write_bio_X509(bio, sk_X509_value(chain, i));
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    if (size > 0) text.assign(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }

 private:
  static bool wants_socket(int reason) { return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE; }

  async::Task<boost::system::error_code> wait(int reason) {
    const auto what = reason == SSL_ERROR_WANT_READ ? StreamSocket::wait_read : StreamSocket::wait_write;
    const auto [error] = co_await socket_.async_wait(what, kAwait);
    co_return error;
  }

  async::Task<void> give_way(int& streak) {
    streak = 0;
    co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }

  base::Error lost() const {
    ERR_clear_error();
    return {base::ErrorKind::unavailable, "net.closed", "The TLS connection was lost."};
  }

  base::Error handshake_error(int reason) const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (!context_->is_server() && verified != X509_V_OK) {
      ERR_clear_error();
      return {base::ErrorKind::unavailable, "tls.untrusted",
              std::string("The server's certificate is not trusted: ") + X509_verify_cert_error_string(verified) + "."};
    }
    char text[256] = "the connection ended";
    if (reason == SSL_ERROR_SSL && ERR_peek_error() != 0) ERR_error_string_n(ERR_peek_error(), text, sizeof text);
    ERR_clear_error();
    return {base::ErrorKind::unavailable, "tls.failed", std::string("The TLS handshake failed: ") + text + "."};
  }

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  int read_streak_{0};
  int write_streak_{0};
};

}  // namespace

std::unique_ptr<ByteStream> tls_stream(StreamSocket socket, std::shared_ptr<const TlsContext> context,
                                       const std::string& host) {
  return std::make_unique<TlsStream>(std::move(socket), std::move(context), host);
}

}  // namespace http_client

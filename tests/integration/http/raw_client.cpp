#include "raw_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "common/base/failure.hpp"

namespace http_test {

struct RawClient::Tls {
  explicit Tls(int socket) : context(SSL_CTX_new(TLS_client_method())), ssl(SSL_new(context)) {
    // OpenSSL writes without MSG_NOSIGNAL, and servers hang up on what these tests send.
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_set_fd(ssl, socket);
    if (SSL_connect(ssl) != 1) throw base::Failure("the TLS handshake failed");
  }
  ~Tls() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  SSL_CTX* context;
  SSL* ssl;
};

RawClient::~RawClient() = default;
RawClient::RawClient(RawClient&&) noexcept = default;

RawClient::RawClient(std::uint16_t port, Wire wire)
    : RawClient(base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    base::throw_errno("connect");
  }
  if (wire == Wire::tls) tls_ = std::make_unique<Tls>(socket_.get());
}

RawClient::RawClient(base::UniqueFd socket) : socket_(std::move(socket)) {
  const timeval wait{30, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = tls_ ? SSL_write(tls_->ssl, bytes.data(), static_cast<int>(bytes.size()))
                            : ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

bool RawClient::fill() {
  char piece[4096];
  errno = 0;
  const auto count = tls_ ? SSL_read(tls_->ssl, piece, sizeof piece) : ::recv(socket_.get(), piece, sizeof piece, 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ADD_FAILURE() << "nothing came for 10 s";
  if (count <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(count));
  return true;
}

std::string RawClient::read(std::size_t size) {
  while (buffer_.size() < size && fill()) {
  }
  auto taken = buffer_.substr(0, size);
  buffer_.erase(0, taken.size());
  return taken;
}

std::string RawClient::read_until(std::string_view end) {
  while (buffer_.find(end) == std::string::npos && fill()) {
  }
  const auto at = buffer_.find(end);
  return read(at == std::string::npos ? buffer_.size() : at + end.size());
}

std::string RawClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

bool RawClient::peer_closed() {
  return read_to_end().empty();
}

RawResponse RawClient::read_response(bool to_head) {
  RawResponse response;
  const std::string head = read_until("\r\n\r\n");
  if (!head.starts_with("HTTP/1.")) return response;
  response.status = std::stoi(head.substr(9, 3));
  for (auto at = head.find("\r\n") + 2; at + 2 < head.size(); at = head.find("\r\n", at) + 2) {
    const auto colon = head.find(": ", at);
    auto name = head.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    response.headers[name] = head.substr(colon + 2, head.find("\r\n", at) - colon - 2);
  }
  if (to_head) return response;
  if (response.headers.contains("content-length")) response.body = read(std::stoul(response.headers["content-length"]));
  if (response.headers["transfer-encoding"] == "chunked") {
    for (;;) {
      const auto size = std::stoul(read_until("\r\n"), nullptr, 16);
      response.body += read(size);
      read(2);
      if (size == 0) break;
    }
  }
  return response;
}

RawResponse ask(std::uint16_t port, std::string_view request) {
  RawClient client(port);
  client.send(request);
  return client.read_response();
}

}  // namespace http_test

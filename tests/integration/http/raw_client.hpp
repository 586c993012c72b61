#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/unique_fd.hpp"

namespace http_test {

struct RawResponse {
  int status{0};
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
};

enum class Wire { clear, tls };

/// A blocking TCP client that sends exactly the bytes it is told. Waits at most 30 s for anything.
class RawClient {
 public:
  /// Over TLS it believes any certificate.
  explicit RawClient(std::uint16_t port, Wire wire = Wire::clear);
  explicit RawClient(base::UniqueFd socket);
  ~RawClient();
  RawClient(RawClient&&) noexcept;
  void send(std::string_view bytes);
  /// The next answer by its Content-Length or chunks; `to_head` answers have no body. Status 0 when the peer closed.
  RawResponse read_response(bool to_head = false);
  /// Exactly `size` bytes, fewer when the peer closes.
  std::string read(std::size_t size);
  /// Up to and with `end`.
  std::string read_until(std::string_view end);
  /// Everything until the peer closes. Fails the test when it does not.
  std::string read_to_end();
  bool peer_closed();
  void close() { socket_.reset(); }

 private:
  struct Tls;
  bool fill();
  base::UniqueFd socket_;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
};

/// Sends `request` on a connection of its own and reads one answer.
RawResponse ask(std::uint16_t port, std::string_view request);

}  // namespace http_test

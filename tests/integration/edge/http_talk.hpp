#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/unique_fd.hpp"

namespace edge_test {

struct Answer {
  int status{0};  ///< 0: no answer, the connection broke
  std::string head;
  std::string body;
};

/// One client connection to 127.0.0.1, blocking (`wait` at most for each read). Keep-alive as far as the server lets.
class Connection {
 public:
  explicit Connection(int port, std::chrono::milliseconds wait = std::chrono::seconds(10));
  bool send(std::string_view bytes);
  /// Reads one whole response with Content-Length (or to the end of the connection).
  Answer receive();
  /// At least one byte more; empty at the end.
  std::string receive_some();
  Answer request(const std::string& host, const std::string& path, const std::string& method = "GET",
                 const std::string& headers = "", const std::string& body = "");

 private:
  base::UniqueFd socket_;
  std::string buffered_;
};

/// A request on a connection of its own.
Answer fetch(int port, const std::string& host, const std::string& path = "/", const std::string& headers = "");

}  // namespace edge_test

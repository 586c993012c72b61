#include "tests/integration/edge/http_talk.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdlib>

namespace edge_test {

Connection::Connection(int port, std::chrono::milliseconds wait)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval time{.tv_sec = wait.count() / 1000, .tv_usec = wait.count() % 1000 * 1000};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) socket_.reset();
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string Connection::receive_some() {
  if (!buffered_.empty()) return std::exchange(buffered_, {});
  char chunk[65536];
  const auto got = ::recv(socket_.get(), chunk, sizeof chunk, 0);
  return got <= 0 ? std::string() : std::string(chunk, static_cast<std::size_t>(got));
}

Answer Connection::receive() {
  Answer answer;
  std::string bytes;
  std::size_t end = std::string::npos;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const auto more = receive_some();
    if (more.empty()) return answer;
    bytes += more;
  }
  answer.head = bytes.substr(0, end + 2);
  answer.body = bytes.substr(end + 4);
  std::string lower = answer.head;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto at = lower.find("\r\ncontent-length:");
  std::size_t length =
      at == std::string::npos ? std::string::npos : std::strtoull(lower.c_str() + at + 17, nullptr, 10);
  if (lower.starts_with("http/1.1 101")) length = 0;
  while (answer.body.size() < length) {
    const auto more = receive_some();
    if (more.empty()) {
      if (length != std::string::npos) return Answer{};
      break;
    }
    answer.body += more;
  }
  if (answer.body.size() > length) {
    buffered_ = answer.body.substr(length);
    answer.body.resize(length);
  }
  answer.status = std::atoi(answer.head.c_str() + 9);
  return answer;
}

Answer Connection::request(const std::string& host, const std::string& path, const std::string& method,
                           const std::string& headers, const std::string& body) {
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers;
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  if (!send(text + "\r\n" + body)) return Answer{};
  return receive();
}

Answer fetch(int port, const std::string& host, const std::string& path, const std::string& headers) {
  Connection connection(port);
  return connection.request(host, path, "GET", headers);
}

}  // namespace edge_test

#include "tests/integration/edge/small_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>

#include "common/base/failure.hpp"

namespace edge_test {
namespace {

constexpr std::size_t kMostLines = 1'000;
constexpr int kMostRequests = 100'000;

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_more(int fd, std::string& buffered) {
  char chunk[16384];
  const auto got = ::recv(fd, chunk, sizeof chunk, 0);
  if (got <= 0) return false;
  buffered.append(chunk, static_cast<std::size_t>(got));
  return true;
}

std::size_t content_length(const std::string& head) {
  std::string lower = head;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::strtoull(lower.c_str() + at + 17, nullptr, 10);
}

/// Reads a chunked body to its end; its length, or nothing when it is malformed or cut off.
std::optional<std::size_t> read_chunks(int fd, std::string& buffered) {
  std::size_t length = 0;
  for (;;) {
    std::size_t end = std::string::npos;
    while ((end = buffered.find("\r\n")) == std::string::npos) {
      if (!receive_more(fd, buffered)) return std::nullopt;
    }
    const std::size_t size = std::strtoull(buffered.c_str(), nullptr, 16);
    buffered.erase(0, end + 2);
    while (buffered.size() < size + 2) {
      if (!receive_more(fd, buffered)) return std::nullopt;
    }
    buffered.erase(0, size + 2);
    length += size;
    if (size == 0) return length;
  }
}

bool is_chunked(const std::string& head) {
  std::string lower = head;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find("\r\ntransfer-encoding:") != std::string::npos;
}

bool send_huge(int fd) {
  const std::string piece(std::size_t{1} << 20U, 'x');
  if (!send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(100 * piece.size()) + "\r\n\r\n"))
    return false;
  for (int i = 0; i < 100; ++i) {
    if (!send_all(fd, piece)) return false;
  }
  return true;
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

}  // namespace

SmallServer::SmallServer(std::string name) : name_(std::move(name)) {
  listener_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), 512) != 0) {
    base::throw_errno("listen");
  }
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  threads_.emplace_back([this] { accept_loop(); });
}

SmallServer::~SmallServer() {
  kill();
}

void SmallServer::kill() {
  if (stopping_.exchange(true)) return;
  release();
  ::shutdown(listener_.get(), SHUT_RDWR);
  std::vector<std::thread> threads;
  {
    const std::scoped_lock lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  threads_.front().join();
  {
    const std::scoped_lock lock(mutex_);
    threads.swap(threads_);
  }
  for (std::size_t i = 1; i < threads.size(); ++i) threads[i].join();
  listener_.reset();
}

std::vector<std::string> SmallServer::lines() {
  const std::scoped_lock lock(mutex_);
  return lines_;
}

void SmallServer::release() {
  const std::scoped_lock lock(mutex_);
  released_ = true;
  released_changed_.notify_all();
}

void SmallServer::hold() {
  std::unique_lock lock(mutex_);
  ++held_;
  released_changed_.wait(lock, [this] { return released_; });
  --held_;
}

std::vector<std::vector<std::string>> SmallServer::conversations() {
  const std::scoped_lock lock(mutex_);
  return conversations_;
}

int SmallServer::tunnels() {
  const std::scoped_lock lock(mutex_);
  return static_cast<int>(tunnels_.size());
}

void SmallServer::say_goodbye() {
  const std::scoped_lock lock(mutex_);
  for (const int fd : tunnels_) {
    send_all(fd, std::string("\x88\x02\x03\xe9", 4));
    ::shutdown(fd, SHUT_RDWR);
  }
}

void SmallServer::tunnel(int fd, std::string& buffered) {
  {
    const std::scoped_lock lock(mutex_);
    tunnels_.push_back(fd);
  }
  while (buffered.empty() ? receive_more(fd, buffered) : true) {
    if (!send_all(fd, buffered)) break;
    buffered.clear();
  }
  const std::scoped_lock lock(mutex_);
  std::erase(tunnels_, fd);
}

/// False when an idle connection has waited long enough.
bool SmallServer::wait_for_request(int fd, bool first) const {
  const auto patience = tires_within_.load();
  if (first || patience.count() == 0) return true;
  thread_local std::minstd_rand random{static_cast<unsigned>(fd)};
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, std::uniform_int_distribution<int>(0, static_cast<int>(patience.count()))(random)) > 0;
}

void SmallServer::accept_loop() {
  for (;;) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::scoped_lock lock(mutex_);
    if (stopping_) {
      ::close(fd);
      return;
    }
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void SmallServer::serve(int fd) {
  std::string buffered;
  std::optional<std::size_t> conversation;
  for (;;) {
    const auto end = buffered.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (!wait_for_request(fd, !conversation) || !receive_more(fd, buffered)) break;
      continue;
    }
    const std::string head = buffered.substr(0, end + 2);
    buffered.erase(0, end + 4);
    ++requests_;
    {
      const std::scoped_lock lock(mutex_);
      if (lines_.size() < kMostLines) lines_.push_back(head.substr(0, head.find('\r')));
      if (!conversation) conversation = conversations_.size();
      if (*conversation == conversations_.size()) conversations_.emplace_back();
      if (requests_ <= kMostRequests) conversations_[*conversation].push_back(head.substr(0, head.find('\r')));
    }
    if (!answer(fd, head, buffered)) break;
  }
  const std::scoped_lock lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

bool SmallServer::answer(int fd, const std::string& head, std::string& buffered) {
  const std::string path = head.substr(head.find(' ') + 1, head.find(' ', head.find(' ') + 1) - head.find(' ') - 1);
  if (path == "/hang-up") return false;
  if (path == "/huge") return send_huge(fd);
  if (path == "/fail") return send_all(fd, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  if (path == "/headers") return send_all(fd, ok(head));
  if (path == "/slow") {
    hold();
    return send_all(fd, ok("slow " + name_));
  }
  if (path == "/upgrade") {
    if (!send_all(fd,
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
      return false;
    tunnel(fd, buffered);
    return false;
  }
  if (path == "/big") {
    const std::size_t size = std::size_t{32} << 20U;
    if (!send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n")) return false;
    return send_all(fd, std::string(size, 'x'));
  }
  if (path == "/events") {
    if (!send_all(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n")) return false;
    hold();
    send_all(fd, "data: second\n\n");
    return false;
  }
  if (is_chunked(head)) {
    const auto length = read_chunks(fd, buffered);
    return length && send_all(fd, ok(path == "/length" ? std::to_string(*length) : name_));
  }
  std::size_t missing = content_length(head);
  const std::size_t length = missing;
  while (missing > buffered.size()) {
    missing -= buffered.size();
    buffered.clear();
    if (!receive_more(fd, buffered)) return false;
  }
  buffered.erase(0, missing);
  return send_all(fd, ok(path == "/length" ? std::to_string(length) : name_));
}

}  // namespace edge_test

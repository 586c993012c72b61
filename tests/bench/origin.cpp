// The app behind the edge in the benchmarks of the way in: one thread, one epoll, no dependencies, so that it is never
// what is measured and stands alone in an image. Serves at $PORT:
//   /        200 with 1 KB        /ws      a WebSocket that echoes small text frames
//   /stream  20 chunks, one each 100 ms, without an end that is known before

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int kChunks = 20;
constexpr std::size_t kMaxFrame = 125;

struct Client {
  std::string in;
  std::string out;
  bool websocket{false};
  int chunks_left{0};
  bool closing{false};
};

class Origin {
 public:
  explicit Origin(int port) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listen_at(port)), timer_(tick()) {
    watch(listener_, EPOLLIN);
    watch(timer_, EPOLLIN);
    body_ = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n" + std::string(1024, 'x');
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          accept_all();
        } else if (fd == timer_) {
          stream_on();
        } else {
          serve(fd);
        }
      }
    }
  }

 private:
  static int listen_at(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 4096) != 0) {
      std::perror("listen");
      std::exit(1);
    }
    return fd;
  }
  static int tick() {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const itimerspec every{{0, 100'000'000}, {0, 100'000'000}};
    ::timerfd_settime(fd, 0, &every, nullptr);
    return fd;
  }
  void watch(int fd, std::uint32_t what) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      clients_[fd];
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLET);
    }
  }
  void drop(int fd) {
    clients_.erase(fd);
    ::close(fd);
  }
  void serve(int fd) {
    const auto found = clients_.find(fd);
    if (found == clients_.end()) return;
    Client& client = found->second;
    std::array<char, 16384> chunk{};
    for (;;) {
      const auto got = ::read(fd, chunk.data(), chunk.size());
      if (got == 0 || (got < 0 && errno != EAGAIN)) return drop(fd);
      if (got < 0) break;
      client.in.append(chunk.data(), static_cast<std::size_t>(got));
    }
    while (client.websocket ? take_frame(client) : take_request(client)) {
    }
    flush(fd, client);
  }
  bool take_request(Client& client) const {
    const auto end = client.in.find("\r\n\r\n");
    if (end == std::string::npos || client.chunks_left > 0) return false;
    const std::string head = client.in.substr(0, end);
    client.in.erase(0, end + 4);
    const std::string_view target = std::string_view(head).substr(head.find(' ') + 1);
    if (target.starts_with("/ws ")) {
      client.websocket = true;
      client.out +=
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    } else if (target.starts_with("/stream ")) {
      client.chunks_left = kChunks;
      client.out += "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    } else {
      client.out += body_;
    }
    return true;
  }
  /// One masked frame of at most 125 bytes; text is echoed, a close is answered.
  static bool take_frame(Client& client) {
    if (client.in.size() < 6) return false;
    const std::size_t size = static_cast<unsigned char>(client.in[1]) & 0x7fU;
    if (size > kMaxFrame || client.in.size() < 6 + size) return false;
    std::string frame{client.in[0], static_cast<char>(size)};
    for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(client.in[6 + i] ^ client.in[2 + i % 4]);
    client.closing = (static_cast<unsigned char>(client.in[0]) & 0x0fU) == 8;
    client.in.erase(0, 6 + size);
    client.out += frame;
    return true;
  }
  void stream_on() {
    std::uint64_t ticks = 0;
    while (::read(timer_, &ticks, sizeof ticks) > 0) {
    }
    std::vector<int> streaming;
    for (auto& [fd, client] : clients_) {
      if (client.chunks_left > 0) streaming.push_back(fd);
    }
    for (const int fd : streaming) {
      Client& client = clients_[fd];
      client.out += "a\r\ndata: tick\r\n";
      if (--client.chunks_left == 0) client.out += "0\r\n\r\n";
      flush(fd, client);
    }
  }
  void flush(int fd, Client& client) {
    while (!client.out.empty()) {
      const auto sent = ::send(fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return;
      if (sent <= 0) return drop(fd);
      client.out.erase(0, static_cast<std::size_t>(sent));
    }
    if (client.closing) drop(fd);
  }

  int epoll_;
  int listener_;
  int timer_;
  std::string body_;
  std::map<int, Client> clients_;
};

}  // namespace

int main() {
  std::signal(SIGTERM, [](int) { ::_exit(0); });
  const char* port = std::getenv("PORT");
  Origin(port == nullptr ? 8080 : std::atoi(port)).run();
}

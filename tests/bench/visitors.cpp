// Visitors of a site, for the benchmarks of the way in: one thread, one epoll. Prints one JSON object at the end.
//
//   visitors PORT HOST SECONDS RATE CONNECTIONS WEBSOCKETS STREAMS [PATH [HEADER…]]
//
// RATE requests a second are sent in an open loop: each has its moment, and its latency counts from that moment,
// however late it could be sent. RATE 0: each of the connections asks again as soon as it was answered. Beside them so
// many WebSockets, each for 3 s with a message each 100 ms that must come back, and so many streams of 2 s that must
// come whole.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int kMessages = 30;
constexpr auto kMessageEvery = milliseconds(100);
constexpr auto kPatience = std::chrono::seconds(10);

enum class Kind { request, websocket, stream };

struct Options {
  int port;
  std::string host;
  double seconds;
  double rate;
  std::size_t connections;
  std::size_t websockets;
  std::size_t streams;
  std::string path{"/"};
  std::vector<std::string> headers{};
};

struct Counts {
  std::uint64_t begun{0};
  std::uint64_t done{0};
  std::uint64_t failed{0};
  std::map<std::string, std::uint64_t> causes;
  void fail(const std::string& cause) {
    ++failed;
    ++causes[cause];
  }
};

struct Visitor {
  Kind kind{Kind::request};
  int fd{-1};
  bool busy{false};
  std::string in;
  std::size_t body_missing{0};
  bool headed{false};
  Clock::time_point intended;
  int messages_sent{0};
  int messages_back{0};
  Clock::time_point next_message;
};

class Crowd {
 public:
  explicit Crowd(Options options) : options_(std::move(options)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    request_ = "GET " + options_.path + " HTTP/1.1\r\nHost: " + options_.host + "\r\n";
    for (const auto& header : options_.headers) request_ += header + "\r\n";
    request_ += "\r\n";
    latencies_.reserve(1U << 20U);
  }

  void run() {
    if (options_.rate > 0) wait_for_nobody();
    const auto begin = begin_ = Clock::now();
    const auto end = begin + microseconds(static_cast<std::int64_t>(options_.seconds * 1e6));
    while (visitors_.size() < options_.connections) add(Kind::request);
    for (std::size_t i = 0; i < options_.websockets; ++i) start(*add(Kind::websocket), begin);
    for (std::size_t i = 0; i < options_.streams; ++i) start(*add(Kind::stream), begin);
    for (;;) {
      const auto now = Clock::now();
      if (now >= end && (busy_ == 0 || now >= end + kPatience)) break;
      ending_ = now >= end;
      if (!ending_ && options_.rate > 0) {
        for (; moment_of(sent_) <= now; ++sent_) due_.push_back(moment_of(sent_));
      }
      give_out(now);
      speak(now);
      receive();
    }
    for (auto& visitor : visitors_) {
      if (visitor->busy) counts(*visitor).fail("no answer in 10 s");
    }
    print(std::chrono::duration<double>(std::min(Clock::now(), end) - begin).count());
  }

 private:
  Clock::time_point moment_of(std::uint64_t request) const {
    return begin_ + microseconds(static_cast<std::int64_t>(static_cast<double>(request) / options_.rate * 1e6));
  }
  /// Visitors are on other machines: that they had to wait for a processor of this one must not count as the site's.
  static void wait_for_nobody() {
    const sched_param first{.sched_priority = 1};
    if (::sched_setscheduler(0, SCHED_FIFO, &first) != 0) std::perror("visitors: not before others");
  }
  Counts& counts(const Visitor& visitor) { return counts_[static_cast<std::size_t>(visitor.kind)]; }

  Visitor* add(Kind kind) {
    visitors_.push_back(std::make_unique<Visitor>());
    visitors_.back()->kind = kind;
    if (kind == Kind::request) idle_.push_back(visitors_.back().get());
    return visitors_.back().get();
  }

  bool connect(Visitor& visitor) {
    visitor.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(visitor.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    const int on = 1;
    ::setsockopt(visitor.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &visitor;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, visitor.fd, &event);
    return true;
  }
  static void hang_up(Visitor& visitor) {
    if (visitor.fd >= 0) ::close(visitor.fd);
    visitor.fd = -1;
    visitor.in.clear();
  }
  static bool send_all(const Visitor& visitor, std::string_view bytes) {
    return ::send(visitor.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  void start(Visitor& visitor, Clock::time_point intended) {
    visitor.intended = intended;
    visitor.busy = true;
    visitor.headed = false;
    visitor.messages_sent = visitor.messages_back = 0;
    ++busy_;
    ++counts(visitor).begun;
    if (visitor.fd < 0 && !connect(visitor)) return finish(visitor, "no connection");
    std::string upgrade;
    if (visitor.kind == Kind::websocket) {
      upgrade = "GET /ws HTTP/1.1\r\nHost: " + options_.host +
                "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n";
    } else if (visitor.kind == Kind::stream) {
      upgrade = "GET /stream HTTP/1.1\r\nHost: " + options_.host + "\r\n\r\n";
    }
    if (!send_all(visitor, visitor.kind == Kind::request ? std::string_view(request_) : std::string_view(upgrade))) {
      finish(visitor, "connection broken");
    }
  }

  /// `failure` empty: all came.
  void finish(Visitor& visitor, const std::string& failure) {
    visitor.busy = false;
    --busy_;
    if (failure.empty()) {
      ++counts(visitor).done;
    } else {
      counts(visitor).fail(failure);
      hang_up(visitor);
    }
    const auto now = Clock::now();
    if (visitor.kind == Kind::request) {
      if (failure.empty()) {
        latencies_.push_back(
            static_cast<std::uint32_t>(std::chrono::duration_cast<microseconds>(now - visitor.intended).count()));
      }
      idle_.push_back(&visitor);
      return;
    }
    hang_up(visitor);
    if (!ending_) again_.push_back(&visitor);
  }

  void give_out(Clock::time_point now) {
    for (auto* visitor : std::exchange(again_, {})) start(*visitor, now);
    if (options_.rate > 0) {
      while (!ending_ && !due_.empty() && !idle_.empty()) {
        Visitor* visitor = idle_.front();
        idle_.pop_front();
        const auto intended = due_.front();
        due_.pop_front();
        start(*visitor, intended);
      }
      return;
    }
    for (std::size_t i = idle_.size(); i > 0 && !ending_; --i) {
      Visitor* visitor = idle_.front();
      idle_.pop_front();
      start(*visitor, now);
    }
  }

  /// WebSockets say something each 100 ms, and goodbye after 30 messages.
  void speak(Clock::time_point now) {
    for (auto& visitor : visitors_) {
      if (visitor->kind != Kind::websocket || !visitor->headed || now < visitor->next_message) continue;
      visitor->next_message = now + kMessageEvery;
      if (visitor->messages_sent >= kMessages) continue;
      ++visitor->messages_sent;
      // A masked text frame of 4 bytes, with a mask of zeros.
      const std::string frame("\x81\x84\0\0\0\0tick", 10);
      if (!send_all(*visitor, frame)) finish(*visitor, "connection broken");
    }
  }

  /// How long nothing is to be sent.
  timespec until_next() const {
    constexpr long kMs = 1'000'000;
    if (options_.rate == 0 || ending_) return {.tv_sec = 0, .tv_nsec = (options_.websockets > 0 ? 1 : 10) * kMs};
    const auto wait = std::chrono::duration_cast<std::chrono::nanoseconds>(moment_of(sent_) - Clock::now()).count();
    return {.tv_sec = 0, .tv_nsec = std::clamp<long>(wait, 0, options_.websockets > 0 ? kMs : 10 * kMs)};
  }

  void receive() {
    std::array<epoll_event, 512> events{};
    const timespec wait = until_next();
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int i = 0; i < count; ++i) {
      auto& visitor = *static_cast<Visitor*>(events[static_cast<std::size_t>(i)].data.ptr);
      std::array<char, 32768> chunk{};
      const auto got = ::recv(visitor.fd, chunk.data(), chunk.size(), MSG_DONTWAIT);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) {
        // Between two requests a server may hang up; within one it must not.
        if (visitor.busy) {
          finish(visitor, visitor.headed ? "cut off" : "closed without an answer");
        } else {
          hang_up(visitor);
        }
        continue;
      }
      visitor.in.append(chunk.data(), static_cast<std::size_t>(got));
      read(visitor);
    }
  }

  void read(Visitor& visitor) {
    if (!visitor.headed) {
      const auto end = visitor.in.find("\r\n\r\n");
      if (end == std::string::npos) return;
      const std::string status = visitor.in.substr(0, 12);
      const std::string wanted = visitor.kind == Kind::websocket ? "HTTP/1.1 101" : "HTTP/1.1 200";
      if (status != wanted) return finish(visitor, "status " + status.substr(9));
      visitor.body_missing = content_length(visitor.in.substr(0, end));
      visitor.in.erase(0, end + 4);
      visitor.headed = true;
      visitor.next_message = Clock::now();
    }
    if (visitor.kind == Kind::request) {
      if (visitor.in.size() < visitor.body_missing) return;
      visitor.in.erase(0, visitor.body_missing);
      visitor.headed = false;
      finish(visitor, "");
    } else if (visitor.kind == Kind::stream) {
      if (visitor.in.ends_with("0\r\n\r\n")) finish(visitor, "");
    } else {
      while (visitor.in.size() >= 6) {
        if (!visitor.in.starts_with("\x81\x04tick")) return finish(visitor, "not what was sent");
        visitor.in.erase(0, 6);
        ++visitor.messages_back;
      }
      if (visitor.messages_back >= kMessages) finish(visitor, "");
    }
  }
  static std::size_t content_length(std::string head) {
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto at = head.find("content-length: ");
    return at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + 16, nullptr, 10);
  }

  std::uint32_t quantile(double share) {
    if (latencies_.empty()) return 0;
    const auto at =
        std::min(latencies_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(latencies_.size())));
    std::ranges::nth_element(latencies_, latencies_.begin() + static_cast<std::ptrdiff_t>(at));
    return latencies_[at];
  }
  static void print_counts(const char* name, const Counts& counts) {
    std::printf("\"%s\":{\"begun\":%llu,\"done\":%llu,\"failed\":%llu,\"causes\":{", name,
                static_cast<unsigned long long>(counts.begun), static_cast<unsigned long long>(counts.done),
                static_cast<unsigned long long>(counts.failed));
    const char* comma = "";
    for (const auto& [cause, count] : counts.causes) {
      std::printf("%s\"%s\":%llu", comma, cause.c_str(), static_cast<unsigned long long>(count));
      comma = ",";
    }
    std::printf("}},");
  }
  void print(double seconds) {
    std::printf("{");
    print_counts("requests", counts_[0]);
    print_counts("websockets", counts_[1]);
    print_counts("streams", counts_[2]);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto cpu = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    std::printf(
        "\"seconds\":%.3f,\"unsent\":%zu,\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,\"p999_us\":%u,\"max_us\":%u,",
        seconds, due_.size(), quantile(0.5), quantile(0.9), quantile(0.99), quantile(0.999), quantile(1.0));
    std::printf("\"cpu_s\":%.3f}\n", cpu(usage.ru_utime) + cpu(usage.ru_stime));
  }

  Options options_;
  int epoll_;
  std::string request_;
  std::vector<std::unique_ptr<Visitor>> visitors_;
  std::deque<Visitor*> idle_;
  std::vector<Visitor*> again_;
  std::deque<Clock::time_point> due_;
  std::array<Counts, 3> counts_;
  std::vector<std::uint32_t> latencies_;
  Clock::time_point begin_;
  std::uint64_t sent_{0};
  std::size_t busy_{0};
  bool ending_{false};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) {
    std::fprintf(stderr, "visitors PORT HOST SECONDS RATE CONNECTIONS WEBSOCKETS STREAMS [PATH [HEADER…]]\n");
    return 2;
  }
  const auto count = [&](int at) { return static_cast<std::size_t>(std::strtoull(argv[at], nullptr, 10)); };
  Options options{std::atoi(argv[1]), argv[2], std::atof(argv[3]), std::atof(argv[4]), count(5), count(6), count(7)};
  if (argc > 8) options.path = argv[8];
  for (int at = 9; at < argc; ++at) options.headers.emplace_back(argv[at]);
  Crowd(std::move(options)).run();
  return 0;
}

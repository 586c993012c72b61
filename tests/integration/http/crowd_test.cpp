#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/system/error_code.hpp>
#include <fstream>
#include <functional>
#include <thread>

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/log/log.hpp"
#include "control-plane/platform/http/descriptors.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

// Very many connections (SECURITY LIM-07, LIM-12): memory stays bounded, and who has something to ask is answered.
namespace {

using http::Method;
using http_test::RawClient;
using http_test::TestServer;

#if __has_feature(thread_sanitizer)
constexpr std::uint64_t kMostBytesEach = 40 * 1024;  // it keeps four times what it watches
#else
constexpr std::uint64_t kMostBytesEach = 20 * 1024;
#endif

const std::string kGet = "GET /get HTTP/1.1\r\nHost: h\r\n\r\n";

async::Task<http::Response> hello(http::Request) {
  co_return http::text_response(200, "hello");
}

async::Task<http::Response> slow_hello(http::Request) {
  co_await async::sleep(std::chrono::milliseconds(1));
  co_return http::text_response(200, "hello");
}

http::RouteTable routes() {
  http::RouteTable table;
  table.add(Method::get, "/get", hello);
  table.add(Method::get, "/slow", slow_hello);
  return table;
}

sockaddr_in loopback(int net, int host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl((127U << 24U) | (static_cast<unsigned>(net) << 8U) | static_cast<unsigned>(host));
  return address;
}

/// A socket at 127.0.`net`.`host`: one address has too few ports for a crowd.
base::UniqueFd socket_at(int net, int host) {
  base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto from = loopback(net, host, 0);
  const bool bound = socket.valid() && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
  return bound ? std::move(socket) : base::UniqueFd();
}

base::UniqueFd connect_to(base::UniqueFd socket, std::uint16_t port) {
  const auto to = loopback(0, 1, port);
  const bool connected =
      socket.valid() && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  return connected ? std::move(socket) : base::UniqueFd();
}

base::UniqueFd connect_from(int net, int host, std::uint16_t port) {
  return connect_to(socket_at(net, host), port);
}

/// Idle connections held by a process of its own, so that its descriptors are not the server's. Ends with its object.
class Crowd {
 public:
  Crowd(int net, int count, std::uint16_t port) {
    int ready[2];
    int go[2];
    if (::pipe(ready) != 0 || ::pipe(go) != 0) base::throw_errno("pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(go[1]);
      hold(net, count, port, ready[1], go[0]);
    }
    ready_ = base::UniqueFd(ready[0]);
    go_ = base::UniqueFd(go[1]);
    ::close(ready[1]);
    ::close(go[0]);
  }
  ~Crowd() {
    go_.reset();
    ::waitpid(child_, nullptr, 0);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Waits until all have connected (or could not); how many did.
  int connected() {
    int count = 0;
    if (::read(ready_.get(), &count, sizeof count) != sizeof count) return -1;
    return count;
  }

 private:
  /// The child: only system calls between fork and exit.
  [[noreturn]] static void hold(int net, int count, std::uint16_t port, int ready, int go) {
    http::raise_descriptor_limit();
    int connected = 0;
    for (int i = 0; i < count; ++i) {
      auto socket = connect_from(net, 1 + i % 16, port);
      if (!socket.valid()) continue;
      static_cast<void>(socket.release());
      ++connected;
    }
    static_cast<void>(::write(ready, &connected, sizeof connected));
    char byte = 0;
    static_cast<void>(::read(go, &byte, 1));
    ::_exit(0);
  }

  pid_t child_{-1};
  base::UniqueFd ready_;
  base::UniqueFd go_;
};

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

void wait_until(const std::function<bool()>& reached) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!reached() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
}

TEST(HttpCrowd, lim_07_twenty_thousand_idle_connections_leave_room_for_a_request) {
  http::raise_descriptor_limit();
  http::ServerOptions options;
  options.limits.connections = 20'480;
  options.limits.head_time = std::chrono::minutes(2);
  TestServer server(options);
  const auto port = server.listen(routes());
  const auto most = http::connections_within(http::descriptor_limit(), options.limits.connections);
  const auto before = resident_bytes();

  {
    Crowd first(1, 10'000, port);
    Crowd second(2, 10'000, port);
    ASSERT_EQ(first.connected() + second.connected(), 20'000);
    wait_until([&] { return server.server().open_connections() >= std::min<std::size_t>(most, 20'000); });
    const auto each = (resident_bytes() - before) / server.server().open_connections();

    EXPECT_GE(server.server().open_connections(), std::min<std::size_t>(most, 20'000));
    EXPECT_LE(server.server().open_connections(), most + 64);
    // With the sanitizers' own bookkeeping; about half of it without.
    EXPECT_LT(each, kMostBytesEach);
    RecordProperty("bytes_per_connection", static_cast<int>(each));
    RecordProperty("connections", static_cast<int>(server.server().open_connections()));
    for (int i = 0; i < 20; ++i) EXPECT_EQ(http_test::ask(port, kGet).body, "hello") << i;
  }
  wait_until([&] { return server.server().open_connections() == 0; });
  EXPECT_EQ(server.server().open_connections(), 0U);
}

TEST(HttpCrowd, a_new_connection_takes_the_place_of_the_one_that_waits_longest) {
  http::ServerOptions options;
  options.limits.connections = 4;
  options.limits.connections_per_address = 4;
  TestServer server(options);
  const auto port = server.listen(routes());
  std::vector<RawClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(port);
    clients.back().send(kGet);
    EXPECT_EQ(clients.back().read_response().status, 200);
  }

  EXPECT_EQ(http_test::ask(port, kGet).status, 200);

  // Connections are spread over two threads: the oldest of one of them went.
  int open = 0;
  for (auto& client : clients) {
    client.send(kGet);
    open += client.read_response().status == 200 ? 1 : 0;
  }
  EXPECT_EQ(open, 3);
}

TEST(HttpCrowd, one_address_cannot_take_all_places) {
  http::ServerOptions options;
  options.limits.connections = 100;
  options.limits.connections_per_address = 10;
  TestServer server(options);
  const auto port = server.listen(routes());
  std::vector<base::UniqueFd> crowd;

  RawClient other(connect_from(9, 9, port));
  for (int i = 0; i < 40; ++i) crowd.push_back(connect_from(7, 7, port));
  RawClient last(connect_from(7, 7, port));
  last.send(kGet);

  EXPECT_EQ(last.read_response().status, 200) << "the newest of a crowd is served";
  wait_until([&] { return server.server().open_connections() <= 11; });
  EXPECT_LE(server.server().open_connections(), 11U);
  other.send(kGet);
  EXPECT_EQ(other.read_response().status, 200) << "others lose nothing";
}

TEST(HttpCrowd, half_sent_requests_give_way_like_idle_ones) {
  http::ServerOptions options;
  options.limits.connections = 10;
  options.limits.connections_per_address = 10;
  TestServer server(options);
  const auto port = server.listen(routes());
  std::vector<RawClient> slow;
  for (int i = 0; i < 10; ++i) {
    slow.emplace_back(port);
    slow.back().send("GET /get HTTP/1.1\r\nHo");
  }
  wait_until([&] { return server.server().open_connections() == 10; });

  for (int i = 0; i < 5; ++i) EXPECT_EQ(http_test::ask(port, kGet).status, 200);
}

TEST(HttpCrowd, without_descriptors_those_that_wait_are_let_go_and_requests_are_answered) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  http::ServerOptions options;
  options.limits.connections = 100;
  options.limits.connections_per_address = 100;
  TestServer server(options);
  const auto port = server.listen(routes());
  // UBSan looks at an object through a pipe the first time that it meets its type, and later there will be none: all
  // that happens below happens here first, with descriptors.
  logging::error("test.warms_up",
                 {{"why", boost::system::error_code(EMFILE, boost::system::system_category()).message()}});
  {
    Crowd crowd(3, 150, port);
    EXPECT_EQ(crowd.connected(), 150);
    EXPECT_EQ(http_test::ask(port, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  }
  wait_until([&] { return server.server().open_connections() == 0; });
  auto late_socket = socket_at(4, 4);
  const base::UniqueFd lowest_free(::dup(0));
  // After the server has judged what it may take: the rest of the process took the descriptors since.
  const rlimit few{static_cast<rlim_t>(lowest_free.get()) + 60, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);

  int connected = 0;
  int status = 0;
  {
    Crowd crowd(3, 200, port);
    connected = crowd.connected();
    RawClient late(connect_to(std::move(late_socket), port));
    late.send(kGet);
    status = late.read_response().status;
  }
  ::setrlimit(RLIMIT_NOFILE, &before);

  EXPECT_EQ(connected, 200);
  EXPECT_EQ(status, 200);
}

TEST(Descriptors, leave_room_for_everything_else) {
  EXPECT_EQ(http::connections_within(20'000, 4'096), 4'096U);
  EXPECT_EQ(http::connections_within(20'000, 100'000), 19'744U);
  EXPECT_EQ(http::connections_within(256, 4'096), 128U);
  EXPECT_EQ(http::connections_within(0, 4'096), 1U);
}

}  // namespace

#include "common/http_client/client.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "raw_client.hpp"
#include "test_server.hpp"

namespace {

using http::Method;
using http_client::Client;
using http_client::Endpoint;
using http_test::RawClient;
using http_test::TestServer;

/// A server that plays a script: for each connection in turn, reads one request's header and answers these bytes.
class Scripted {
 public:
  explicit Scripted(std::vector<std::string> answers) {
    char folder[] = "/tmp/wh-http-test-XXXXXX";
    folder_ = ::mkdtemp(folder);
    listener_ = base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    thread_ = std::thread([this, script = std::move(answers)] {
      for (const auto& answer : script) {
        {
          RawClient client(base::UniqueFd(::accept(listener_.get(), nullptr, nullptr)));
          heads_.push_back(client.read_until("\r\n\r\n"));
          client.send(answer);
        }
        ++closed_;
        closed_.notify_all();
      }
    });
  }
  ~Scripted() {
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  std::string path() const { return folder_ + "/socket"; }
  const std::vector<std::string>& heads() const { return heads_; }
  /// Until the first connection was closed.
  void wait_until_closed() const { closed_.wait(0); }

 private:
  std::string folder_;
  base::UniqueFd listener_;
  std::vector<std::string> heads_;
  std::atomic<int> closed_{0};
  std::thread thread_;
};

async::Task<http::Response> tell_peer(http::Request request) {
  co_return http::text_response(
      200, request.remote_address + " " + request.body + " " + std::string(request.header("Host").value_or("")));
}

async::Task<void> write_pieces(http::BodyWriter& writer) {
  for (int i = 0; i < 40; ++i) {
    std::string piece(100'000, static_cast<char>('a' + i % 26));
    if (!co_await writer.write(std::move(piece))) co_return;
  }
}

async::Task<http::Response> large(http::Request) {
  http::Response response;
  response.stream = write_pieces;
  co_return response;
}

async::Task<http::Response> never(http::Request) {
  co_return http::event_stream([](http::BodyWriter& writer) { return writer.until_closed(); });
}

struct ClientTest : testing::Test {
  ClientTest() {
    http::RouteTable routes;
    routes.add(Method::post, "/peer", tell_peer);
    routes.add(Method::get, "/large", large);
    routes.add(Method::get, "/never", never);
    port = server.listen(std::move(routes));
  }
  base::Result<http_client::Response> send(Client& client, http_client::Request request) {
    return server.run(client.send(std::move(request), server.soon()));
  }
  Client tcp() { return {server.executor(), Endpoint::tcp("localhost", port), server.clock()}; }
  Client unix_socket(const std::string& path) {
    return {server.executor(), Endpoint::unix_socket(path), server.clock()};
  }

  TestServer server;
  std::uint16_t port{0};
};

TEST_F(ClientTest, uses_a_connection_again) {
  auto client = tcp();

  for (int i = 0; i < 3; ++i) {
    const auto response = send(client, {"POST", "/peer", {}, "hi"});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "127.0.0.1 hi localhost:" + std::to_string(port));
    EXPECT_EQ(server.server().open_connections(), 1U);
  }
}

TEST_F(ClientTest, streams_a_body_of_any_length_and_then_uses_the_connection_again) {
  auto client = tcp();

  auto opened = server.run(client.open({"GET", "/large", {}, ""}, server.soon()));
  ASSERT_TRUE(opened);
  std::size_t total = 0;
  for (;;) {
    const auto piece = server.run((*opened)->read_some(server.soon()));
    ASSERT_TRUE(piece);
    if (piece->empty()) break;
    total += piece->size();
  }

  EXPECT_EQ(total, 4'000'000U);
  EXPECT_TRUE(send(client, {"POST", "/peer", {}, ""}));
  EXPECT_EQ(server.server().open_connections(), 1U);
}

TEST_F(ClientTest, refuses_an_answer_over_its_limit) {
  auto client = tcp();

  const auto response = server.run(client.send({"GET", "/large", {}, ""}, server.soon(), 1000));

  EXPECT_EQ(response.error().code, "http.too_large");
}

TEST_F(ClientTest, gives_up_at_the_deadline) {
  auto client = tcp();

  const auto response =
      server.run(client.send({"GET", "/never", {}, ""}, server.within(std::chrono::milliseconds(100))));

  EXPECT_EQ(response.error().code, "net.timeout");
  EXPECT_EQ(response.error().kind, base::ErrorKind::timeout);
}

TEST_F(ClientTest, says_when_nobody_is_there) {
  Client nobody(server.executor(), Endpoint::tcp("127.0.0.1", 1), server.clock());
  auto no_socket = unix_socket("/nonexistent/socket");

  EXPECT_EQ(send(nobody, {}).error().code, "net.unreachable");
  EXPECT_EQ(send(no_socket, {}).error().code, "net.unreachable");
}

TEST_F(ClientTest, refuses_to_send_what_would_break_the_framing) {
  auto client = tcp();

  for (const auto& request : std::vector<http_client::Request>{{"GET", "/a b", {}, ""},
                                                               {"GET", "/a\r\nX: y", {}, ""},
                                                               {"GET\r\n", "/", {}, ""},
                                                               {"GET", "/", {{"A", "b\r\nC: d"}}, ""},
                                                               {"GET", "/", {{"A b", "c"}}, ""},
                                                               {"GET", "/", {{"Content-Length", "3"}}, ""}}) {
    EXPECT_EQ(send(client, request).error().code, "http.malformed");
  }
}

TEST_F(ClientTest, reads_close_delimited_answers_over_a_unix_socket) {
  Scripted scripted({"HTTP/1.1 200 OK\r\n\r\nall of it"});
  auto client = unix_socket(scripted.path());

  const auto response = send(client, {"GET", "/x", {{"Accept", "a/b"}}, ""});

  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "all of it");
}

TEST_F(ClientTest, skips_interim_answers) {
  Scripted scripted({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"});
  auto client = unix_socket(scripted.path());

  EXPECT_EQ(send(client, {})->status, 204);
}

TEST_F(ClientTest, notices_a_connection_that_was_closed_while_idle) {
  Scripted scripted({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"});
  auto client = unix_socket(scripted.path());

  EXPECT_EQ(send(client, {"POST", "/", {}, "x"})->body, "1");
  scripted.wait_until_closed();
  EXPECT_EQ(send(client, {"POST", "/", {}, "x"})->body, "2");
}

TEST_F(ClientTest, tells_broken_and_cut_answers_apart) {
  Scripted scripted({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "SSH-2.0-OpenSSH\r\n\r\n", "",
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"});
  auto client = unix_socket(scripted.path());

  EXPECT_EQ(send(client, {"POST", "/", {}, ""}).error().code, "net.closed");
  EXPECT_EQ(send(client, {"POST", "/", {}, ""}).error().code, "http.malformed");
  EXPECT_EQ(send(client, {"POST", "/", {}, ""}).error().code, "net.closed");
  EXPECT_EQ(send(client, {"POST", "/", {}, ""}).error().code, "http.malformed");
}

}  // namespace

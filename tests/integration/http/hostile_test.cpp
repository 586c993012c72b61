#include <gtest/gtest.h>

#include "common/base/guarded.hpp"
#include "common/crypto/x509.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

// Requests that no honest client sends, over real sockets, in the clear and over TLS (SECURITY ING-07, ING-09, LIM-12).
// Every one is answered with the status that says why, or by the end of the connection, and none hangs: the client
// waits 10 s for anything and fails the test then.
namespace {

using http::Method;
using http_test::RawClient;
using http_test::TestServer;
using http_test::Wire;

async::Task<http::Response> echo(http::Request request) {
  co_return http::text_response(200, std::string(http::to_string(request.method)) + "|" + request.body);
}

http::ServerOptions quick() {
  http::ServerOptions options;
  options.limits.head_time = std::chrono::milliseconds(400);
  options.limits.body_time = std::chrono::milliseconds(400);
  options.limits.idle_time = std::chrono::milliseconds(400);
  options.limits.write_time = std::chrono::milliseconds(400);
  return options;
}

struct HostileHttp : testing::TestWithParam<Wire> {
  HostileHttp() {
    options.on_request_done = [this](const http::RequestDone& one) {
      done.with([&](auto& all) { all.push_back(one); });
    };
  }

  void start() {
    server.emplace(std::move(options));
    http::RouteTable routes;
    routes.add(Method::get, "/get", echo);
    routes.add(Method::post, "/post", echo);
    routes.add(Method::get, "/huge", [](http::Request) -> async::Task<http::Response> {
      co_return http::text_response(200, std::string(32 * 1024 * 1024, 'x'));
    });
    std::optional<http::TlsIdentity> tls;
    if (GetParam() == Wire::tls) {
      const auto authority = crypto::make_authority("test", server->clock().utc_now());
      crypto::CertificateRequest request;
      request.common_name = "hostile";
      request.dns_names = {"localhost"};
      const auto leaf = crypto::issue_certificate(authority, request, server->clock().utc_now());
      tls = http::TlsIdentity{leaf->chain_pem, leaf->key_pem};
    }
    port = server->listen(std::move(routes), std::move(tls));
  }

  RawClient connect() { return RawClient(port, GetParam()); }

  /// The status, and that nothing of what follows was read as a request: one answer, then the end.
  int only_answer(const std::string& request) {
    auto client = connect();
    client.send(request);
    const auto answer = client.read_response();
    EXPECT_TRUE(client.peer_closed()) << "a second answer to " << request.substr(0, 200);
    return answer.status;
  }

  base::Guarded<std::vector<http::RequestDone>> done;
  http::ServerOptions options;
  std::optional<TestServer> server;
  std::uint16_t port{0};
};

const std::string kPost = "POST /post HTTP/1.1\r\nHost: h\r\n";
const std::string kHidden = "GET /get HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_P(HostileHttp, ing_07_smuggling_shapes_are_400_and_the_end) {
  start();
  const std::vector<std::string> shapes{
      kPost + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding:\x0b" + "chunked\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      kPost + "Transfer-Encoding\r\n : chunked\r\n\r\n0\r\n\r\n",
      kPost + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      kPost + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
      kPost + "Content-Length: 0\r\nContent-Length: 4\r\n\r\nabcd",
      kPost + "Content-Length: 0, 4\r\n\r\nabcd",
      kPost + "Content-Length: +4\r\n\r\nabcd",
      kPost + "Content-Length: -4\r\n\r\nabcd",
      kPost + "Content-Length: 0x4\r\n\r\nabcd",
      kPost + "Content-Length: 4 \r\n 0\r\n\r\nabcd",
      kPost + "Content-Length: 18446744073709551620\r\n\r\nabcd",
      kPost + "Content-Length:\r\n\r\n",
      "POST /post HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "GET /get HTTP/1.1\nHost: h\n\n",
      "GET /get HTTP/1.1\r\nHost: h\n\r\n",
      "GET /get HTTP/1.1\rHost: h\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n",
      "GET /get HTTP/1.1\r\n Host: h\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost: h\r\nA\x00: b\r\n\r\n" + std::string(),
      "GET /get HTTP/1.1\r\nHost: h\r\nA b: c\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost: h\r\n: c\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost: h\r\nnocolon\r\n\r\n",
      "GET  /get HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /get  HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /get HTTP/1.1 \r\nHost: h\r\n\r\n",
      "\r\nGET /get HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /get\r\n\r\n",
      "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
      "G@T /get HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /get http/1.1\r\nHost: h\r\n\r\n",
      "GET /get HTTP/1.1\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost:\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost: a@b\r\n\r\n",
      "GET /get HTTP/1.1\r\nHost: a/b\r\n\r\n",
  };
  for (const auto& shape : shapes) EXPECT_EQ(only_answer(shape + kHidden), 400) << shape;
  done.with([&](auto& all) {
    for (const auto& one : all) EXPECT_EQ(one.status, 400) << one.route;
  });
}

TEST_P(HostileHttp, ing_07_broken_chunks_are_400_and_the_end) {
  start();
  const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::string& chunks : std::vector<std::string>{
           "zz\r\n", "-1\r\n", "0x3\r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n",
           "3\r\nabc0\r\n\r\n", "fffffffffffffffff\r\nabc", "3 3\r\nabc\r\n0\r\n\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n",
           "3;a=\x01\r\nabc\r\n0\r\n\r\n", "3;" + std::string(20'000, 'a') + "\r\nabc\r\n0\r\n\r\n", "0\n\n",
           "0\r\nX: y\nZ: w\r\n\r\n"}) {
    EXPECT_EQ(only_answer(head + chunks + kHidden), 400) << chunks.substr(0, 40);
  }
}

TEST_P(HostileHttp, ing_07_tunnels_and_other_protocols_are_refused) {
  start();

  EXPECT_EQ(only_answer("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n" + kHidden), 400);
  EXPECT_EQ(only_answer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(only_answer("GET /get HTTP/3\r\nHost: h\r\n\r\n"), 505);
  auto client = connect();
  client.send(
      "GET /get HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 200) << "an upgrade that is not taken is not taken: plain HTTP goes on";
}

TEST_P(HostileHttp, pipelined_requests_around_a_broken_one_end_there) {
  start();
  auto client = connect();

  client.send(kHidden + kPost + "Content-Length: 3\r\n\r\nabc" + kHidden + kPost + "Content-Length: x\r\n\r\n" +
              kHidden);

  EXPECT_EQ(client.read_response().body, "GET|");
  EXPECT_EQ(client.read_response().body, "POST|abc");
  EXPECT_EQ(client.read_response().body, "GET|");
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_TRUE(client.peer_closed());
}

TEST_P(HostileHttp, a_request_in_single_bytes_is_read_like_any_other) {
  start();
  auto client = connect();

  for (const char byte : kPost + "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n") {
    client.send(std::string(1, byte));
  }

  EXPECT_EQ(client.read_response().body, "POST|abc");
}

TEST_P(HostileHttp, ing_09_a_slow_header_is_408) {
  options = quick();
  start();
  auto client = connect();

  client.send("GET /get HTTP/1.1\r\nHost: h\r\nX: ");

  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_TRUE(client.peer_closed());
}

TEST_P(HostileHttp, ing_09_a_slow_body_is_408_and_earns_time_by_bytes) {
  options = quick();
  start();
  auto slow = connect();
  auto steady = connect();
  const std::size_t size = 512 * 1024;

  slow.send(kPost + "Content-Length: 100\r\n\r\nabc");
  steady.send(kPost + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size - 1, 'y'));

  EXPECT_EQ(slow.read_response().status, 408);
  steady.send("z");
  EXPECT_EQ(steady.read_response().status, 200);
}

TEST_P(HostileHttp, ing_09_a_slow_chunk_is_408) {
  options = quick();
  start();
  auto client = connect();

  client.send(kPost + "Transfer-Encoding: chunked\r\n\r\n5\r\nab");

  EXPECT_EQ(client.read_response().status, 408);
}

TEST_P(HostileHttp, ing_09_a_reader_that_takes_nothing_is_dropped) {
  options = quick();
  start();
  auto client = connect();

  client.send("GET /huge HTTP/1.1\r\nHost: h\r\n\r\n");

  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (server->server().open_connections() > 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_EQ(server->server().open_connections(), 0U);
}

TEST_P(HostileHttp, a_silent_connection_is_closed_without_an_answer) {
  options = quick();
  start();

  EXPECT_TRUE(connect().peer_closed());
}

TEST_P(HostileHttp, lim_12_huge_requests_are_413_and_431) {
  start();
  const std::string mebibyte(1024 * 1024, 'x');
  std::string many;
  for (int i = 0; i < 200; ++i) many += "A" + std::to_string(i) + ": b\r\n";

  EXPECT_EQ(only_answer("GET /get HTTP/1.1\r\nHost: h\r\nA: " + std::string(20'000, 'x')), 431);
  EXPECT_EQ(only_answer("GET /get HTTP/1.1\r\nHost: h\r\n" + many + "\r\n"), 431);
  EXPECT_EQ(only_answer("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n"), 431);
  EXPECT_EQ(only_answer(std::string(20'000, 'G')), 431);
  EXPECT_EQ(only_answer(kPost + "Content-Length: 1048577\r\n\r\n"), 413);
  EXPECT_EQ(only_answer(kPost + "Content-Length: 999999999999999999\r\n\r\n"), 413);
  EXPECT_EQ(only_answer(kPost + "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + mebibyte + "x\r\n0\r\n\r\n"), 413);
  EXPECT_EQ(only_answer(kPost + "Connection: close\r\nContent-Length: 1048576\r\n\r\n" + mebibyte), 200);
}

TEST_P(HostileHttp, a_request_cut_anywhere_leaves_nothing_behind) {
  start();
  const std::string whole = kPost + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); size += GetParam() == Wire::tls ? 11 : 1) {
    auto client = connect();
    client.send(whole.substr(0, size));
  }

  auto client = connect();
  client.send(whole);
  EXPECT_EQ(client.read_response().body, "POST|abc");
  client.close();
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (server->server().open_connections() > 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_EQ(server->server().open_connections(), 0U);
}

TEST_P(HostileHttp, log_05_tokens_in_addresses_are_refused_with_401) {
  start();
  for (const std::string query :
       {"token=wh_x", "a=b&access_token=x", "TOKEN=x", "password=", "api_key=x", "%74oken=x"}) {
    auto client = connect();
    client.send("GET /get?" + query + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, 401) << query;
    EXPECT_EQ(answer.body.find("wh_x"), std::string::npos);
  }
}

TEST_P(HostileHttp, invented_methods_are_one_label_for_all) {
  start();
  auto client = connect();
  for (int i = 0; i < 5; ++i) client.send("M" + std::to_string(i) + " /get HTTP/1.1\r\nHost: h\r\n\r\n");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.read_response().status, 405);
  client.close();
  server.reset();

  done.with([](auto& all) {
    ASSERT_EQ(all.size(), 5U);
    for (const auto& one : all) EXPECT_EQ(one.method, "(other)");
  });
}

INSTANTIATE_TEST_SUITE_P(Wires, HostileHttp, testing::Values(Wire::clear, Wire::tls),
                         [](const auto& info) { return std::string(info.param == Wire::tls ? "tls" : "clear"); });

}  // namespace

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>

#include "common/async/timer.hpp"
#include "common/base/failure.hpp"
#include "common/base/guarded.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

namespace {

using http::Method;
using http_test::ask;
using http_test::RawClient;
using http_test::TestServer;

async::Task<http::Response> echo(http::Request request) {
  std::string text = std::string(http::to_string(request.method)) + " " + request.path;
  for (const auto& [name, value] : request.params) text += " " + name + "=" + value;
  for (const auto& [name, value] : request.query) text += " ?" + name + "=" + value;
  co_return http::text_response(200, text + "|" + request.body);
}

async::Task<http::Response> lose_database(http::Request) {
  throw base::Failure("password=hunter2");
  co_return http::Response{};
}

async::Task<http::Response> break_down(http::Request) {
  throw std::logic_error("vector::at 0xdeadbeef");
  co_return http::Response{};
}

struct Gate {
  std::atomic<bool> entered{false};
  std::atomic<bool> open{false};
};

async::Task<http::Response> pass(Gate* gate) {
  gate->entered = true;
  gate->entered.notify_all();
  while (!gate->open) co_await async::sleep(std::chrono::milliseconds(1));
  co_return http::text_response(200, "through");
}

http::RouteTable routes() {
  http::RouteTable table;
  table.add(Method::get, "/api/v1/apps/{app}", echo);
  table.add(Method::post, "/api/v1/apps", echo);
  table.add(Method::put, "/api/v1/blobs/{name}", echo).body_limit(3 * 1024 * 1024);
  table.add(Method::get, "/api/v1/failure", lose_database);
  table.add(Method::get, "/api/v1/bug", break_down);
  return table;
}

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

std::string post(const std::string& body, const std::string& headers = "") {
  return "POST /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

TEST(HttpServer, answers_with_parameters_and_query) {
  TestServer server;
  const auto port = server.listen(routes());

  const auto response = ask(port, get("/api/v1/apps/caf%C3%A9?tail=2%20x"));

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "GET /api/v1/apps/café app=café ?tail=2 x|");
  EXPECT_EQ(response.headers.at("cache-control"), "no-store");
  EXPECT_EQ(response.headers.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(response.headers.at("x-request-id").size(), 36U);
}

TEST(HttpServer, keeps_a_sane_request_id_and_replaces_others) {
  TestServer server;
  const auto port = server.listen(routes());

  EXPECT_EQ(ask(port, get("/api/v1/apps/a", "X-Request-Id: abc-1\r\n")).headers.at("x-request-id"), "abc-1");
  EXPECT_NE(ask(port, get("/api/v1/apps/a", "X-Request-Id: a b\r\n")).headers.at("x-request-id"), "a b");
}

TEST(HttpServer, answers_pipelined_requests_in_order_on_one_connection) {
  TestServer server;
  const auto port = server.listen(routes());
  RawClient client(port);

  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/api/v1/apps/" + std::to_string(i)) + post("body" + std::to_string(i));
  client.send(requests);

  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.read_response().body, "GET /api/v1/apps/" + std::to_string(i) + " app=" + std::to_string(i) + "|");
    EXPECT_EQ(client.read_response().body, "POST /api/v1/apps|body" + std::to_string(i));
  }
}

TEST(HttpServer, answers_400_and_closes_on_smuggling_shapes) {
  TestServer server;
  const auto port = server.listen(routes());
  const std::string head = "POST /api/v1/apps HTTP/1.1\r\nHost: localhost\r\n";
  const std::string hidden = get("/api/v1/apps/hidden");

  for (const auto& request : std::vector<std::string>{
           head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
           head + "Content-Length: 0\r\nContent-Length: 4\r\n\r\nabcd" + hidden,
           head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
           head + "Transfer-Encoding: chunked\r\n\r\n0\n\n" + hidden,
           head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + hidden, "GET / HTTP/1.1\nHost: localhost\n\n" + hidden,
           "GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c\r\n\r\n" + hidden, "GET / HTTP/1.1\r\n\r\n" + hidden,
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden}) {
    RawClient client(port);
    client.send(request);
    const auto response = client.read_response();

    EXPECT_EQ(response.status, 400) << request;
    EXPECT_EQ(response.headers.at("content-type"), "application/problem+json") << request;
    EXPECT_EQ(response.headers.at("connection"), "close") << request;
    EXPECT_TRUE(client.peer_closed()) << request;
  }
}

TEST(HttpServer, answers_408_to_a_header_that_never_ends) {
  http::ServerOptions options;
  options.limits.head_time = std::chrono::milliseconds(150);
  TestServer server(options);
  const auto port = server.listen(routes());
  RawClient client(port);

  client.send("GET /api/v1/apps/a HTTP/1.1\r\nHost: loc");

  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_TRUE(client.peer_closed());
}

TEST(HttpServer, answers_408_to_a_body_that_never_ends) {
  http::ServerOptions options;
  options.limits.body_time = std::chrono::milliseconds(150);
  TestServer server(options);
  const auto port = server.listen(routes());
  RawClient client(port);

  client.send("POST /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");

  EXPECT_EQ(client.read_response().status, 408);
}

TEST(HttpServer, has_the_limits_that_are_promised_when_nobody_says_otherwise) {
  const http::Limits limits;

  EXPECT_EQ(limits.head_bytes, 16U * 1024);
  EXPECT_EQ(limits.body_bytes, 1024U * 1024);
  EXPECT_EQ(limits.head_time, std::chrono::seconds(10));
  EXPECT_EQ(limits.idle_time, std::chrono::seconds(60));
}

TEST(HttpServer, closes_idle_connections) {
  http::ServerOptions options;
  options.limits.idle_time = std::chrono::milliseconds(100);
  TestServer server(options);
  const auto port = server.listen(routes());
  RawClient client(port);
  client.send(get("/api/v1/apps/a"));

  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(client.peer_closed());
}

TEST(HttpServer, answers_431_to_a_huge_header) {
  TestServer server;
  const auto port = server.listen(routes());

  EXPECT_EQ(ask(port, get("/api/v1/apps/a", "A: " + std::string(20'000, 'x') + "\r\n")).status, 431);
}

TEST(HttpServer, refuses_a_large_body_by_its_length_before_it_is_sent) {
  TestServer server;
  const auto port = server.listen(routes());

  const std::string over = std::to_string(1024 * 1024 + 1);
  const auto refused =
      ask(port, "POST /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + over + "\r\n\r\n");
  const std::string blob(2 * 1024 * 1024, 'x');
  const auto taken =
      ask(port, "PUT /api/v1/blobs/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(blob.size()) +
                    "\r\n\r\n" + blob);

  EXPECT_EQ(refused.status, 413);
  EXPECT_EQ(taken.status, 200);
  EXPECT_TRUE(taken.body.ends_with("|" + blob));
}

TEST(HttpServer, refuses_a_large_chunked_body_and_the_client_sees_why) {
  TestServer server;
  const auto port = server.listen(routes());
  RawClient client(port);

  client.send("POST /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 20; ++i) client.send(chunk);

  EXPECT_EQ(client.read_response().status, 413);
}

TEST(HttpServer, invites_the_body_of_who_expects_it) {
  TestServer server;
  const auto port = server.listen(routes());
  RawClient client(port);

  client.send("POST /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_response(true).status, 100);
  client.send("hello");

  EXPECT_EQ(client.read_response().body, "POST /api/v1/apps|hello");
  EXPECT_EQ(ask(port, post("x", "Expect: cake\r\n")).status, 417);
}

TEST(HttpServer, answers_head_like_get_without_the_body) {
  TestServer server;
  const auto port = server.listen(routes());
  RawClient client(port);

  client.send("HEAD /api/v1/apps/a HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/api/v1/apps/b"));
  const auto head = client.read_response(true);

  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "25");
  EXPECT_EQ(client.read_response().body, "GET /api/v1/apps/b app=b|");
}

TEST(HttpServer, tells_which_methods_a_path_has) {
  TestServer server;
  const auto port = server.listen(routes());

  const auto options = ask(port, "OPTIONS /api/v1/apps/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto wrong = ask(port, "DELETE /api/v1/apps/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto unheard = ask(port, "BREW /api/v1/apps/a HTTP/1.1\r\nHost: localhost\r\n\r\n");

  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(unheard.status, 405);
  EXPECT_EQ(ask(port, get("/api/v1/nowhere")).status, 404);
  EXPECT_EQ(ask(port, get("/api/v1/apps/a%2Fb")).status, 400);
  EXPECT_EQ(ask(port, get("/api/v1/../v1/apps/a")).status, 400);
}

TEST(HttpServer, never_shows_what_an_exception_says) {
  TestServer server;
  const auto port = server.listen(routes());

  const auto failure = ask(port, get("/api/v1/failure"));
  const auto bug = ask(port, get("/api/v1/bug"));

  EXPECT_EQ(failure.status, 503);
  EXPECT_EQ(failure.headers.at("retry-after"), "5");
  EXPECT_EQ(failure.body.find("hunter2"), std::string::npos);
  EXPECT_EQ(bug.status, 500);
  EXPECT_EQ(bug.body.find("deadbeef"), std::string::npos);
}

TEST(HttpServer, falls_back_for_pages_but_not_for_the_api) {
  TestServer server;
  auto table = routes();
  table.fallback(echo);
  const auto port = server.listen(std::move(table));

  EXPECT_EQ(ask(port, get("/apps/shop")).body, "GET /apps/shop|");
  EXPECT_EQ(ask(port, get("/api/v1/nowhere")).status, 404);
  EXPECT_EQ(ask(port, "POST /apps/shop HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").status, 404);
}

TEST(HttpServer, speaks_http_1_0_and_closes) {
  TestServer server;
  const auto port = server.listen(routes());
  RawClient client(port);

  client.send("GET /api/v1/apps/a HTTP/1.0\r\n\r\n");

  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_TRUE(client.peer_closed());
}

TEST(HttpServer, turns_connections_away_when_all_are_busy_and_takes_them_again) {
  http::ServerOptions options;
  options.limits.connections = 1;
  TestServer server(options);
  auto table = routes();
  Gate gate;
  table.add(Method::get, "/api/v1/slow", [&gate](http::Request) { return pass(&gate); });
  const auto port = server.listen(std::move(table));
  RawClient first(port);
  first.send(get("/api/v1/slow", "Connection: close\r\n"));
  gate.entered.wait(false);

  EXPECT_EQ(RawClient(port).read_response().status, 503);

  gate.open = true;
  EXPECT_EQ(first.read_response().status, 200);
  EXPECT_TRUE(first.peer_closed());
  first.close();
  int status = 0;
  for (int i = 0; i < 1000 && status != 200; ++i) status = ask(port, get("/api/v1/apps/a")).status;
  EXPECT_EQ(status, 200);
}

TEST(HttpServer, reports_every_answer_with_its_pattern) {
  base::Guarded<std::vector<http::RequestDone>> done;
  http::ServerOptions options;
  options.on_request_done = [&done](const http::RequestDone& one) {
    done.with([&](auto& all) { all.push_back(one); });
  };
  {
    TestServer server(options);
    const auto port = server.listen(routes());
    RawClient client(port);
    client.send(get("/api/v1/apps/a") + get("/api/v1/nowhere") + "bad\r\n\r\n");
    client.read_to_end();
  }

  const auto all = done.with([](auto& list) { return list; });
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].route, "/api/v1/apps/{app}");
  EXPECT_EQ(all[0].bytes, 25U);
  EXPECT_EQ(all[1].route, "(none)");
  EXPECT_EQ(all[1].status, 404);
  EXPECT_EQ(all[2].status, 400);
}

TEST(HttpServer, cannot_listen_on_a_port_that_is_taken) {
  TestServer server;
  const auto port = server.listen(routes());
  http::ListenerOptions taken;
  taken.port = port;

  EXPECT_THROW(server.server().listen(taken, routes()), base::Failure);
}

}  // namespace

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "common/async/nudge.hpp"
#include "common/async/timer.hpp"
#include "raw_client.hpp"
#include "test_server.hpp"

namespace {

using http::Method;
using http_test::RawClient;
using http_test::TestServer;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kGetStream = "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n";

async::Task<void> count_from(int first, http::BodyWriter& writer) {
  for (int i = first; i < first + 3; ++i) {
    const auto event = http::sse_event("number", std::to_string(i), std::to_string(i + 1));
    if (!co_await writer.write(event)) co_return;
  }
}

/// Streams three events from where the client says it is.
async::Task<http::Response> resumable(http::Request request) {
  const int first = std::stoi(std::string(request.header("Last-Event-ID").value_or("0")));
  co_return http::event_stream([first](http::BodyWriter& writer) { return count_from(first, writer); });
}

TEST(HttpStream, sends_events_as_they_come_and_resumes_by_last_event_id) {
  TestServer server;
  http::RouteTable routes;
  routes.add(Method::get, "/stream", resumable);
  const auto port = server.listen(std::move(routes));
  RawClient client(port);

  client.send(kGetStream);
  const auto first = client.read_response();
  client.send("GET /stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 3\r\n\r\n");
  const auto second = client.read_response();

  EXPECT_EQ(first.headers.at("content-type"), "text/event-stream");
  EXPECT_TRUE(first.body.ends_with("id: 3\nevent: number\ndata: 2\n\n"));
  EXPECT_TRUE(second.body.starts_with("id: 4\nevent: number\ndata: 3\n\n"));
}

TEST(HttpStream, a_request_sent_ahead_is_answered_after_the_stream) {
  TestServer server;
  http::RouteTable routes;
  routes.add(Method::get, "/stream", resumable);
  const auto port = server.listen(std::move(routes));
  RawClient client(port);

  client.send(kGetStream + kGetStream);

  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 200);
}

TEST(HttpStream, ends_by_closing_for_http_1_0) {
  TestServer server;
  http::RouteTable routes;
  routes.add(Method::get, "/stream", resumable);
  const auto port = server.listen(std::move(routes));
  RawClient client(port);

  client.send("GET /stream HTTP/1.0\r\n\r\n");

  EXPECT_TRUE(client.read_to_end().ends_with("data: 2\n\n"));
}

/// A stream that writes one event and then waits; says how it ended.
struct Waiting {
  std::promise<bool> closed;
  std::atomic<bool> write_failed{false};
};

async::Task<void> wait_for_close(std::shared_ptr<Waiting> waiting, http::BodyWriter& writer) {
  co_await writer.write(http::sse_event("hello", "x"));
  co_await writer.until_closed();
  const auto written = co_await writer.write("more");
  waiting->write_failed = !written;
  waiting->closed.set_value(writer.closed());
}

http::Handler waiting_stream(std::shared_ptr<Waiting> waiting) {
  return [waiting](http::Request) -> async::Task<http::Response> {
    co_return http::event_stream([waiting](http::BodyWriter& writer) { return wait_for_close(waiting, writer); });
  };
}

TEST(HttpStream, is_told_when_its_client_leaves) {
  TestServer server;
  const auto waiting = std::make_shared<Waiting>();
  http::RouteTable routes;
  routes.add(Method::get, "/stream", waiting_stream(waiting));
  const auto port = server.listen(std::move(routes));
  RawClient client(port);

  client.send(kGetStream);
  client.read_until("data: x\n\n");
  client.close();

  auto closed = waiting->closed.get_future();
  ASSERT_EQ(closed.wait_for(seconds(30)), std::future_status::ready);
  EXPECT_TRUE(closed.get());
  EXPECT_TRUE(waiting->write_failed);
}

TEST(HttpStream, is_told_when_the_server_goes_away_and_ends_properly) {
  TestServer server;
  const auto waiting = std::make_shared<Waiting>();
  http::RouteTable routes;
  routes.add(Method::get, "/stream", waiting_stream(waiting));
  const auto port = server.listen(std::move(routes));
  RawClient client(port);
  client.send(kGetStream);
  client.read_until("data: x\n\n\r\n");

  const auto started = std::chrono::steady_clock::now();
  server.shutdown();

  EXPECT_LT(std::chrono::steady_clock::now() - started, seconds(4));
  EXPECT_EQ(client.read_to_end(), "0\r\n\r\n");
  EXPECT_EQ(server.server().open_connections(), 0U);
}

async::Task<void> never_end(http::BodyWriter& writer) {
  co_await writer.write("x");
  co_await async::sleep(std::chrono::hours(1));
}

TEST(HttpStream, that_does_not_listen_is_cancelled_a_second_later) {
  TestServer server;
  http::RouteTable routes;
  routes.add(Method::get, "/stream",
             [](http::Request) -> async::Task<http::Response> { co_return http::event_stream(never_end); });
  const auto port = server.listen(std::move(routes));
  RawClient client(port);
  client.send(kGetStream);
  client.read_until("x");

  const auto started = std::chrono::steady_clock::now();
  server.shutdown();

  EXPECT_LT(std::chrono::steady_clock::now() - started, seconds(4));
  EXPECT_EQ(server.server().open_connections(), 0U);
}

async::Task<void> flood(std::shared_ptr<std::promise<void>> ended, http::BodyWriter& writer) {
  const std::string piece(256 * 1024, 'x');
  while (co_await writer.write(piece)) {
  }
  ended->set_value();
}

TEST(HttpStream, to_a_client_that_takes_nothing_ends) {
  http::ServerOptions options;
  options.limits.write_time = milliseconds(200);
  TestServer server(options);
  const auto ended = std::make_shared<std::promise<void>>();
  http::RouteTable routes;
  routes.add(Method::get, "/stream", [ended](http::Request) -> async::Task<http::Response> {
    co_return http::event_stream([ended](http::BodyWriter& writer) { return flood(ended, writer); });
  });
  const auto port = server.listen(std::move(routes));
  RawClient client(port);

  client.send(kGetStream);

  EXPECT_EQ(ended->get_future().wait_for(seconds(30)), std::future_status::ready);
}

/// A handler that answers when it is told to.
struct Held {
  explicit Held(const boost::asio::any_io_executor& executor) : go(executor) {}
  async::Nudge go;
  std::promise<void> entered;
};

async::Task<http::Response> answer_late(std::shared_ptr<Held> held) {
  held->entered.set_value();
  co_await held->go.wait(std::chrono::hours(1));
  co_return http::text_response(200, "late");
}

TEST(HttpShutdown, lets_a_request_in_flight_finish_and_takes_no_new_one) {
  TestServer server;
  // The first connection lives on the first thread of the server.
  const auto held = std::make_shared<Held>(server.executor());
  http::RouteTable routes;
  routes.add(Method::get, "/held", [held](http::Request) { return answer_late(held); });
  routes.add(Method::get, "/stream", resumable);
  const auto port = server.listen(std::move(routes));
  RawClient idle(port);
  idle.send(kGetStream);
  EXPECT_EQ(idle.read_response().status, 200);
  RawClient busy(port);
  busy.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
  held->entered.get_future().wait();

  auto stopping = std::async(std::launch::async, [&] { server.shutdown(); });
  EXPECT_TRUE(idle.peer_closed());
  EXPECT_EQ(stopping.wait_for(milliseconds(50)), std::future_status::timeout);
  held->go.notify();

  const auto answer = busy.read_response();
  EXPECT_EQ(answer.body, "late");
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(busy.peer_closed());
  stopping.get();
  EXPECT_ANY_THROW(RawClient(port).read_response());
}

TEST(HttpShutdown, cancels_after_its_grace) {
  TestServer server;
  const auto held = std::make_shared<Held>(server.executor());
  http::RouteTable routes;
  routes.add(Method::get, "/held", [held](http::Request) { return answer_late(held); });
  routes.add(Method::get, "/stream", resumable);
  const auto port = server.listen(std::move(routes));
  RawClient other(port);
  other.send(kGetStream);
  other.read_response();
  RawClient busy(port);
  busy.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
  held->entered.get_future().wait();

  server.shutdown(milliseconds(100));

  EXPECT_EQ(server.server().open_connections(), 0U);
  EXPECT_TRUE(busy.peer_closed());
}

}  // namespace

#pragma once

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <string>

#include "common/async/task_group.hpp"
#include "common/http_client/byte_stream.hpp"
#include "common/http_client/read_buffer.hpp"
#include "common/http_client/tls_context.hpp"
#include "control-plane/platform/http/chunked_writer.hpp"
#include "control-plane/platform/http/request_parser.hpp"
#include "control-plane/platform/http/server.hpp"
#include "control-plane/platform/http/upgrade_session.hpp"

namespace http {

/// What all connections of a server share.
struct ServerShared {
  const base::Clock& clock;
  ServerOptions options;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> accepting{0};
};

/// What all connections of a listener share.
struct ListenerShared {
  RouteTable routes;
  std::shared_ptr<const http_client::TlsContext> tls;
  bool hsts{false};
};

/// One connection, from its accept to its end. Everything on its own thread.
///
/// Only the handlers run under a cancellation signal. The connection's own coroutine is ended by closing its socket, so
/// that it always outlives the handler that it waits for.
class Connection {
 public:
  Connection(http_client::StreamSocket socket, std::string remote_address, std::shared_ptr<ServerShared> shared,
             std::shared_ptr<const ListenerShared> listener, async::TaskGroup& tasks);

  async::Task<void> run();
  /// First stage: an idle connection ends; one with a request in flight ends after its answer; streams and WebSockets
  /// are told to end.
  void begin_shutdown();
  /// Second stage: the socket is closed and the handler cancelled.
  void cancel();

 private:
  struct Turn;
  // connection.cpp: bytes in, and the connection's life
  async::Task<bool> handshake();
  async::Task<bool> serve_one();
  async::Task<Parsed<bool>> read_head(RequestParser& parser);
  async::Task<Parsed<void>> read_body(RequestParser& parser);
  async::Task<base::Result<std::size_t>> read_more(base::SteadyTime due);
  async::Task<void> linger();
  // dispatch.cpp: from a header to an answer
  async::Task<bool> serve(RequestParser& parser, Turn& turn);
  std::optional<Response> route(Turn& turn, const RequestHead& head);
  Response without_route(Turn& turn, const RouteTable::Match& match, const RequestHead& head);
  async::Task<Response> call_handler(const Handler& handler, Request request);
  async::Task<bool> serve_upgrade(Turn& turn);
  // answer.cpp: bytes out
  async::Task<bool> answer(Turn& turn, Response response);
  async::Task<bool> answer_stream(Turn& turn, Response& response);
  async::Task<void> run_stream(Response& response, std::shared_ptr<ChunkedWriter> writer);
  async::Task<bool> refuse(Turn& turn, Refusal refusal);
  async::Task<bool> write(std::string_view bytes);
  void report(const Turn& turn, int status, std::uint64_t bytes);

  bool stopping() const { return shared_->stopping.load(); }
  const Limits& limits() const { return shared_->options.limits; }

  std::unique_ptr<http_client::ByteStream> stream_;
  std::string remote_address_;
  std::shared_ptr<ServerShared> shared_;
  std::shared_ptr<const ListenerShared> listener_;
  async::TaskGroup& tasks_;
  http_client::ReadBuffer buffer_;
  boost::asio::cancellation_signal cancel_handler_;
  std::shared_ptr<ChunkedWriter> writer_;
  std::shared_ptr<UpgradeSession> upgrade_;
  bool handler_runs_{false};
  bool idle_{false};
  bool first_{true};
};

/// One request and what became of it.
struct Connection::Turn {
  Request request;
  std::string method;
  bool http11{true};
  bool keep_alive{false};
  bool head_only{false};
  bool has_body{false};
  bool expects_continue{false};
  const Route* route{nullptr};
  const Handler* handler{nullptr};
  std::string route_label{"(none)"};
  std::string websocket_key;
  base::SteadyTime started{};
};

}  // namespace http

#pragma once

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/async/task_group.hpp"
#include "common/base/guarded.hpp"
#include "common/http_client/byte_stream.hpp"
#include "common/http_client/read_buffer.hpp"
#include "common/http_client/tls_context.hpp"
#include "control-plane/platform/http/chunked_writer.hpp"
#include "control-plane/platform/http/request_parser.hpp"
#include "control-plane/platform/http/server.hpp"
#include "control-plane/platform/http/upgrade_session.hpp"
#include "control-plane/platform/http/waiting_list.hpp"

namespace http {

/// GET for HEAD too; nothing for methods that no route has.
std::optional<Method> method_of(std::string_view text);

/// What all connections of a server share.
struct ServerShared {
  const base::Clock& clock;
  ServerOptions options;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> accepting{0};
  /// Open connections by the peer's address.
  base::Guarded<std::unordered_map<std::string, std::size_t>> by_address;
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
  /// On the connection's thread; `waiting` is that thread's and outlives it.
  Connection(http_client::StreamSocket socket, std::string remote_address, std::shared_ptr<ServerShared> shared,
             std::shared_ptr<const ListenerShared> listener, async::TaskGroup& tasks, WaitingList& waiting);

  async::Task<void> run();
  /// First stage: an idle connection ends; one with a request in flight ends after its answer; streams and WebSockets
  /// are told to end.
  void begin_shutdown();
  /// Second stage: the socket is closed and the handler cancelled.
  void cancel();
  /// Its place is needed: closed, if it still waits for a request. False when it was told before.
  bool give_way();
  const std::string& remote_address() const { return remote_address_; }

 private:
  struct Turn;
  // connection.cpp: bytes in, and the connection's life
  async::Task<bool> handshake();
  async::Task<bool> serve_one();
  async::Task<Parsed<bool>> read_head(RequestParser& parser);
  async::Task<Parsed<bool>> await_head(RequestParser& parser);
  async::Task<Parsed<void>> read_body(RequestParser& parser);
  async::Task<base::Result<std::size_t>> read_more(base::SteadyTime due, std::size_t at_most);
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
  WaitingList& waiting_;
  /// From the accept on, but while a request is served.
  std::optional<WaitingList::Place> place_;
  http_client::ReadBuffer buffer_;
  boost::asio::cancellation_signal cancel_handler_;
  std::shared_ptr<ChunkedWriter> writer_;
  std::shared_ptr<UpgradeSession> upgrade_;
  bool handler_runs_{false};
  bool idle_{false};
  bool first_{true};
  bool gives_way_{false};
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

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/task.hpp"
#include "common/base/clock.hpp"
#include "common/base/secret.hpp"
#include "common/http_client/networks.hpp"
#include "control-plane/platform/http/message.hpp"
#include "control-plane/platform/http/route_table.hpp"

namespace http {

/// One answered request, for metrics and logs. `route` is the pattern ("/api/v1/orgs/{org}"), "(fallback)" or
/// "(none)", never the path itself, so that it can label a metric.
struct RequestDone {
  std::string method;
  std::string route;
  int status{0};
  base::Duration duration{};
  std::uint64_t bytes{0};
  std::string request_id;
};

struct Limits {
  std::size_t head_bytes{16 * 1024};
  /// For routes that say nothing else.
  std::size_t body_bytes{1024 * 1024};
  /// From the first byte of a request (or from the accept) to the end of its header; also for the TLS handshake.
  base::Duration head_time{std::chrono::seconds(10)};
  /// A kept-alive connection without a request.
  base::Duration idle_time{std::chrono::seconds(60)};
  /// A body may take this long, and one second more for each `body_bytes_per_second` that arrived.
  base::Duration body_time{std::chrono::seconds(20)};
  std::size_t body_bytes_per_second{8 * 1024};
  /// A client that takes no byte of an answer for so long is gone.
  base::Duration write_time{std::chrono::seconds(30)};
  /// `Request::deadline`.
  base::Duration handler_time{std::chrono::seconds(30)};
  /// At most; fewer where the limit of open files is lower. When it is reached, a new connection takes the place of the
  /// one that has waited longest for its next request; where none waits, the new one is answered with 503.
  std::size_t connections{4096};
  /// The same for the connections of one address; 0: half of all.
  std::size_t connections_per_address{0};
};

/// Certificate chain (leaf first, the authority included) and private key, as PEM.
struct TlsIdentity {
  std::string chain_pem;
  base::SecretString key_pem;
};

struct ListenerOptions {
  std::string address{"127.0.0.1"};
  /// 0 takes any free port.
  std::uint16_t port{0};
  /// Present: TLS 1.3 only. Absent: plain HTTP.
  std::optional<TlsIdentity> tls;
  /// Sends Strict-Transport-Security; only on a domain that is the dashboard's own.
  bool hsts{false};
};

struct ServerOptions {
  Limits limits;
  /// Reverse proxies whose X-Forwarded-For is believed; none by default.
  std::vector<http_client::Network> trusted_proxies;
  /// Called on the connection's thread after each answer.
  std::function<void(const RequestDone&)> on_request_done;
};

/// The HTTP/1.1 server: listeners, each with its own routes, over a set of I/O threads. A connection is handed to one
/// of them when it is accepted and never leaves it.
class Server {
 public:
  /// `io` holds one executor for each I/O thread (each a single-threaded io_context).
  Server(std::vector<boost::asio::any_io_executor> io, const base::Clock& clock, ServerOptions options);
  /// After `shutdown`, or after the io_contexts have stopped.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts a listener and returns its port. Throws base::Failure when the address or the certificate cannot be used.
  std::uint16_t listen(ListenerOptions options, RouteTable routes);

  /// Stops accepting, lets requests in flight finish, tells event streams and WebSockets to end, and after `grace`
  /// cancels what is left. Returns when no connection is open.
  async::Task<void> shutdown(base::Duration grace = std::chrono::seconds(8));

  std::size_t open_connections() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace http

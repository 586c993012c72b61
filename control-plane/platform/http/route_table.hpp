#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/async/message_transport.hpp"
#include "common/async/task.hpp"
#include "control-plane/platform/http/message.hpp"

namespace http {

/// Offered to the handler of an upgrade route. The handler calls `accept` or `refuse`, once.
class Upgrade {
 public:
  virtual ~Upgrade() = default;
  /// Answers 101 with these extra headers (e.g. `X-WH-Nonce`, `Sec-WebSocket-Protocol`) and gives the connection.
  /// No extension is ever negotiated. The transport must not outlive the handler.
  virtual async::Task<base::Result<std::unique_ptr<async::MessageTransport>>> accept(Headers headers = {}) = 0;
  /// Answers this instead, when the handler returns.
  virtual void refuse(Response response) = 0;
  /// How the server closes the connection when it goes away: 1001 unless told otherwise (workers: 4008).
  virtual void going_away_with(int code, std::string reason) = 0;
};

using Handler = std::function<async::Task<Response>(Request)>;
using UpgradeHandler = std::function<async::Task<void>(Request, Upgrade&)>;

/// True when the client offers `name` in Sec-WebSocket-Protocol.
bool offers_subprotocol(const Request& request, std::string_view name);

/// One endpoint and what is known of it. Setters return the route, for chains.
class Route {
 public:
  struct QueryParameter {
    std::string name;
    std::string description;
  };
  struct About {
    std::string summary;
    std::string tag;
    std::string permission;
    std::string request_schema;
    std::map<int, std::string> response_schemas;
    std::vector<QueryParameter> query;
    std::optional<std::size_t> body_limit;
    std::vector<base::ErrorKind> errors;
    bool idempotent_key{false};
  };

  Route(Method method, std::string pattern, Handler handler, UpgradeHandler upgrade);

  Route& summary(std::string text);
  Route& tag(std::string text);
  /// The name of the permission that the actor needs; empty for routes that are open.
  Route& permission(std::string name);
  /// JSON Schema of the body, as text. One with a "title" becomes a component of the OpenAPI document.
  Route& request_schema(std::string json);
  /// An empty `json` means an answer without a body.
  Route& response_schema(int status, std::string json);
  Route& query_parameter(std::string name, std::string description);
  Route& body_limit(std::size_t bytes);
  Route& errors(std::vector<base::ErrorKind> kinds);
  Route& idempotent_key(bool accepted = true);

  Method method() const { return method_; }
  const std::string& pattern() const { return pattern_; }
  const About& about() const { return about_; }
  const Handler& handler() const { return handler_; }
  const UpgradeHandler& upgrade_handler() const { return upgrade_; }
  bool is_upgrade() const { return static_cast<bool>(upgrade_); }

 private:
  friend class RouteTable;
  Method method_;
  std::string pattern_;
  std::vector<std::string> parameter_names_;
  Handler handler_;
  UpgradeHandler upgrade_;
  About about_;
};

/// All endpoints of one listener. Built once at start, then read by all I/O threads without locks.
class RouteTable {
 public:
  RouteTable();
  ~RouteTable();
  RouteTable(RouteTable&&) noexcept;
  RouteTable& operator=(RouteTable&&) noexcept;

  /// `pattern` is segments and `{name}` segments: `/api/v1/orgs/{org}/apps/{app}`. A pattern added twice for one method
  /// is a fault of ours (aborts).
  Route& add(Method method, std::string pattern, Handler handler);
  /// A WebSocket endpoint (GET with Upgrade). The path may have ordinary methods too.
  Route& upgrade(std::string pattern, UpgradeHandler handler);
  /// Answers GET for paths that no pattern has (the dashboard). Paths beneath /api/ and /v1/ stay 404.
  void fallback(Handler handler);

  struct Match {
    const Route* route{nullptr};
    const Route* upgrade{nullptr};
    std::map<std::string, std::string> params;
    /// What the path has, for `Allow`; empty when no pattern has the path.
    std::vector<Method> allowed;
  };
  /// Finds the route of a decoded path. O(segments); literal segments win over `{names}`. `route` is empty when the
  /// path is unknown (`allowed` empty) or lacks the method.
  Match match(Method method, std::string_view path) const;

  const Handler& fallback_handler() const { return fallback_; }
  /// In the order they were added.
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node;
  Route& place(std::unique_ptr<Route> route);

  std::vector<std::unique_ptr<Route>> routes_;
  std::unique_ptr<Node> root_;
  Handler fallback_;
};

}  // namespace http

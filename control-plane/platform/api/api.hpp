#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"
#include "control-plane/platform/auth/actor.hpp"
#include "control-plane/platform/http/route_table.hpp"
#include "control-plane/platform/postgres/pool.hpp"

/// Typed endpoints: one line of the route table names the permission and the types, and the same line yields routing,
/// sign-in, authorisation, decoding, the transaction, idempotency, the audit event and the OpenAPI description.
namespace api {

/// For endpoints without a body, or without content in their answer.
struct Nothing {
  template <class F>
  void map(F& /*f*/) {}
};

/// One page of a list.
template <class T>
struct List {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
  template <class F>
  void map(F& f) {
    f.required("items", items);
    f.required("next_cursor", next_cursor, "Give it as `cursor` to read on; null at the end");
  }
};

/// What a handler gets: who calls, and what the path and query say.
struct Input : auth::Call {
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> query;

  /// A path parameter; empty when the route has none of that name.
  std::string param(const std::string& name) const;
  /// `limit` of the query: 1..100, else 50 when absent; an Error when it is something else.
  base::Result<int> limit() const;
  /// A whole number of the query within [low, high].
  base::Result<std::int64_t> integer(const std::string& name, std::int64_t fallback, std::int64_t low,
                                     std::int64_t high) const;
};

/// What a write did, for the audit log: filled by the handler.
struct Effect {
  std::string object_kind;
  std::string object_id;
  std::string before;  ///< JSON, without secrets
  std::string after;
};

struct Dependencies {
  http::RouteTable* routes{nullptr};
  postgres::Pool* pool{nullptr};
  auth::Authenticator* authenticator{nullptr};
  const base::Clock* clock{nullptr};
  /// Exact values of the Origin header that are this dashboard.
  std::vector<std::string> origins;
  /// Called in the transaction of every successful write; for a refused one in a transaction of its own, with
  /// `.refused` behind its action.
  std::function<void(Tx&, const auth::Call&, const std::string& action, const Effect&)> audit;
  /// One line of the log for each request (`api.request`): method, path, status, time, person, request id.
  bool log_requests{false};
};

/// Erased form of an endpoint's body, used by the templates below.
using Use = std::function<base::Result<std::string>(Tx&, const Input&, const std::string& body, Effect&)>;

struct Endpoint {
  http::Method method{http::Method::get};
  std::string path;
  auth::Permission permission{auth::Permission::signed_in};
  std::string action;  ///< stable name of a write, for audit: `app.create`; empty for reads
  int status{200};
  Use use;
};

class Api {
 public:
  explicit Api(Dependencies dependencies);

  /// `handler(tx, input) -> Result<Reply>`
  template <class Reply, class F>
  http::Route& read(const std::string& path, auth::Permission permission, F handler) {
    auto& route =
        add(Endpoint{http::Method::get, path, permission, "", 200,
                     [handler](Tx& tx, const Input& input, const std::string&, Effect&) -> base::Result<std::string> {
                       TRY_ASSIGN(auto reply, handler(tx, input));
                       return json::encode(reply);
                     }});
    return route.response_schema(200, json::schema<Reply>());
  }

  /// `handler(tx, input, body, effect) -> Result<Reply>`; Nothing as Reply with status 204 answers without content.
  template <class Body, class Reply, class F>
  http::Route& write(http::Method method, const std::string& path, auth::Permission permission,
                     const std::string& action, int status, F handler) {
    auto& route = add(Endpoint{
        method, path, permission, action, status,
        [handler](Tx& tx, const Input& input, const std::string& text, Effect& effect) -> base::Result<std::string> {
          TRY_ASSIGN(auto body, json::decode<Body>(text.empty() ? std::string_view("{}") : std::string_view(text),
                                                   json::Unknown::reject));
          TRY_ASSIGN(auto reply, handler(tx, input, body, effect));
          return json::encode(reply);
        }});
    if constexpr (!std::is_same_v<Body, Nothing>) route.request_schema(json::schema<Body>());
    return route.response_schema(status, status == 204 ? std::string() : json::schema<Reply>());
  }

  /// Signs in and authorises in a transaction of its own: for event streams and upgrades.
  async::Task<base::Result<Input>> admit(http::Request request, auth::Permission permission);
  /// The same for a WebSocket, which browsers open from any page with this dashboard's cookie: an Origin that is not
  /// this dashboard's is refused (`ws.origin`). Programs send none.
  async::Task<base::Result<Input>> admit_upgrade(http::Request request, auth::Permission permission);

  postgres::Pool& pool() { return *dependencies_.pool; }
  http::RouteTable& routes() { return *dependencies_.routes; }
  const base::Clock& clock() const { return *dependencies_.clock; }

 private:
  http::Route& add(Endpoint endpoint);
  Dependencies dependencies_;
};

/// Stored answers of writes with an Idempotency-Key are kept for a day.
void forget_old_answers(Tx& tx);

}  // namespace api

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"
#include "control-plane/platform/api/admission.hpp"
#include "control-plane/platform/api/kept_answers.hpp"
#include "control-plane/platform/api/rate_limits.hpp"
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

/// What a write did, for the audit log: filled by the handler.
struct Effect {
  std::string object_kind;
  std::string object_id;
  std::string before;  ///< JSON, without secrets
  std::string after;
  std::string object_name{};  ///< what people call it now: it is shown also when it is gone
  std::string app_id{};       ///< the app that it concerns, if one
  /// Whose log it belongs in, when that is not the route's organization.
  std::optional<base::OrganizationId> organization;
};

struct Dependencies {
  http::RouteTable* routes{nullptr};
  postgres::Pool* pool{nullptr};
  Doors doors;
  const base::Clock* clock{nullptr};
  /// Called in the transaction of every successful write; for a refused one in a transaction of its own, with
  /// `.refused` behind its action.
  std::function<void(Tx&, const auth::Call&, const std::string& action, const Effect&)> audit;
  /// One line of the log for each request (`api.request`): method, path, status, time, person, request id.
  bool log_requests{false};
  /// Nothing: nobody is limited.
  RateLimits* limits{nullptr};
  /// Nothing: every read asks the database.
  KeptAnswers* kept{nullptr};
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
  bool every_project{true};  ///< see Input
  bool kept{false};          ///< see Api::read_kept
  bool confidential{false};  ///< the answer holds a secret: it is not kept for an Idempotency-Key
};

class Api {
 public:
  explicit Api(Dependencies dependencies);

  /// `handler(tx, input) -> Result<Reply>`
  template <class Reply, class F>
  http::Route& read(const std::string& path, auth::Permission permission, F handler) {
    return read_endpoint<Reply>(path, permission, std::move(handler), /*every_project=*/true);
  }
  /// The same for lists over projects: the handler itself keeps to `input.actor.visible_projects()`. Any other list is
  /// refused to people and tokens that are limited to projects.
  template <class Reply, class F>
  http::Route& read_visible(const std::string& path, auth::Permission permission, F handler) {
    return read_endpoint<Reply>(path, permission, std::move(handler), /*every_project=*/false);
  }
  /// The same for what is asked often: the answer is kept while nothing changes. Beside path and query, `handler` may
  /// look at nothing of its caller but the organization and `visible_projects()`; who is limited to projects is always
  /// answered from the database.
  template <class Reply, class F>
  http::Route& read_kept(const std::string& path, auth::Permission permission, F handler) {
    return read_endpoint<Reply>(path, permission, std::move(handler), /*every_project=*/false, /*kept=*/true);
  }

  /// `handler(tx, input, body, effect) -> Result<Reply>`; Nothing as Reply with status 204 answers without content.
  /// `confidential`: the answer holds a secret and is kept nowhere, so an Idempotency-Key means nothing.
  template <class Body, class Reply, class F>
  http::Route& write(http::Method method, const std::string& path, auth::Permission permission,
                     const std::string& action, int status, F handler, bool confidential = false) {
    auto& route = add(Endpoint{
        method, path, permission, action, status,
        [handler](Tx& tx, const Input& input, const std::string& text, Effect& effect) -> base::Result<std::string> {
          TRY_ASSIGN(auto body, json::decode<Body>(text.empty() ? std::string_view("{}") : std::string_view(text),
                                                   json::Unknown::reject));
          TRY_ASSIGN(auto reply, handler(tx, input, body, effect));
          return json::encode(reply);
        },
        true, false, confidential});
    if constexpr (!std::is_same_v<Body, Nothing>) route.request_schema(json::schema<Body>());
    return route.response_schema(status, status == 204 ? std::string() : json::schema<Reply>());
  }

  /// An endpoint that is more than a transaction: files, event streams, cookies. `handler` is called when the caller
  /// may; a stream in its answer ends when they may not any more. It says itself what it does in the audit log.
  using Handler = std::function<async::Task<http::Response>(Input, http::Request)>;
  http::Route& handle(http::Method method, const std::string& path, auth::Permission permission, Handler handler,
                      bool every_project = true);
  /// A WebSocket. `handler` gets an open transport of a caller who may; when they may not any more, it is cancelled and
  /// the socket closed with 4403. A cookie counts only with the dashboard's Origin.
  using SocketHandler = std::function<async::Task<void>(Input, http::Request, async::MessageTransport&)>;
  http::Route& socket(const std::string& path, auth::Permission permission, SocketHandler handler);

  /// Signs in and authorises in a transaction of its own: for routes that were added to the table directly.
  async::Task<base::Result<Input>> admit(http::Request request, auth::Permission permission);
  /// The same for a WebSocket, which browsers open from any page with this dashboard's cookie: a cookie counts only
  /// with the dashboard's Origin (`csrf.origin`), or from a program that sends X-WH-CSRF, which no page can.
  async::Task<base::Result<Input>> admit_upgrade(http::Request request, auth::Permission permission);
  /// Runs `work` until it ends, or until the caller of `input` may not do any more what they were admitted for.
  async::Task<void> while_admitted(Input input, async::Task<void> work);
  /// Like `pool().transaction`, seeing what `input`'s caller may see.
  template <class F, class R = std::invoke_result_t<F, Tx&>>
  async::Task<R> transaction(const Input& input, F work) {
    return pool().transaction(input.reach(), std::move(work));
  }

  /// Aborts when a route beneath /api/ says nothing of its permission: such a one cannot be served. The few that are
  /// about the program itself are named here.
  void require_permissions() const;

  postgres::Pool& pool() { return *dependencies_.pool; }
  http::RouteTable& routes() { return *dependencies_.routes; }
  const base::Clock& clock() const { return *dependencies_.clock; }

 private:
  template <class Reply, class F>
  http::Route& read_endpoint(const std::string& path, auth::Permission permission, F handler, bool every_project,
                             bool kept = false) {
    auto& route =
        add(Endpoint{http::Method::get, path, permission, "", 200,
                     [handler](Tx& tx, const Input& input, const std::string&, Effect&) -> base::Result<std::string> {
                       TRY_ASSIGN(auto reply, handler(tx, input));
                       return json::encode(reply);
                     },
                     every_project, kept});
    return route.response_schema(200, json::schema<Reply>());
  }
  http::Route& add(Endpoint endpoint);
  Dependencies dependencies_;
};

/// Stored answers of writes with an Idempotency-Key are kept for a day.
void forget_old_answers(Tx& tx);

}  // namespace api

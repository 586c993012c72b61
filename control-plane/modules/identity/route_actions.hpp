#pragma once

#include <functional>
#include <optional>
#include <string>

#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/platform/api/api.hpp"

/// For endpoints that set cookies, redirect, or keep something although they refuse: what the typed table cannot say.
namespace identity {

/// An answer whose transaction is committed, `refused` or not.
struct Reply {
  int status{200};
  std::string body;  ///< JSON; empty with 204 and 303
  http::Headers headers;
  std::optional<base::Error> refused;  ///< answered as a problem instead
  api::Effect effect;                  ///< for the audit log
};

inline Reply refuse(base::Error error, http::Headers headers = {}) {
  return Reply{.status = 0, .body = {}, .headers = std::move(headers), .refused = std::move(error), .effect = {}};
}

using Action = std::function<base::Result<Reply>(Tx&, const api::Input&, const http::Request&)>;

struct ActionRoute {
  http::Method method{http::Method::post};
  std::string path;
  auth::Permission permission{auth::Permission::signed_in};
  std::string action;  ///< for the audit log; refusals with `.refused` behind it; empty: nothing is noted
  Action act;
};

/// Adds the route. Its handler signs in, checks origin and body type, runs `act` in one transaction and notes the event
/// in the same; an Error of `act` itself rolls back and is noted in another.
http::Route& add_action(api::Api& api, audit::Log& audit, ActionRoute route);

/// The body as JSON, strictly.
template <class Body>
base::Result<Body> read_body(const http::Request& request) {
  return json::decode<Body>(request.body.empty() ? std::string_view("{}") : std::string_view(request.body),
                            json::Unknown::reject);
}

}  // namespace identity

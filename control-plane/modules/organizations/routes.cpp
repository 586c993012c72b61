#include "control-plane/modules/organizations/routes.hpp"

#include "control-plane/modules/organizations/api.hpp"

namespace organizations {
namespace {

constexpr std::size_t kLongestToken = 200;

std::string cookie(const std::string& value, long seconds, bool secure) {
  return "wh_session=" + value + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(seconds) +
         (secure ? "; Secure" : "");
}

SessionView view(Tx& tx, const Routes& routes, const auth::Actor& actor) {
  SessionView shown;
  shown.person = {actor.person.to_string(), actor.name, std::nullopt};
  if (const auto organization = routes.organizations.find(tx, actor.organization_slug)) {
    shown.organization = {organization->id.to_string(), organization->name, organization->slug};
  }
  shown.role = auth::to_string(actor.role);
  shown.expires_at = actor.session_expires_at;
  shown.server = {WH_VERSION, routes.apps_url_example, routes.hub_url};
  return shown;
}

struct SignedIn {
  identity::NewSession session;
  std::string body;
};

base::Result<SignedIn> set_up(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request) {
  TRY_ASSIGN(const auto body, json::decode<SetupBody>(request.body, json::Unknown::reject));
  if (body.token.size() > kLongestToken) return base::invalid("/token", "This is not a setup link's token.");
  const std::string user_agent(request.header("User-Agent").value_or(""));
  TRY_ASSIGN(auto session, routes.organizations.set_up(tx, input, body.token, user_agent));
  TRY_ASSIGN(const auto actor, routes.organizations.authenticate(tx, session.token, "", input.now));
  auto text = json::encode(view(tx, routes, actor));
  return SignedIn{std::move(session), std::move(text)};
}

async::Task<http::Response> answer_setup(Routes* routes, api::Api* api, http::Request request) {
  const auto input = co_await api->admit(request, auth::Permission::nobody);
  if (!input) co_return http::problem(input.error(), request.request_id);
  auto done = co_await api->pool().transaction([&](Tx& tx) { return set_up(tx, *routes, *input, request); });
  if (!done) co_return http::problem(done.error(), request.request_id);
  auto response = http::json_response(200, std::move(done->body));
  response.set_header("Set-Cookie", cookie(done->session.token, std::chrono::seconds(identity::kSessionLife).count(),
                                           routes->secure_cookie));
  co_return response;
}

async::Task<http::Response> answer_sign_out(Routes* routes, api::Api* api, http::Request request) {
  const auto input = co_await api->admit(request, auth::Permission::signed_in);
  if (!input) co_return http::problem(input.error(), request.request_id);
  co_await api->pool().transaction([&](Tx& tx) -> base::Result<bool> {
    routes->identity.sign_out(tx, *input);
    return true;
  });
  http::Response response{.status = 204, .headers = {}, .body = {}, .stream = {}};
  response.set_header("Set-Cookie", cookie("", 0, routes->secure_cookie));
  co_return response;
}

}  // namespace

void Routes::add(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  api.routes()
      .add(http::Method::post, "/api/v1/setup",
           [self, to](http::Request request) { return answer_setup(self, to, std::move(request)); })
      .summary("Sign in with the setup link that the server printed")
      .tag("session")
      .request_schema(json::schema<SetupBody>())
      .response_schema(200, json::schema<SessionView>())
      .errors({base::ErrorKind::forbidden, base::ErrorKind::invalid});
  api.read<SessionView>(
         "/api/v1/session", auth::Permission::signed_in,
         [self](Tx& tx, const api::Input& input) -> base::Result<SessionView> { return view(tx, *self, input.actor); })
      .summary("Who is signed in")
      .tag("session");
  api.routes()
      .add(http::Method::del, "/api/v1/session",
           [self, to](http::Request request) { return answer_sign_out(self, to, std::move(request)); })
      .summary("Sign out")
      .tag("session")
      .permission(auth::to_string(auth::Permission::signed_in))
      .response_schema(204, "");
}

}  // namespace organizations

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
  shown.permissions = auth::names_of(actor.membership.custom.value_or(auth::permissions_of(actor.role)));
  shown.expires_at = actor.session_expires_at;
  shown.server = {WH_VERSION, routes.apps_url_example, routes.hub_url};
  if (const auto person = routes.identity.person(tx, actor.person)) shown.theme = person->theme;
  return shown;
}

struct SignedIn {
  identity::NewSession session;
  std::string body;
};

base::Result<SignedIn> set_up(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request) {
  TRY_ASSIGN(const auto body, json::decode<SetupBody>(request.body, json::Unknown::reject));
  if (body.token.size() > kLongestToken) return base::invalid("/token", "This is not a setup link's token.");
  TRY_ASSIGN(auto session, routes.organizations.set_up(tx, input, body.token, input.user_agent));
  const auth::Credential fresh{auth::Credential::Carrier::cookie, session.token};
  TRY_ASSIGN(auto principal, routes.credentials.look_up(tx, fresh, input.now));
  TRY_ASSIGN(auto membership, routes.memberships.look_up(tx, principal, "", input.now));
  auto text = json::encode(view(tx, routes, auth::Actor::of(std::move(principal), std::move(membership))));
  return SignedIn{std::move(session), std::move(text)};
}

async::Task<http::Response> answer_setup(Routes* routes, api::Api* api, api::Input input, http::Request request) {
  auto done = co_await api->transaction(input, [&](Tx& tx) { return set_up(tx, *routes, input, request); });
  if (!done) co_return http::problem(done.error(), request.request_id);
  auto response = http::json_response(200, std::move(done->body));
  response.set_header("Set-Cookie", cookie(done->session.token, std::chrono::seconds(identity::kSessionLife).count(),
                                           routes->secure_cookie));
  co_return response;
}

async::Task<http::Response> answer_sign_out(Routes* routes, api::Api* api, api::Input input) {
  const auto ended = co_await api->transaction(input, [&](Tx& tx) { return routes->identity.sign_out(tx, input); });
  if (!ended) co_return http::problem(ended.error(), input.request_id);
  http::Response response{.status = 204, .headers = {}, .body = {}, .stream = {}};
  response.set_header("Set-Cookie", cookie("", 0, routes->secure_cookie));
  co_return response;
}

}  // namespace

void Routes::add(api::Api& api) {
  add_session(api);
  add_organizations(api);
  add_changes(api);
  add_members(api);
  add_project_roles(api);
  add_invitations(api);
  add_acceptance(api);
}

void Routes::add_session(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  api.handle(http::Method::post, "/api/v1/setup", auth::Permission::nobody,
             [self, to](api::Input input, http::Request request) {
               return answer_setup(self, to, std::move(input), std::move(request));
             })
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
  api.handle(http::Method::del, "/api/v1/session", auth::Permission::signed_in,
             [self, to](api::Input input, http::Request) { return answer_sign_out(self, to, std::move(input)); })
      .summary("Sign out")
      .tag("session")
      .response_schema(204, "");
}

}  // namespace organizations

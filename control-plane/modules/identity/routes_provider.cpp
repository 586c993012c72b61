#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/provider_api.hpp"
#include "control-plane/modules/identity/provider_routes.hpp"
#include "control-plane/modules/identity/route_actions.hpp"
#include "control-plane/modules/identity/rules.hpp"
#include "control-plane/modules/identity/views.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

constexpr std::chrono::seconds kPatience{15};
constexpr std::size_t kLongestCode = 2000;

http::Response redirect(const std::string& location, http::Headers headers) {
  http::Response response{.status = 303, .headers = std::move(headers), .body = {}, .stream = {}};
  response.set_header("Location", location);
  response.set_header("Cache-Control", "no-store");
  return response;
}

std::string query(const http::Request& request, const char* name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

std::string escape_html(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '&': escaped += "&amp;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped.push_back(c);
    }
  }
  return escaped;
}

/// A person looks at this: their browser came back from the provider and cannot go on.
http::Response refusal_page(const base::Error& error, http::Headers headers) {
  const bool speaks_for_itself =
      error.kind == ErrorKind::unavailable || error.kind == ErrorKind::forbidden || error.kind == ErrorKind::conflict;
  const int status = speaks_for_itself ? http::status_of(error.kind) : 400;
  auto response = http::text_response(
      status,
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign-in failed</title><main><h1>Sign-in "
      "failed</h1><p>" +
          escape_html(error.message) + "</p><p><a href=\"/sign-in\">Back to sign-in</a></p><p><small>" +
          escape_html(error.code) + "</small></p></main></html>\n",
      "text/html; charset=utf-8");
  for (auto& header : headers) response.headers.push_back(std::move(header));
  response.set_header("Cache-Control", "no-store");
  return response;
}

struct Departed {
  std::string location;
  std::string browser_token;
};

/// Makes the provider's address for a flow.
async::Task<base::Result<Departed>> depart(ProviderRoutes* routes, api::Api* api, api::Input input, Flow flow) {
  CO_TRY_CHECK(routes->attempts.take(input.remote_address));
  auto access = co_await api->pool().transaction([&](Tx& tx) { return routes->providers.access(tx); });
  if (!access) co_return std::unexpected(access.error());
  const auto deadline = base::Deadline::after(api->clock(), kPatience);
  CO_TRY_ASSIGN(const auto provider, co_await routes->client.discover(access->settings.issuer, deadline));
  const auto begun = co_await api->pool().transaction(
      [&](Tx& tx) -> base::Result<Departure> { return routes->sign_ins.depart(tx, flow); });
  if (!begun) co_return std::unexpected(begun.error());
  oidc::Parameters parameters{
      {"response_type", "code"},
      {"client_id", access->settings.client_id},
      {"redirect_uri", routes->redirect_uri()},
      {"scope", "openid email profile"},
      {"state", begun->state},
      {"nonce", oidc::derive("nonce", begun->browser_token, begun->state)},
      {"code_challenge", oidc::challenge_of(oidc::derive("verifier", begun->browser_token, begun->state))},
      {"code_challenge_method", "S256"}};
  if (access->settings.allowed_domains.size() == 1) parameters.emplace_back("hd", access->settings.allowed_domains[0]);
  // Not every provider knows this prompt, and some refuse what they do not know.
  if (flow.purpose == Purpose::sign_in && provider.issuer == oidc::kGoogle) {
    parameters.emplace_back("prompt", "select_account");
  } else if (flow.purpose == Purpose::prove) {
    parameters.emplace_back("prompt", "login");
    parameters.emplace_back("max_age", "0");
  }
  co_return Departed{oidc::with_query(provider.authorization_endpoint, parameters), begun->browser_token};
}

async::Task<http::Response> start(ProviderRoutes* routes, api::Api* api, api::Input input, http::Request request) {
  Flow flow{Purpose::sign_in, {}, rules::safe_return_path(query(request, "return_to"))};
  const auto departed = co_await depart(routes, api, std::move(input), std::move(flow));
  if (!departed) co_return refusal_page(departed.error(), {});
  co_return redirect(departed->location, {routes->cookies.flow(departed->browser_token)});
}

async::Task<http::Response> start_for_session(ProviderRoutes* routes, api::Api* api, api::Input input,
                                              http::Request request) {
  const auto body = read_body<StartBody>(request);
  if (!body) co_return http::problem(body.error(), request.request_id);
  const auto& who = caller(input);
  if (who.is_program() || (body->purpose != "link" && body->purpose != "prove")) {
    const base::Error error = who.is_program() ? auth::require_fresh_proof(who, input.now).error()
                                               : base::invalid("/purpose", "link or prove").error();
    co_return http::problem(error, request.request_id);
  }
  const auto purpose = body->purpose == "link" ? Purpose::link : Purpose::prove;
  if (purpose == Purpose::link) {
    const auto fresh = auth::require_fresh_proof(who, input.now);
    if (!fresh) co_return http::problem(fresh.error(), request.request_id);
  }
  Flow flow{purpose, base::SessionId(who.credential), rules::safe_return_path(body->return_to.value_or("/"))};
  const auto departed = co_await depart(routes, api, input, std::move(flow));
  if (!departed) co_return http::problem(departed.error(), request.request_id);
  auto response = http::json_response(200, json::encode(LocationView{departed->location}));
  response.headers.push_back(routes->cookies.flow(departed->browser_token));
  co_return response;
}

/// What comes of a flow is an event at its end; one that was not let begin is one here.
async::Task<http::Response> start_and_note(ProviderRoutes* routes, api::Api* api, api::Input input,
                                           http::Request request) {
  auto response = co_await start_for_session(routes, api, input, std::move(request));
  if (response.status < 400) co_return response;
  co_await api->pool().transaction([&](Tx& tx) -> base::Result<void> {
    routes->audit.record(tx, input,
                         {.action = "identity.start.refused",
                          .object_kind = "person",
                          .object_id = input.actor.person.to_string(),
                          .before = "",
                          .after = ""});
    return {};
  });
  co_return response;
}

/// The session of the cookie, where the flow was begun in one.
void recognise(Tx& tx, ProviderRoutes& routes, const http::Request& request, api::Input& input) {
  const auto cookie = request.cookie("wh_session");
  if (!cookie) return;
  auto principal = routes.credentials.look_up(tx, {auth::Credential::Carrier::cookie, *cookie}, input.now);
  if (principal) input.actor = auth::Actor::of(*std::move(principal), std::nullopt);
}

struct Returned {
  Flow flow;
  ProviderAccess access;
};

/// What can be said before the provider is asked: the flow is this browser's, and used up.
async::Task<base::Result<Returned>> take_flow(ProviderRoutes* routes, api::Api* api, http::Request request) {
  const auto browser = routes->cookies.flow_of(request);
  auto flow = co_await api->pool().transaction(
      [&](Tx& tx) { return routes->sign_ins.take(tx, query(request, "state"), browser); });
  if (!flow) co_return std::unexpected(flow.error());
  if (request.query.contains("error")) {
    co_return base::fail(ErrorKind::forbidden, "provider.denied", "The identity provider did not let you in.");
  }
  auto access = co_await api->pool().transaction([&](Tx& tx) { return routes->providers.access(tx); });
  if (!access) co_return std::unexpected(access.error());
  co_return Returned{*std::move(flow), *std::move(access)};
}

async::Task<base::Result<Arrival>> finish(ProviderRoutes* routes, api::Api* api, api::Input input,
                                          http::Request request, Device device) {
  CO_TRY_ASSIGN(auto returned, co_await take_flow(routes, api, request));
  const auto deadline = base::Deadline::after(api->clock(), kPatience);
  CO_TRY_ASSIGN(const auto provider, co_await routes->client.discover(returned.access.settings.issuer, deadline));
  const auto named = query(request, "iss");
  if ((!named.empty() || provider.names_issuer) && named != provider.issuer) {
    co_return base::fail(ErrorKind::malformed, "sign_in.issuer", "Another identity provider answered than was asked.");
  }
  const auto code = query(request, "code");
  if (code.empty() || code.size() > kLongestCode) {
    co_return base::fail(ErrorKind::malformed, "sign_in.code", "The identity provider gave no code.");
  }
  const auto browser = routes->cookies.flow_of(request);
  const auto state = query(request, "state");
  ProviderClient::Exchange exchange{.client_id = returned.access.settings.client_id,
                                    .client_secret = returned.access.client_secret,
                                    .code = code,
                                    .verifier = oidc::derive("verifier", browser, state),
                                    .redirect_uri = routes->redirect_uri(),
                                    .nonce = oidc::derive("nonce", browser, state)};
  CO_TRY_ASSIGN(const auto claims, co_await routes->client.exchange(provider, std::move(exchange), deadline));
  co_return co_await api->pool().transaction([&](Tx& tx) -> base::Result<Arrival> {
    recognise(tx, *routes, request, input);
    return routes->sign_ins.arrive(tx, input, returned.flow, claims, returned.access.settings, device);
  });
}

async::Task<http::Response> callback(ProviderRoutes* routes, api::Api* api, api::Input input, http::Request request) {
  const auto& cookies = routes->cookies;
  const auto limited = routes->attempts.take(input.remote_address);
  if (!limited) co_return http::problem(limited.error(), request.request_id);
  const auto device = device_of(cookies, input, request);
  const auto arrival = co_await finish(routes, api, input, request, device);
  if (!arrival) {
    co_await api->pool().transaction([&](Tx& tx) -> base::Result<void> {
      routes->sign_ins.note_refusal(tx, input, arrival.error().code);
      return {};
    });
    co_return refusal_page(arrival.error(), {cookies.end_flow()});
  }
  if (arrival->waiting) {
    co_return redirect("/sign-in/code", {cookies.end_flow(), cookies.end_session(), cookies.wait(*arrival->waiting)});
  }
  co_return redirect(arrival->return_to,
                     {cookies.end_flow(), cookies.session(arrival->session->token), cookies.device(device.token)});
}

IdentityItem show(const IdentityInfo& identity) {
  return {.issuer = identity.issuer,
          .subject = identity.subject,
          .email = identity.email,
          .created_at = identity.created_at,
          .last_sign_in_at = identity.last_sign_in_at};
}

}  // namespace

void ProviderRoutes::add(api::Api& api) {
  add_sign_in(api);
  add_identities(api);
  add_settings(api);
  add_mail(api);
}

void ProviderRoutes::add_sign_in(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  api.read<SignInView>("/api/v1/sign-in", Permission::nobody,
                       [this](Tx& tx, const api::Input&) -> base::Result<SignInView> {
                         const auto settings = providers.settings(tx);
                         if (!settings) return SignInView{};
                         return SignInView{true, settings->issuer, settings->issuer == oidc::kGoogle};
                       })
      .summary("How people sign in here")
      .tag("sign-in");
  api.handle(Method::get, "/api/v1/sign-in/start", Permission::nobody,
             [self, to](api::Input input, http::Request request) {
               return start(self, to, std::move(input), std::move(request));
             })
      .summary("To the identity provider. For a browser: it redirects")
      .tag("sign-in")
      .query_parameter("return_to", "A path of the dashboard to go on at afterwards")
      .response_schema(303, "");
  api.handle(Method::get, "/api/v1/sign-in/callback", Permission::nobody,
             [self, to](api::Input input, http::Request request) {
               return callback(self, to, std::move(input), std::move(request));
             })
      .summary("Back from the identity provider. Goes on at the path, or at /sign-in/code where a code is wanted")
      .tag("sign-in")
      .query_parameter("code", "Of the provider")
      .query_parameter("state", "Of the provider")
      .query_parameter("iss", "Of the provider (RFC 9207)")
      .response_schema(303, "");
  api.handle(Method::post, "/api/v1/me/identities/start", Permission::signed_in,
             [self, to](api::Input input, http::Request request) {
               return start_and_note(self, to, std::move(input), std::move(request));
             })
      .summary("Link another account of the provider, or prove that it is still you")
      .tag("account")
      .request_schema(json::schema<StartBody>())
      .response_schema(200, json::schema<LocationView>())
      .errors({ErrorKind::invalid, ErrorKind::forbidden, ErrorKind::conflict, ErrorKind::unavailable});
}

void ProviderRoutes::add_identities(api::Api& api) {
  api.read<api::List<IdentityItem>>("/api/v1/me/identities", Permission::signed_in,
                                    [this](Tx& tx, const api::Input& input) -> base::Result<api::List<IdentityItem>> {
                                      TRY_CHECK(require_person(input));
                                      api::List<IdentityItem> shown;
                                      for (const auto& identity : sign_ins.identities(tx, caller(input).person)) {
                                        shown.items.push_back(show(identity));
                                      }
                                      return shown;
                                    })
      .summary("Accounts at identity providers that sign you in")
      .tag("account");
  api.write<UnlinkBody, api::Nothing>(Method::post, "/api/v1/me/identities/unlink", Permission::signed_in,
                                      "identity.unlink", 204,
                                      [this](Tx& tx, const api::Input& input, const UnlinkBody& body,
                                             api::Effect& effect) -> base::Result<api::Nothing> {
                                        TRY_CHECK(auth::require_fresh_proof(caller(input), input.now));
                                        effect.object_kind = "person";
                                        effect.object_id = caller(input).person.to_string();
                                        TRY_CHECK(sign_ins.unlink(tx, input, body.issuer, body.subject));
                                        return api::Nothing{};
                                      })
      .summary("An account at the provider signs you in no more; all your other sessions end. Needs a fresh proof")
      .tag("account")
      .errors({ErrorKind::forbidden, ErrorKind::not_found, ErrorKind::conflict});
}

}  // namespace identity

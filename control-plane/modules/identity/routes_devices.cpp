#include "control-plane/modules/identity/api.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/routes.hpp"
#include "control-plane/modules/identity/views.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

constexpr std::size_t kLongestToken = 200;

Reply show_code(const Routes& routes, const api::Input& input, const DeviceCode& code) {
  const auto page = routes.public_url + "/device";
  const DeviceCodeView shown{
      .device_code = code.device_code,
      .user_code = code.user_code,
      .verification_uri = page,
      .verification_uri_complete = page + "?code=" + code.user_code,
      .expires_in = std::chrono::duration_cast<std::chrono::seconds>(code.expires_at - input.now).count(),
      .interval = kDevicePoll.count()};
  return Reply{.status = 200, .body = json::encode(shown), .headers = {}, .refused = {}, .effect = {}};
}

base::Result<Reply> ask(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request) {
  TRY_CHECK(routes.attempts.take(input.remote_address));
  TRY_ASSIGN(const auto body, read_body<AskDeviceBody>(request));
  return show_code(routes, input, routes.devices.ask(tx, input, body.client));
}

base::Result<Reply> ask_for_proof(Tx& tx, Routes& routes, const api::Input& input, const http::Request&) {
  TRY_CHECK(routes.attempts.take(input.remote_address));
  TRY_ASSIGN(const auto code, routes.devices.ask_for_proof(tx, input));
  return show_code(routes, input, code);
}

base::Result<Reply> give_tokens(Tx& tx, Routes& routes, const api::Input& input, const http::Request& request) {
  TRY_ASSIGN(const auto body, read_body<DeviceTokenBody>(request));
  if (body.device_code.has_value() == body.refresh_token.has_value()) {
    return base::invalid("/device_code", "Give either device_code or refresh_token.");
  }
  const auto& token = body.device_code ? *body.device_code : *body.refresh_token;
  if (token.empty() || token.size() > kLongestToken) return base::invalid("", "This is no token.");
  auto answer = body.device_code ? routes.devices.poll(tx, input, token) : routes.devices.refresh(tx, input, token);
  if (auto* error = std::get_if<base::Error>(&answer)) return refuse(std::move(*error));
  const auto& tokens = std::get<CliTokens>(answer);
  CliTokensView shown;
  shown.access_token = tokens.access;
  shown.refresh_token = tokens.refresh;
  shown.expires_in = std::chrono::duration_cast<std::chrono::seconds>(tokens.access_expires_at - input.now).count();
  return Reply{.status = 200,
               .body = json::encode(shown),
               .headers = {{"Cache-Control", "no-store"}},
               .refused = {},
               .effect = {}};
}

}  // namespace

void Routes::add_devices(api::Api& api) {
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/device/code",
              .permission = Permission::nobody,
              .action = "",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return ask(tx, *this, input, request); }})
      .summary("A program asks to be signed in by a person's browser (RFC 8628)")
      .tag("sign-in")
      .request_schema(json::schema<AskDeviceBody>())
      .response_schema(200, json::schema<DeviceCodeView>())
      .errors({ErrorKind::invalid, ErrorKind::rate_limited});
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/me/proof/device",
              .permission = Permission::signed_in,
              .action = "",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return ask_for_proof(tx, *this, input, request); }})
      .summary("A signed-in CLI asks its person to prove in a browser that it is them; GET /me says when they did")
      .tag("account")
      .response_schema(200, json::schema<DeviceCodeView>())
      .errors({ErrorKind::forbidden, ErrorKind::rate_limited});
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/device/token",
              .permission = Permission::nobody,
              .action = "",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return give_tokens(tx, *this, input, request); }})
      .summary("A program's tokens, once a person has confirmed, or new ones for a refresh token")
      .tag("sign-in")
      .request_schema(json::schema<DeviceTokenBody>())
      .response_schema(200, json::schema<CliTokensView>())
      .errors({ErrorKind::malformed, ErrorKind::unauthenticated, ErrorKind::invalid});
}

void Routes::add_device_decisions(api::Api& api) {
  api.read<DeviceRequestView>("/api/v1/device/requests/{code}", Permission::signed_in,
                              [this](Tx& tx, const api::Input& input) -> base::Result<DeviceRequestView> {
                                TRY_CHECK(require_account(input));
                                TRY_CHECK(attempts.take(input.remote_address));
                                TRY_ASSIGN(const auto request, devices.find(tx, input.param("code")));
                                return show(request);
                              })
      .summary("What asks to be signed in with this code")
      .tag("sign-in")
      .errors({ErrorKind::not_found, ErrorKind::rate_limited});
  api.write<DecideDeviceBody, DeviceRequestView>(
         Method::post, "/api/v1/device/decide", Permission::signed_in, "cli.decide", 200,
         [this](Tx& tx, const api::Input& input, const DecideDeviceBody& body,
                api::Effect& effect) -> base::Result<DeviceRequestView> {
           TRY_CHECK(require_account(input));
           TRY_CHECK(attempts.take(input.remote_address));
           TRY_ASSIGN(const auto request, devices.decide(tx, input, body.user_code, body.approve));
           effect.object_kind = "person";
           effect.object_id = caller(input).person.to_string();
           return show(request);
         })
      .summary("Confirm or refuse a program's sign-in, in a browser")
      .tag("sign-in")
      .errors({ErrorKind::not_found, ErrorKind::forbidden, ErrorKind::rate_limited});
  api.read<api::List<CliItem>>("/api/v1/me/clis", Permission::signed_in,
                               [this](Tx& tx, const api::Input& input) -> base::Result<api::List<CliItem>> {
                                 TRY_CHECK(require_person(input));
                                 api::List<CliItem> shown;
                                 for (const auto& cli : devices.list(tx, input)) shown.items.push_back(show(cli));
                                 return shown;
                               })
      .summary("Programs that are signed in by wh login")
      .tag("account");
  api.write<api::Nothing, api::Nothing>(Method::del, "/api/v1/me/clis/{cli}", Permission::signed_in, "cli.revoke", 204,
                                        [this](Tx& tx, const api::Input& input, const api::Nothing&,
                                               api::Effect& effect) -> base::Result<api::Nothing> {
                                          TRY_CHECK(require_account(input));
                                          const auto id = base::Uuid::parse(input.param("cli"));
                                          if (!id) return base::not_found("cli.not_found", "The sign-in");
                                          effect.object_kind = "cli";
                                          effect.object_id = id->to_string();
                                          TRY_ASSIGN(effect.object_name, devices.revoke(tx, caller(input).person, *id));
                                          return api::Nothing{};
                                        })
      .summary("End a program's sign-in: both of its tokens")
      .tag("account")
      .errors({ErrorKind::not_found});
}

}  // namespace identity

#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/provider_api.hpp"
#include "control-plane/modules/identity/provider_routes.hpp"
#include "control-plane/modules/identity/route_actions.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

constexpr std::chrono::seconds kPatience{15};

/// What the audit log keeps of the provider: no secret.
struct ProviderNote {
  std::string issuer;
  std::string client_id;
  std::vector<std::string> allowed_domains;
  std::vector<std::string> allowed_emails;
  template <class F>
  void map(F& f) {
    f.required("issuer", issuer);
    f.required("client_id", client_id);
    f.required("allowed_domains", allowed_domains);
    f.required("allowed_emails", allowed_emails);
  }
};

std::string note_of(const std::optional<ProviderSettings>& settings) {
  if (!settings) return "";
  return json::encode(
      ProviderNote{settings->issuer, settings->client_id, settings->allowed_domains, settings->allowed_emails});
}

ProviderView show(const std::optional<ProviderSettings>& settings, const std::string& redirect_uri) {
  const auto shown = settings.value_or(ProviderSettings{});
  return {.issuer = shown.issuer,
          .client_id = shown.client_id,
          .allowed_domains = shown.allowed_domains,
          .allowed_emails = shown.allowed_emails,
          .from_configuration = shown.from_configuration,
          .redirect_uri = redirect_uri};
}

MailView show(const std::optional<mail::Settings>& settings) {
  if (!settings) return {};
  return {.set_up = true,
          .url = settings->url,
          .username = settings->username,
          .has_password = settings->has_password,
          .sender = settings->sender};
}

/// Whoever runs the installation, at the keyboard.
base::Result<void> require(Tx& tx, Service& people, const api::Input& input) {
  TRY_CHECK(people.require_operator(tx, input));
  return auth::require_fresh_proof(caller(input), input.now);
}

base::Result<ProviderView> save(Tx& tx, ProviderRoutes& routes, const api::Input& input, const ProviderBody& body) {
  const auto before = routes.providers.settings(tx);
  const ProviderSettings wanted{.issuer = body.issuer,
                                .client_id = body.client_id,
                                .allowed_domains = body.allowed_domains,
                                .allowed_emails = body.allowed_emails,
                                .from_configuration = false};
  TRY_ASSIGN(const auto saved, routes.providers.set(tx, wanted, body.client_secret));
  routes.audit.record(tx, input,
                      {.action = "settings.sign_in",
                       .object_kind = "settings",
                       .object_id = "sign_in",
                       .before = note_of(before),
                       .after = note_of(saved)});
  return show(saved, routes.redirect_uri());
}

/// Asks the provider who it is before anything is kept: a mistyped issuer is found now, not at the next sign-in.
async::Task<base::Result<ProviderView>> change(ProviderRoutes* routes, api::Api* api, api::Input input,
                                               http::Request request) {
  CO_TRY_CHECK(co_await api->pool().transaction([&](Tx& tx) { return require(tx, routes->people, input); }));
  CO_TRY_ASSIGN(const auto body, read_body<ProviderBody>(request));
  CO_TRY_CHECK(oidc::check_issuer(body.issuer, routes->client.allows_private()));
  const auto deadline = base::Deadline::after(api->clock(), kPatience);
  const auto provider = co_await routes->client.discover(body.issuer, deadline);
  if (!provider) co_return base::invalid("/issuer", provider.error().message);
  co_return co_await api->pool().transaction([&](Tx& tx) { return save(tx, *routes, input, body); });
}

async::Task<http::Response> change_provider(ProviderRoutes* routes, api::Api* api, api::Input input,
                                            http::Request request) {
  const auto changed = co_await change(routes, api, input, request);
  if (changed) co_return http::json_response(200, json::encode(*changed));
  co_await api->pool().transaction([&](Tx& tx) -> base::Result<void> {
    routes->audit.record(tx, input,
                         {.action = "settings.sign_in.refused",
                          .object_kind = "settings",
                          .object_id = "sign_in",
                          .before = "",
                          .after = ""});
    return {};
  });
  co_return http::problem(changed.error(), request.request_id);
}

async::Task<http::Response> send_try(ProviderRoutes* routes, api::Api* api, api::Input input, http::Request request) {
  const auto allowed = co_await api->pool().transaction([&](Tx& tx) { return require(tx, routes->people, input); });
  if (!allowed) co_return http::problem(allowed.error(), request.request_id);
  const auto body = read_body<MailTestBody>(request);
  if (!body) co_return http::problem(body.error(), request.request_id);
  const auto sent = co_await routes->courier.try_out(body->recipient);
  if (!sent) co_return http::problem(sent.error(), request.request_id);
  co_return http::Response{.status = 204, .headers = {}, .body = {}, .stream = {}};
}

/// A mail to anybody is an event, sent or not.
async::Task<http::Response> try_mail(ProviderRoutes* routes, api::Api* api, api::Input input, http::Request request) {
  const auto body = read_body<MailTestBody>(request);
  auto response = co_await send_try(routes, api, input, std::move(request));
  const bool sent = body && response.status < 400;
  co_await api->pool().transaction([&](Tx& tx) -> base::Result<void> {
    routes->audit.record(tx, input,
                         {.action = sent ? "settings.mail_test" : "settings.mail_test.refused",
                          .object_kind = "settings",
                          .object_id = "mail",
                          .before = "",
                          .after = sent ? json::encode(*body) : std::string()});
    return {};
  });
  co_return response;
}

base::Result<Reply> change_mail(Tx& tx, ProviderRoutes& routes, const api::Input& input, const http::Request& request) {
  TRY_CHECK(require(tx, routes.people, input));
  TRY_ASSIGN(const auto body, read_body<MailBody>(request));
  const mail::Settings wanted{
      .url = body.url, .username = body.username, .has_password = false, .sender = body.sender, .updated_at = {}};
  const auto before = show(routes.outbox.settings(tx));
  TRY_ASSIGN(const auto saved, routes.outbox.set_settings(tx, wanted, body.password));
  Reply reply{.status = 200, .body = json::encode(show(saved)), .headers = {}, .refused = {}, .effect = {}};
  reply.effect.object_kind = "settings";
  reply.effect.object_id = "mail";
  reply.effect.before = json::encode(before);
  reply.effect.after = reply.body;
  return reply;
}

}  // namespace

void ProviderRoutes::add_settings(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  api.read<ProviderView>("/api/v1/settings/sign-in", Permission::signed_in,
                         [this](Tx& tx, const api::Input& input) -> base::Result<ProviderView> {
                           TRY_CHECK(people.require_operator(tx, input));
                           return show(providers.settings(tx), redirect_uri());
                         })
      .summary("Which identity provider people sign in with; for whoever runs the installation")
      .tag("settings")
      .errors({ErrorKind::forbidden});
  api.handle(Method::put, "/api/v1/settings/sign-in", Permission::signed_in,
             [self, to](api::Input input, http::Request request) {
               return change_provider(self, to, std::move(input), std::move(request));
             })
      .summary("Connect an identity provider. Needs a fresh proof")
      .tag("settings")
      .request_schema(json::schema<ProviderBody>())
      .response_schema(200, json::schema<ProviderView>())
      .errors({ErrorKind::forbidden, ErrorKind::invalid, ErrorKind::conflict});
}

void ProviderRoutes::add_mail(api::Api& api) {
  auto* const self = this;
  auto* const to = &api;
  api.read<MailView>("/api/v1/settings/mail", Permission::signed_in,
                     [this](Tx& tx, const api::Input& input) -> base::Result<MailView> {
                       TRY_CHECK(people.require_operator(tx, input));
                       return show(outbox.settings(tx));
                     })
      .summary("The mail server; for whoever runs the installation")
      .tag("settings")
      .errors({ErrorKind::forbidden});
  add_action(api, audit,
             {.method = Method::put,
              .path = "/api/v1/settings/mail",
              .permission = Permission::signed_in,
              .action = "settings.mail",
              .act = [this](Tx& tx, const api::Input& input,
                            const http::Request& request) { return change_mail(tx, *this, input, request); }})
      .summary("Set the mail server. Needs a fresh proof")
      .tag("settings")
      .request_schema(json::schema<MailBody>())
      .response_schema(200, json::schema<MailView>())
      .errors({ErrorKind::forbidden, ErrorKind::invalid});
  api.write<api::Nothing, api::Nothing>(Method::del, "/api/v1/settings/mail", Permission::signed_in,
                                        "settings.mail_off", 204,
                                        [this](Tx& tx, const api::Input& input, const api::Nothing&,
                                               api::Effect& effect) -> base::Result<api::Nothing> {
                                          TRY_CHECK(require(tx, people, input));
                                          effect.object_kind = "settings";
                                          effect.object_id = "mail";
                                          outbox.forget_settings(tx);
                                          return api::Nothing{};
                                        })
      .summary("Send no mail any more. Needs a fresh proof")
      .tag("settings")
      .errors({ErrorKind::forbidden});
  api.handle(Method::post, "/api/v1/settings/mail/test", Permission::signed_in,
             [self, to](api::Input input, http::Request request) {
               return try_mail(self, to, std::move(input), std::move(request));
             })
      .summary("Send a mail now, to see whether it arrives. Needs a fresh proof")
      .tag("settings")
      .request_schema(json::schema<MailTestBody>())
      .response_schema(204, "")
      .errors({ErrorKind::forbidden, ErrorKind::invalid, ErrorKind::conflict, ErrorKind::unavailable});
}

}  // namespace identity

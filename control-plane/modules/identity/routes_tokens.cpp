#include "control-plane/modules/identity/api.hpp"
#include "control-plane/modules/identity/caller.hpp"
#include "control-plane/modules/identity/routes.hpp"
#include "control-plane/modules/identity/views.hpp"

namespace identity {
namespace {

using auth::Permission;
using base::ErrorKind;
using http::Method;

/// What the audit log keeps of a new token.
struct TokenNote {
  std::string name;
  std::string prefix;
  std::string scope;
  std::vector<std::string> projects;
  base::UtcTime expires_at;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("prefix", prefix);
    f.required("scope", scope);
    f.required("projects", projects);
    f.required("expires_at", expires_at);
  }
};

base::Result<TokenWish> wish_of(const CreateTokenBody& body) {
  TokenWish wish{.name = body.name, .scope = {}, .projects = {}, .days = body.days};
  auto scope = auth::parse_scope(body.scope);
  if (!scope) return base::invalid("/scope", scope.error().message);
  wish.scope = *scope;
  for (const auto& project : body.projects) {
    const auto id = base::ProjectId::parse(project);
    if (!id) return base::not_found("project.not_found", "One of the projects");
    wish.projects.push_back(*id);
  }
  return wish;
}

/// Not of the typed table: that one keeps answers for repeated requests, and a token must be kept nowhere.
base::Result<Reply> create(Tx& tx, Routes& routes, const api::Input& input, const TokenOwner& owner,
                           const http::Request& request) {
  TRY_ASSIGN(const auto body, read_body<CreateTokenBody>(request));
  TRY_ASSIGN(const auto wish, wish_of(body));
  TRY_ASSIGN(const auto made, routes.tokens.create(tx, input, owner, wish));
  const auto item = show(made.info);
  Reply reply{
      .status = 201, .body = json::encode(NewTokenView{made.token, item}), .headers = {}, .refused = {}, .effect = {}};
  reply.effect.object_kind = "token";
  reply.effect.object_id = item.id;
  reply.effect.object_name = item.name;
  reply.effect.after = json::encode(TokenNote{item.name, item.prefix, item.scope, item.projects, item.expires_at});
  return reply;
}

base::Result<api::List<TokenItem>> list(Tx& tx, Routes& routes, const api::Input& input, const TokenOwner& owner) {
  const auto prefix = input.query.find("prefix");
  api::List<TokenItem> shown;
  for (const auto& token : routes.tokens.list(tx, owner, prefix == input.query.end() ? "" : prefix->second)) {
    shown.items.push_back(show(token));
  }
  return shown;
}

base::Result<api::Nothing> revoke(Tx& tx, Routes& routes, const api::Input& input, const TokenOwner& owner,
                                  api::Effect& effect) {
  const auto id = base::Uuid::parse(input.param("token"));
  if (!id) return base::not_found("token.not_found", "The token");
  effect.object_kind = "token";
  effect.object_id = id->to_string();
  TRY_ASSIGN(effect.object_name, routes.tokens.revoke(tx, owner, *id));
  return api::Nothing{};
}

TokenOwner self(const api::Input& input) {
  return {caller(input).person, base::OrganizationId()};
}
TokenOwner organization(const api::Input& input) {
  return {caller(input).person, input.organization()};
}

}  // namespace

void Routes::add_tokens(api::Api& api) {
  api.read<api::List<TokenItem>>("/api/v1/me/tokens", Permission::signed_in,
                                 [this](Tx& tx, const api::Input& input) -> base::Result<api::List<TokenItem>> {
                                   TRY_CHECK(require_person(input));
                                   return list(tx, *this, input, self(input));
                                 })
      .summary("Your tokens for programs")
      .tag("tokens")
      .query_parameter("prefix", "Only tokens that begin so");
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/me/tokens",
              .permission = Permission::signed_in,
              .action = "token.create",
              .act = [this](Tx& tx, const api::Input& input, const http::Request& request) -> base::Result<Reply> {
                TRY_CHECK(require_account(input));
                return create(tx, *this, input, self(input), request);
              }})
      .summary("Make a token that acts in your name")
      .tag("tokens")
      .request_schema(json::schema<CreateTokenBody>())
      .response_schema(201, json::schema<NewTokenView>())
      .errors({ErrorKind::invalid, ErrorKind::not_found, ErrorKind::forbidden, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(Method::del, "/api/v1/me/tokens/{token}", Permission::signed_in, "token.revoke",
                                        204,
                                        [this](Tx& tx, const api::Input& input, const api::Nothing&,
                                               api::Effect& effect) -> base::Result<api::Nothing> {
                                          TRY_CHECK(require_account(input));
                                          return revoke(tx, *this, input, self(input), effect);
                                        })
      .summary("Make a token void, everywhere within a second")
      .tag("tokens")
      .errors({ErrorKind::not_found});
}

void Routes::add_organization_tokens(api::Api& api) {
  api.read<api::List<TokenItem>>("/api/v1/orgs/{org}/tokens", Permission::token_manage,
                                 [this](Tx& tx, const api::Input& input) -> base::Result<api::List<TokenItem>> {
                                   return list(tx, *this, input, organization(input));
                                 })
      .summary("The organization's tokens for programs")
      .tag("tokens")
      .query_parameter("prefix", "Only tokens that begin so");
  add_action(api, audit,
             {.method = Method::post,
              .path = "/api/v1/orgs/{org}/tokens",
              .permission = Permission::token_manage,
              .action = "token.create",
              .act = [this](Tx& tx, const api::Input& input, const http::Request& request) -> base::Result<Reply> {
                TRY_CHECK(require_person(input));
                return create(tx, *this, input, organization(input), request);
              }})
      .summary("Make a token that acts in the organization's name")
      .tag("tokens")
      .request_schema(json::schema<CreateTokenBody>())
      .response_schema(201, json::schema<NewTokenView>())
      .errors({ErrorKind::invalid, ErrorKind::not_found, ErrorKind::forbidden, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(Method::del, "/api/v1/orgs/{org}/tokens/{token}", Permission::token_manage,
                                        "token.revoke", 204,
                                        [this](Tx& tx, const api::Input& input, const api::Nothing&,
                                               api::Effect& effect) -> base::Result<api::Nothing> {
                                          return revoke(tx, *this, input, organization(input), effect);
                                        })
      .summary("Make a token void, everywhere within a second")
      .tag("tokens")
      .errors({ErrorKind::not_found});
}

}  // namespace identity

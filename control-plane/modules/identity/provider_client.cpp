#include "control-plane/modules/identity/provider_client.hpp"

#include <boost/asio/this_coro.hpp>

#include "common/log/log.hpp"

namespace identity {
namespace {

constexpr std::chrono::hours kRemembered{1};
constexpr std::size_t kBodyLimit = 256 * 1024;

http_client::OutgoingPolicy policy(bool allow_private) {
  http_client::OutgoingPolicy policy;
  policy.body_limit = kBodyLimit;
  if (!allow_private) return policy;
  for (const char* all : {"0.0.0.0/0", "::/0"}) policy.allowed.push_back(*http_client::Network::parse(all));
  // Where clouds keep their credentials: never an issuer.
  policy.refused.push_back(*http_client::Network::parse("169.254.0.0/16"));
  return policy;
}

std::unexpected<base::Error> unreachable(const base::Error& error) {
  logging::warn("identity.provider_unreachable", {{"code", error.code}, {"reason", error.message}});
  return base::fail(base::ErrorKind::unavailable, "provider.unreachable",
                    "The identity provider cannot be reached now. Try again in a moment.");
}

http_client::Request get() {
  http_client::Request request;
  request.headers.emplace_back("Accept", "application/json");
  return request;
}

}  // namespace

async::Task<base::Result<http_client::Response>> ProviderClient::call(std::string url, http_client::Request request,
                                                                      base::Deadline deadline) {
  const auto executor = co_await boost::asio::this_coro::executor;
  http_client::OutgoingClient client(executor, clock_, policy(allow_private_));
  auto answer = co_await client.send(std::move(url), std::move(request), deadline);
  if (!answer) co_return unreachable(answer.error());
  co_return std::move(*answer);
}

async::Task<base::Result<oidc::Provider>> ProviderClient::discover(std::string issuer, base::Deadline deadline) {
  const auto now = clock_.utc_now();
  auto known = known_.with([&](const Known& state) -> std::optional<oidc::Provider> {
    const bool fresh = state.issuer == issuer && state.provider && now - state.provider_at < kRemembered;
    return fresh ? state.provider : std::nullopt;
  });
  if (known) co_return *std::move(known);
  CO_TRY_ASSIGN(const auto answer, co_await call(issuer + "/.well-known/openid-configuration", get(), deadline));
  if (answer.status != 200) {
    co_return base::fail(
        base::ErrorKind::unavailable, "provider.malformed",
        "The issuer has no OpenID configuration: it answers with status " + std::to_string(answer.status) + ".");
  }
  CO_TRY_ASSIGN(auto provider, oidc::read_discovery(answer.body, issuer, allow_private_));
  known_.with([&](Known& state) {
    if (state.issuer != issuer) state = Known{};
    state.issuer = issuer;
    state.provider = provider;
    state.provider_at = now;
  });
  co_return provider;
}

async::Task<base::Result<std::string>> ProviderClient::keys(oidc::Provider provider, bool anew,
                                                            base::Deadline deadline) {
  const auto now = clock_.utc_now();
  auto known = known_.with([&](const Known& state) {
    const bool fresh = state.issuer == provider.issuer && now - state.jwks_at < kRemembered;
    return fresh && !anew ? state.jwks : std::string();
  });
  if (!known.empty()) co_return known;
  CO_TRY_ASSIGN(auto answer, co_await call(provider.jwks_uri, get(), deadline));
  if (answer.status != 200) {
    co_return base::fail(base::ErrorKind::unavailable, "provider.malformed", "The identity provider gives no keys.");
  }
  known_.with([&](Known& state) {
    if (state.issuer != provider.issuer) return;
    state.jwks = answer.body;
    state.jwks_at = now;
  });
  co_return std::move(answer.body);
}

async::Task<base::Result<IdTokenClaims>> ProviderClient::exchange(oidc::Provider provider, Exchange exchange,
                                                                  base::Deadline deadline) {
  http_client::Request request;
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Authorization",
                               oidc::basic_authorization(exchange.client_id, exchange.client_secret.reveal()));
  request.body = oidc::form({{"grant_type", "authorization_code"},
                             {"code", exchange.code},
                             {"redirect_uri", exchange.redirect_uri},
                             {"code_verifier", exchange.verifier}});
  CO_TRY_ASSIGN(const auto answer, co_await call(provider.token_endpoint, std::move(request), deadline));
  if (answer.status != 200) {
    logging::warn("identity.provider_refused", {{"status", answer.status}});
    co_return base::fail(base::ErrorKind::unauthenticated, "provider.refused",
                         "The identity provider refused this sign-in. Begin again; if that does not help, its client "
                         "id or secret is wrong.");
  }
  CO_TRY_ASSIGN(const std::string token, oidc::id_token_of(answer.body));
  const IdTokenRules rules{oidc::spellings(provider.issuer), exchange.client_id, exchange.nonce, clock_.utc_now()};
  CO_TRY_ASSIGN(const std::string first, co_await keys(provider, false, deadline));
  auto claims = verify_id_token(token, first, rules);
  if (!claims && claims.error().code == "id_token.unknown_key") {
    CO_TRY_ASSIGN(const std::string second, co_await keys(provider, true, deadline));
    claims = verify_id_token(token, second, rules);
  }
  if (!claims) logging::warn("identity.id_token_refused", {{"reason", claims.error().message}});
  co_return claims;
}

}  // namespace identity

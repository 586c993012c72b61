#include <cstdio>

#include "common/base/failure.hpp"
#include "control-plane/app/api_surface.hpp"
#include "control-plane/app/application.hpp"
#include "control-plane/app/keys.hpp"
#include "control-plane/platform/api/access_text.hpp"
#include "control-plane/platform/http/openapi.hpp"
#include "control-plane/platform/postgres/migrate.hpp"

// What whoever runs the host asks of the program beside `serve`.
namespace app {
namespace {

/// For the tools: the modules over a pool, without listening.
struct Tool {
  explicit Tool(const Config& config)
      : pool({.dsn = config.postgres.dsn, .size = 1}),
        vault(make_key_provider(config, clock), clock),
        modules(config, clock, pool, vault, load_keys(pool, vault, clock)) {}
  base::SystemClock clock;
  postgres::Pool pool;
  secrets::Vault vault;
  Modules modules;
};

struct TokenView {
  std::string token;
  base::UtcTime expires_at;
  std::string name;
  std::string hub_url;
  std::string ca_pin;
  template <class F>
  void map(F& f) {
    f.required("token", token);
    f.required("expires_at", expires_at);
    f.required("name", name);
    f.required("hub_url", hub_url);
    f.required("ca_pin", ca_pin);
  }
};

}  // namespace

int migrate(const Config& config) {
  const auto report = postgres::blocking_migrate(config.postgres.dsn);
  std::printf("%d applied, the schema is at %d\n", report.applied, report.version);
  return 0;
}

int print_setup_link(const Config& config) {
  Tool tool(config);
  const auto token = tool.pool.blocking_on_pool(
      [&](Tx& tx) -> base::Result<std::string> { return tool.modules.identity.make_setup_token(tx); });
  if (!token) throw base::Failure(token.error().message);
  std::printf("%s/setup#%s\n", config.public_url.c_str(), token->c_str());
  return 0;
}

int print_worker_token(const Config& config, const std::string& name, bool as_json) {
  Tool tool(config);
  const auto made =
      tool.pool.blocking_on_pool([&](Tx& tx) { return tool.modules.registration.make_token(tx, name, "operator"); });
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().message.c_str());
    return 1;
  }
  const auto pin = tool.modules.keys.authority_pin();
  if (as_json) {
    std::printf("%s\n",
                json::encode(TokenView{made->token, made->expires_at, made->name, config.hub_url, pin}).c_str());
    return 0;
  }
  std::fprintf(stderr, "For the worker %s, single use, valid until %s.\nhub: %s\nca pin: %s\n", made->name.c_str(),
               base::format_utc(made->expires_at).c_str(), config.hub_url.c_str(), pin.c_str());
  std::printf("%s\n", made->token.c_str());
  return 0;
}

int change_limits(const Config& config, const std::string& organization, const std::vector<std::string>& changes) {
  Tool tool(config);
  const auto changed = tool.pool.blocking_on_pool([&](Tx& tx) -> base::Result<organizations::Organization> {
    auto found = tool.modules.organizations.find(tx, organization);
    if (!found) return base::not_found("organization.not_found", "The organization");
    if (changes.empty()) return *found;
    for (const auto& change : changes) TRY_CHECK(organizations::set_limit(found->limits, change));
    return tool.modules.organizations.set_limits(tx, organization, found->limits);
  });
  if (!changed) {
    std::fprintf(stderr, "%s\n", changed.error().message.c_str());
    return 1;
  }
  std::printf("%s: %s\n", changed->slug.c_str(), organizations::describe(changed->limits).c_str());
  return 0;
}

int print_openapi(const Config& config) {
  const base::SystemClock clock;
  postgres::Pool pool({.dsn = config.postgres.dsn, .size = 1});
  secrets::Vault vault(base::SecretString(std::string(32, '\0')), clock);
  fleet::Keys keys;
  keys.authority = crypto::make_authority("document", clock.utc_now());
  Modules modules(config, clock, pool, vault, std::move(keys));
  const ApiSurface surface(config, clock, pool, modules);
  std::printf("%s\n", http::openapi(surface.table, kTitle, WH_VERSION, api::describe_access).c_str());
  return 0;
}

}  // namespace app

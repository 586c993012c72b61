#include "control-plane/app/api_surface.hpp"

#include "common/base/failure.hpp"

namespace app {
namespace {

/// The names under which browsers may reach the API.
std::vector<std::string> hosts_of(const Config& config) {
  auto host = config.public_url.substr(std::min(config.public_url.find("://") + 3, config.public_url.size()));
  host = host.substr(0, host.find('/'));
  if (!host.ends_with(']')) host = host.substr(0, host.rfind(':'));
  return {host, "localhost", "127.0.0.1", "[::1]", config.listen_address};
}

}  // namespace

fleet::Keys load_keys(postgres::Pool& pool, secrets::Vault& vault, const base::Clock& clock) {
  auto keys =
      pool.blocking_on_pool([&](Tx& tx) -> base::Result<fleet::Keys> { return fleet::load_keys(tx, vault, clock); });
  if (!keys) throw base::Failure(keys.error().message);
  return *std::move(keys);
}

ApiSurface::ApiSurface(const Config& config, const base::Clock& clock, postgres::Pool& pool, Modules& modules)
    : api({.routes = &table,
           .pool = &pool,
           .doors = modules.doors({config.public_url, "http://127.0.0.1:" + std::to_string(config.dashboard_port)},
                                  hosts_of(config)),
           .clock = &clock,
           .audit = [&modules](Tx& tx, const auth::Call& call, const std::string& action,
                               const api::Effect& effect) { modules.record(tx, call, action, effect); },
           .log_requests = config.http.log_requests,
           .limits = &modules.rate_limits,
           .kept = &modules.kept_answers}) {
  modules.add_api_routes(api);
}

}  // namespace app

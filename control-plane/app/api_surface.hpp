#pragma once

#include "control-plane/app/modules.hpp"

namespace app {

inline constexpr const char* kTitle = "WiseHosting";

/// The keys that are sealed in the database; made at the first start. Blocks. Throws `Failure`.
fleet::Keys load_keys(postgres::Pool& pool, secrets::Vault& vault, const base::Clock& clock);

/// The API's routes with their dependencies; lives as long as the server.
struct ApiSurface {
  ApiSurface(const Config& config, const base::Clock& clock, postgres::Pool& pool, Modules& modules);
  http::RouteTable table;
  api::Api api;
};

}  // namespace app

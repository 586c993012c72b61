#pragma once

#include "control-plane/modules/fleet/hub.hpp"
#include "control-plane/modules/fleet/registry_access.hpp"
#include "control-plane/modules/identity/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace fleet {

struct Routes {
  Registration& registration;
  Workers& workers;
  RegistryAccess& registry;
  Hub& hub;
  FailureLimit& failures;
  const Keys& keys;
  identity::Service& people;
  std::string hub_url;

  /// For people and programs: /api/v1/orgs/{org}/workers.
  void add_api(api::Api& api);
  /// For agents, on the hub's own listener: /v1/workers.
  void add_hub(http::RouteTable& table, postgres::Pool& pool);
};

}  // namespace fleet

#pragma once

#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/projects/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace sources {

struct Routes {
  projects::Service& projects;
  audit::Log& audit;

  /// /api/v1/orgs/{org}/apps/{app}/uploads
  void add(api::Api& api);
};

}  // namespace sources

#pragma once

#include "control-plane/modules/audit/api.hpp"
#include "control-plane/modules/audit/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace audit {

/// GET /api/v1/orgs/{org}/audit and what lies beneath it.
struct Routes {
  Service& audit;

  void add(api::Api& api);
};

}  // namespace audit

#pragma once

#include "control-plane/modules/ingress/traffic.hpp"
#include "control-plane/modules/projects/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace ingress {

/// Endpoints of the way in.
struct Routes {
  Traffic& traffic;
  projects::Service& projects;

  void add(api::Api& api);
};

}  // namespace ingress

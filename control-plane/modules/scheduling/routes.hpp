#pragma once

#include "control-plane/modules/scheduling/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace scheduling {

/// Logs of running replicas, read from their workers on demand.
struct Routes {
  Service& scheduling;
  projects::Service& projects;
  fleet::Hub& hub;

  void add(api::Api& api);
};

}  // namespace scheduling

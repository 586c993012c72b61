#pragma once

#include "control-plane/modules/fleet/workers.hpp"
#include "control-plane/modules/observability/drains.hpp"
#include "control-plane/modules/observability/history.hpp"
#include "control-plane/modules/projects/service.hpp"
#include "control-plane/modules/scheduling/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace observability {

/// Endpoints of what is measured, and of where logs are sent.
struct Routes {
  History& history;
  projects::Service& projects;
  scheduling::Service& scheduling;
  fleet::Workers& workers;
  Drains& drains;

  void add(api::Api& api);

 private:
  void add_drains(api::Api& api);
};

}  // namespace observability

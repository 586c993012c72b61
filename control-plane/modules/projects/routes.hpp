#pragma once

#include "control-plane/modules/projects/places.hpp"
#include "control-plane/platform/api/api.hpp"

namespace projects {

/// Projects and environments. What stands in them has its routes with the deployments.
struct Routes {
  Places& places;

  void add(api::Api& api);

 private:
  void add_environments(api::Api& api);
};

}  // namespace projects

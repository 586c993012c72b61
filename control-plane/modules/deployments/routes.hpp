#pragma once

#include "control-plane/modules/deployments/views.hpp"
#include "control-plane/platform/api/api.hpp"

namespace deployments {

/// Endpoints of apps, their deployments and variables.
struct RouteSet {
  Service& deployments;
  projects::Service& projects;
  Views& views;

  void add(api::Api& api);

 private:
  void add_apps(api::Api& api);
  void add_deployments(api::Api& api);
  void add_verbs(api::Api& api);
  void add_pins(api::Api& api);
  void add_variables(api::Api& api);
};

}  // namespace deployments

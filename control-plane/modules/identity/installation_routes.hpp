#pragma once

#include "control-plane/modules/audit/service.hpp"
#include "control-plane/modules/identity/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace identity {

/// The log of what belongs to no organization (sign-ins, settings, machines), for whoever runs the installation.
struct InstallationRoutes {
  Service& people;
  audit::Log& audit;
  audit::Service& log;

  void add(api::Api& api);
};

}  // namespace identity

#pragma once

#include "control-plane/modules/organizations/organizations.hpp"
#include "control-plane/platform/api/api.hpp"

namespace organizations {

/// Setup link, session, sign-out.
struct Routes {
  Service& organizations;
  identity::Service& identity;
  std::string hub_url;
  std::string apps_url_example;
  bool secure_cookie{false};

  void add(api::Api& api);
};

}  // namespace organizations

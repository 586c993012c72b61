#pragma once

#include "control-plane/modules/audit/audit.hpp"
#include "control-plane/modules/hooks/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace hooks {

/// Endpoints of deploy hooks: those for people beneath /api/, and the address itself.
struct Routes {
  Service& hooks;
  projects::Service& projects;
  audit::Log& audit;
  api::RateLimits& limits;
  /// Calls of one address.
  api::Rate rate;
  std::string public_url;
  bool log_requests{false};

  void add(api::Api& api);

 private:
  void add_address(api::Api& api);
  async::Task<http::Response> receive(api::Api& api, http::Request request);
  base::Result<void> admit(const std::string& address);
};

}  // namespace hooks

#pragma once

#include <string>

#include "worker-agent/link/capability.hpp"
#include "worker-agent/link/credentials.hpp"
#include "worker-agent/link/hub.hpp"

namespace agent {

/// Tokens from `GET /v1/workers/registry-token?scope=repository:NAME:ACTIONS`, with Basic worker-id:JWT. Main thread.
class HubRegistryTokens final : public RegistryTokens {
 public:
  HubRegistryTokens(Hub& hub, Credentials& credentials) : hub_(hub), credentials_(credentials) {}

  /// Errors: `registry.repository` for a name off its grammar, `registry.token` when it is refused.
  async::Task<base::Result<std::string>> pull_token(std::string repository) override;
  async::Task<base::Result<std::string>> push_token(std::string repository) override;

 private:
  async::Task<base::Result<std::string>> token(std::string repository, std::string actions);

  Hub& hub_;
  Credentials& credentials_;
};

}  // namespace agent

#pragma once

#include <optional>
#include <string>

#include "common/async/task.hpp"
#include "common/base/guarded.hpp"
#include "common/base/secret.hpp"
#include "common/http_client/outgoing.hpp"
#include "control-plane/modules/identity/id_token.hpp"
#include "control-plane/modules/identity/oidc.hpp"

namespace identity {

/// The calls to the identity provider. What it says of itself and its keys are remembered for an hour; a token signed
/// by an unknown key makes it ask for the keys once more. Thread-safe.
class ProviderClient {
 public:
  /// `allow_private`: the issuer may stand at a private address, this machine's included, and speak plain http. Only
  /// for what the operator wrote into the configuration.
  ProviderClient(const base::Clock& clock, bool allow_private) : clock_(clock), allow_private_(allow_private) {}

  bool allows_private() const { return allow_private_; }

  /// Errors: `provider.unreachable`, `provider.malformed`.
  async::Task<base::Result<oidc::Provider>> discover(std::string issuer, base::Deadline deadline);

  struct Exchange {
    std::string client_id;
    base::SecretString client_secret;
    std::string code;
    std::string verifier;
    std::string redirect_uri;
    std::string nonce;
  };
  /// Code for id_token, checked. Errors: `provider.unreachable`, `provider.malformed`, `provider.refused` (the code or
  /// the client is wrong), those of `verify_id_token`.
  async::Task<base::Result<IdTokenClaims>> exchange(oidc::Provider provider, Exchange exchange,
                                                    base::Deadline deadline);

 private:
  struct Known {
    std::string issuer;
    std::optional<oidc::Provider> provider;
    base::UtcTime provider_at;
    std::string jwks;
    base::UtcTime jwks_at;
  };
  async::Task<base::Result<http_client::Response>> call(std::string url, http_client::Request request,
                                                        base::Deadline deadline);
  async::Task<base::Result<std::string>> keys(oidc::Provider provider, bool anew, base::Deadline deadline);

  const base::Clock& clock_;
  bool allow_private_;
  base::Guarded<Known> known_;
};

}  // namespace identity

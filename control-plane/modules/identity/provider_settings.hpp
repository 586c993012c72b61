#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/secret.hpp"
#include "control-plane/modules/identity/oidc.hpp"
#include "control-plane/modules/identity/types.hpp"
#include "control-plane/modules/secrets/secrets.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace identity {

/// Which provider people sign in with, and who of them may.
struct ProviderSettings {
  std::string issuer{oidc::kGoogle};
  std::string client_id;
  std::vector<std::string> allowed_domains;
  std::vector<std::string> allowed_emails;
  bool from_configuration{false};  ///< of the operator's configuration: the dashboard cannot change it
};

/// The same with the client's secret, opened.
struct ProviderAccess {
  ProviderSettings settings;
  base::SecretString client_secret;
};

/// The settings, of the configuration or else of the database. The client's secret is sealed there (purpose
/// `provider`).
class Providers {
 public:
  /// `configured`: of the configuration; its client id is empty when it says nothing.
  Providers(const base::Clock& clock, secrets::Vault& vault, ProviderAccess configured, bool allow_private)
      : clock_(clock), vault_(vault), configured_(std::move(configured)), allow_private_(allow_private) {}

  std::optional<ProviderSettings> settings(Tx& tx);
  /// Error `conflict` (`sign_in.not_set_up`).
  base::Result<ProviderAccess> access(Tx& tx);
  /// Without a secret the one that was there stays, unless issuer or client is another. Errors: `invalid`; `conflict`
  /// when the configuration says it.
  base::Result<ProviderSettings> set(Tx& tx, const ProviderSettings& wanted,
                                     const std::optional<base::SecretString>& client_secret);

 private:
  const base::Clock& clock_;
  secrets::Vault& vault_;
  ProviderAccess configured_;
  bool allow_private_;
};

}  // namespace identity

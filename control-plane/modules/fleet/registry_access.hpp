#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/crypto/registry_token.hpp"
#include "common/crypto/x509.hpp"
#include "control-plane/modules/fleet/keys.hpp"

namespace fleet {

inline constexpr const char* kRegistryService = "wisehosting-registry";
inline constexpr const char* kRegistryIssuer = "wisehosting";
inline constexpr const char* kBaseRepository = "library/busybox";
inline constexpr const char* kSiteBaseRepository = "library/static-site";

/// Tokens for the image registry, each for one repository, signed by a leaf of the installation's authority.
class RegistryAccess {
 public:
  /// Makes a signing leaf for this process.
  RegistryAccess(const base::Clock& clock, const Keys& keys);

  /// A token that may do `actions` (pull, push) in `repository`, for `life`.
  std::string token(const std::string& subject, const std::string& repository, std::vector<std::string> actions,
                    std::chrono::seconds life) const;

  /// What a worker asks the realm for: `repository:NAME:pull[,push]`. Granted: pulls of what it runs, and the base
  /// images; pushes of base images by a worker that keeps a registry. Error `registry.denied`.
  base::Result<std::string> worker_token(Tx& tx, base::WorkerId worker, const std::string& scope) const;

  /// The worker that keeps the registry, when it is online.
  std::optional<base::WorkerId> keeper(Tx& tx) const;

  /// `host:port` of the registry that builds push to. Error `registry.away` when no worker with a registry is online.
  base::Result<std::string> address(Tx& tx) const;

 private:
  const base::Clock& clock_;
  crypto::CertifiedKey leaf_;
};

}  // namespace fleet

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "common/crypto/x509.hpp"

namespace crypto {

/// What a registry token permits on one repository.
struct RegistryAccess {
  std::string repository{};            ///< e.g. `acme/hello`
  std::vector<std::string> actions{};  ///< `pull`, `push`
};

struct RegistryTokenRequest {
  std::string issuer{};
  std::string audience{};  ///< the registry's `service`
  std::string subject{};
  std::vector<RegistryAccess> access{};
  base::UtcTime now{};
  std::chrono::seconds life{300};
  base::Uuid token_id{};
};

/// A token of the distribution registry's scheme: ES256 with the leaf (and what signed it) in `x5c`.
/// Error `crypto.key` when the leaf's key is not P-256.
base::Result<std::string> issue_registry_token(const CertifiedKey& leaf, const RegistryTokenRequest& request);

}  // namespace crypto

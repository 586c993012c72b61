#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace identity {

/// What an id_token must say (OpenID Connect Core 3.1.3.7).
struct IdTokenRules {
  /// Spellings of the issuer that count as one; the first is the name under which identities are kept.
  std::vector<std::string> issuers;
  std::string client_id;
  std::string nonce;
  base::UtcTime now;
};

struct IdTokenClaims {
  std::string issuer;  ///< the first spelling
  std::string subject;
  std::string email;
  bool email_verified{false};  ///< only for the JSON value true
  std::string hosted_domain;
  std::string name;
  std::optional<base::UtcTime> authenticated_at;
};

/// Checks signature and claims of a compact JWS. Only RS256 with an RSA key of 2048 bits or more, of `jwks`, by its
/// `kid`; keys that the token itself brings are never used. Clocks may differ by a minute. Pure.
/// Errors (`unauthenticated`): `id_token.unknown_key` (other keys may have come since), `id_token.invalid`.
base::Result<IdTokenClaims> verify_id_token(std::string_view token, std::string_view jwks, const IdTokenRules& rules);

}  // namespace identity

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

/// Pure parts of OpenID Connect's code flow.
namespace identity::oidc {

inline constexpr const char* kGoogle = "https://accounts.google.com";

/// What the discovery document says that is needed here.
struct Provider {
  std::string issuer;
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  /// RFC 9207: the way back always names the issuer.
  bool names_issuer{false};
};

/// Reads a discovery document. Its issuer must be exactly `issuer`, its addresses https (or http where `plain` is
/// allowed). Error `provider.malformed`.
base::Result<Provider> read_discovery(std::string_view document, const std::string& issuer, bool plain);

/// An issuer that may be configured: https (or http where `plain`), without query, fragment, user or trailing slash.
base::Result<void> check_issuer(const std::string& issuer, bool plain);

/// Spellings under which an issuer signs: Google has two.
std::vector<std::string> spellings(const std::string& issuer);

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// application/x-www-form-urlencoded.
std::string form(const Parameters& parameters);
/// `url` with parameters in its query.
std::string with_query(const std::string& url, const Parameters& parameters);

/// What only the browser's own cookie and the state give (both random): nobody reads it from the database.
/// `use` is `verifier` or `nonce`. 43 letters.
std::string derive(const std::string& use, const std::string& browser_token, const std::string& state);
/// RFC 7636 4.2, S256.
std::string challenge_of(const std::string& verifier);

/// The id_token of a token endpoint's answer. Error `provider.malformed`.
base::Result<std::string> id_token_of(std::string_view document);

/// RFC 6749 2.3.1: the value of Authorization.
std::string basic_authorization(const std::string& client_id, std::string_view client_secret);

}  // namespace identity::oidc

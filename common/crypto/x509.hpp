#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace crypto {

/// A certificate, what signed it, and its private key.
struct CertifiedKey {
  std::string chain_pem{};       ///< the certificate first, its authority last
  base::SecretString key_pem{};  ///< PKCS #8
};

/// A self-signed certification authority on P-256, valid for 10 years from a day before `now`.
CertifiedKey make_authority(const std::string& common_name, base::UtcTime now);

struct CertificateRequest {
  std::string common_name{};
  std::vector<std::string> dns_names{};
  std::vector<std::string> ip_addresses{};  ///< IPv4 or IPv6 literals
  bool server{true};                        ///< false: a signing leaf (registry tokens), without the server usage
  std::chrono::hours life{std::chrono::hours{24} * 397};
};

/// A P-256 certificate with a fresh key, signed by `authority`. The chain holds the authority too (PROTOCOL 1).
/// Errors: `invalid` for a name, an address or a life over 397 days; `crypto.key` for an unreadable authority.
base::Result<CertifiedKey> issue_certificate(const CertifiedKey& authority, const CertificateRequest& request,
                                             base::UtcTime now);

/// `sha256/<base64url of SHA-256 of the SubjectPublicKeyInfo>` of the first certificate in `pem`.
base::Result<std::string> spki_pin(std::string_view certificate_pem);
/// The certificates of a PEM text, each as its own PEM.
base::Result<std::vector<std::string>> split_chain(std::string_view chain_pem);
/// The certificate's DER bytes.
base::Result<std::string> certificate_der(std::string_view certificate_pem);
/// The end of its validity.
base::Result<base::UtcTime> certificate_not_after(std::string_view certificate_pem);

}  // namespace crypto

#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/crypto/openssl.hpp"

/// PEM text to and from OpenSSL's objects; for this folder's sources only.
namespace crypto::pem {

std::string of_certificate(X509* certificate);
base::SecretString of_key(EVP_PKEY* key);
/// The first certificate of `text`. Error `crypto.certificate`.
base::Result<openssl::Certificate> read_certificate(std::string_view text);
/// Error `crypto.key`.
base::Result<openssl::Pkey> read_key(const base::SecretString& text);

}  // namespace crypto::pem

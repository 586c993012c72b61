#include "common/crypto/registry_token.hpp"

#include <openssl/ec.h>

#include <nlohmann/json.hpp>

#include "common/base/bytes.hpp"
#include "common/crypto/openssl.hpp"
#include "common/crypto/x509_pem.hpp"

namespace crypto {
namespace {

constexpr std::size_t kHalfSignature = 32;

std::int64_t unix_seconds(base::UtcTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// JWS wants r ‖ s of fixed size (RFC 7518 3.4) where OpenSSL gives DER.
std::string raw_signature(std::string_view der) {
  const unsigned char* at = openssl::data(der);
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  openssl::check(signature != nullptr, "ECDSA signature");
  std::string raw(2 * kHalfSignature, '\0');
  const bool fits = BN_bn2binpad(ECDSA_SIG_get0_r(signature), openssl::data(raw), kHalfSignature) > 0 &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(signature), openssl::data(raw) + kHalfSignature, kHalfSignature) > 0;
  ECDSA_SIG_free(signature);
  openssl::check(fits, "ECDSA signature");
  return raw;
}

std::string sign_es256(EVP_PKEY* key, std::string_view text) {
  const openssl::Digest context(EVP_MD_CTX_new());
  openssl::check(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1, "ES256");
  std::size_t size = 0;
  openssl::check(EVP_DigestSign(context.get(), nullptr, &size, openssl::data(text), text.size()) == 1, "ES256");
  std::string der(size, '\0');
  openssl::check(EVP_DigestSign(context.get(), openssl::data(der), &size, openssl::data(text), text.size()) == 1,
                 "ES256");
  der.resize(size);
  return raw_signature(der);
}

bool is_p256(EVP_PKEY* key) {
  char group[32];
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
         std::string_view(group, size) == "prime256v1";
}

nlohmann::ordered_json claims_of(const RegistryTokenRequest& request) {
  nlohmann::ordered_json access = nlohmann::ordered_json::array();
  for (const RegistryAccess& entry : request.access) {
    access.push_back({{"type", "repository"}, {"name", entry.repository}, {"actions", entry.actions}});
  }
  const std::int64_t now = unix_seconds(request.now);
  // 30 s back, as the registry's clock and ours may differ.
  return {{"iss", request.issuer},
          {"sub", request.subject},
          {"aud", request.audience},
          {"exp", now + request.life.count()},
          {"nbf", now - 30},
          {"iat", now},
          {"jti", request.token_id.to_string()},
          {"access", std::move(access)}};
}

}  // namespace

base::Result<std::string> issue_registry_token(const CertifiedKey& leaf, const RegistryTokenRequest& request) {
  TRY_ASSIGN(const openssl::Pkey key, pem::read_key(leaf.key_pem));
  if (!is_p256(key.get())) return base::fail(base::ErrorKind::invalid, "crypto.key", "A registry key must be P-256.");
  TRY_ASSIGN(const auto chain, split_chain(leaf.chain_pem));
  nlohmann::ordered_json x5c = nlohmann::ordered_json::array();
  for (const std::string& certificate : chain) {
    TRY_ASSIGN(const std::string der, certificate_der(certificate));
    x5c.push_back(base::base64_encode(der));
  }
  const nlohmann::ordered_json header = {{"typ", "JWT"}, {"alg", "ES256"}, {"x5c", std::move(x5c)}};
  const std::string text =
      base::base64url_encode(header.dump()) + "." + base::base64url_encode(claims_of(request).dump());
  return text + "." + base::base64url_encode(sign_es256(key.get(), text));
}

}  // namespace crypto

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <nlohmann/json.hpp>

#include "common/base/bytes.hpp"
#include "common/crypto/openssl.hpp"
#include "common/crypto/registry_token.hpp"
#include "common/crypto/x509.hpp"
#include "common/crypto/x509_pem.hpp"

namespace crypto {
namespace {

const base::UtcTime kNow = base::parse_utc("2026-11-21T10:00:00.000Z").value();

CertificateRequest local_server() {
  return CertificateRequest{
      .common_name = "control plane", .dns_names = {"localhost"}, .ip_addresses = {"127.0.0.1", "::1"}};
}

TEST(Certificates, leaf_is_signed_by_its_authority_and_names_its_host) {
  const CertifiedKey authority = make_authority("WiseHosting authority", kNow);
  const CertifiedKey leaf = issue_certificate(authority, local_server(), kNow).value();

  const auto chain = split_chain(leaf.chain_pem).value();

  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[1], authority.chain_pem);
  const auto certificate = pem::read_certificate(chain[0]).value();
  const auto issuer = pem::read_certificate(chain[1]).value();
  EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(issuer.get())), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.2", 0), 0);
  EXPECT_EQ(X509_check_ca(certificate.get()), 0);
  EXPECT_EQ(X509_check_ca(issuer.get()), 1);
}

TEST(Certificates, live_as_long_as_they_may) {
  const CertifiedKey authority = make_authority("authority", kNow);
  CertificateRequest request = local_server();

  EXPECT_EQ(certificate_not_after(issue_certificate(authority, request, kNow)->chain_pem).value(),
            kNow + std::chrono::hours(24 * 397));
  EXPECT_GT(certificate_not_after(authority.chain_pem).value(), kNow + std::chrono::hours(24 * 3650));
  request.life = std::chrono::hours(24 * 398);
  EXPECT_FALSE(issue_certificate(authority, request, kNow).has_value());
}

TEST(Certificates, refuse_names_that_could_say_more) {
  const CertifiedKey authority = make_authority("authority", kNow);
  CertificateRequest request = local_server();
  request.dns_names = {"localhost,IP:10.0.0.1"};
  EXPECT_FALSE(issue_certificate(authority, request, kNow).has_value());
  request = local_server();
  request.ip_addresses = {"127.0.0.1,DNS:x"};
  EXPECT_FALSE(issue_certificate(authority, request, kNow).has_value());
  EXPECT_FALSE(
      issue_certificate(CertifiedKey{.chain_pem = "none", .key_pem = base::SecretString("none")}, local_server(), kNow)
          .has_value());
}

TEST(Certificates, pins_are_stable_and_differ_by_key) {
  const CertifiedKey authority = make_authority("authority", kNow);

  const std::string pin = spki_pin(authority.chain_pem).value();

  EXPECT_TRUE(pin.starts_with("sha256/"));
  EXPECT_EQ(pin.size(), 7U + 43U);
  EXPECT_EQ(pin,
            spki_pin(split_chain(issue_certificate(authority, local_server(), kNow)->chain_pem).value()[1]).value());
  EXPECT_NE(pin, spki_pin(make_authority("authority", kNow).chain_pem).value());
  EXPECT_FALSE(spki_pin("no certificate").has_value());
}

TEST(RegistryToken, is_an_es256_jwt_with_its_chain) {
  const CertifiedKey authority = make_authority("authority", kNow);
  const CertifiedKey leaf =
      issue_certificate(authority, {.common_name = "registry tokens", .server = false}, kNow).value();
  const RegistryTokenRequest request{.issuer = "wisehosting",
                                     .audience = "registry",
                                     .subject = "worker",
                                     .access = {{.repository = "acme/hello", .actions = {"pull", "push"}}},
                                     .now = kNow,
                                     .token_id = base::Uuid::v7(kNow)};

  const std::string token = issue_registry_token(leaf, request).value();

  const std::size_t first = token.find('.');
  const std::size_t second = token.rfind('.');
  const auto header = nlohmann::json::parse(base::base64url_decode(token.substr(0, first)).value());
  const auto claims =
      nlohmann::json::parse(base::base64url_decode(token.substr(first + 1, second - first - 1)).value());
  EXPECT_EQ(header["alg"], "ES256");
  EXPECT_EQ(header["x5c"].size(), 2U);
  EXPECT_EQ(header["x5c"][0], base::base64_encode(certificate_der(leaf.chain_pem).value()));
  EXPECT_EQ(claims["aud"], "registry");
  EXPECT_EQ(claims["access"][0]["name"], "acme/hello");
  EXPECT_EQ(claims["access"][0]["actions"], nlohmann::json::array({"pull", "push"}));
  EXPECT_EQ(claims["exp"].get<std::int64_t>() - claims["iat"].get<std::int64_t>(), 300);
  EXPECT_EQ(base::base64url_decode(token.substr(second + 1))->size(), 64U);
}

}  // namespace
}  // namespace crypto

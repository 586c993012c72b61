#include "common/crypto/x509.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstring>

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/openssl.hpp"
#include "common/crypto/random.hpp"
#include "common/crypto/x509_pem.hpp"

namespace crypto {
namespace {

using openssl::Certificate;
using openssl::Pkey;

constexpr std::chrono::hours kDay{24};
constexpr std::chrono::hours kAuthorityLife = kDay * 3653;
constexpr std::chrono::hours kLongestLife = kDay * 397;

Pkey generate_p256() {
  Pkey key(EVP_EC_gen("P-256"));
  openssl::check(key != nullptr, "P-256 key");
  return key;
}

void set_validity(X509* certificate, base::UtcTime from, base::UtcTime until) {
  const auto seconds = [](base::UtcTime time) { return std::chrono::system_clock::to_time_t(time); };
  openssl::check(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(from)) != nullptr &&
                     ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(until)) != nullptr,
                 "certificate validity");
}

void set_serial(X509* certificate) {
  std::string serial = random_bytes(16);
  serial[0] = static_cast<char>((static_cast<unsigned char>(serial[0]) & 0x7FU) | 0x40U);
  BIGNUM* number = BN_bin2bn(openssl::data(std::string_view(serial)), static_cast<int>(serial.size()), nullptr);
  const bool set = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  openssl::check(set, "certificate serial");
}

void set_subject(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  openssl::check(
      X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, openssl::data(std::string_view(common_name)),
                                 static_cast<int>(common_name.size()), -1, 0) == 1,
      "certificate name");
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  openssl::check(added, "certificate extension");
}

Certificate start_certificate(EVP_PKEY* key, const std::string& common_name, base::UtcTime now,
                              std::chrono::hours life) {
  Certificate certificate(X509_new());
  openssl::check(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "certificate");
  set_serial(certificate.get());
  set_validity(certificate.get(), now - kDay, now + life);
  set_subject(certificate.get(), common_name);
  openssl::check(X509_set_pubkey(certificate.get(), key) == 1, "certificate key");
  return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
  openssl::check(X509_sign(certificate, key, EVP_sha256()) > 0, "certificate signature");
}

bool is_dns_name(const std::string& name) {
  if (name.empty() || name.size() > 253) return false;
  for (const char c : name) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '*';
    if (!fine) return false;
  }
  return true;
}

bool is_ip_address(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

base::Result<std::string> alternative_names(const CertificateRequest& request) {
  std::string names;
  const auto add = [&names](const std::string& name) { names += (names.empty() ? "" : ",") + name; };
  for (const std::string& name : request.dns_names) {
    if (!is_dns_name(name)) return base::invalid("dns_names", "“" + name + "” is no DNS name.");
    add("DNS:" + name);
  }
  for (const std::string& address : request.ip_addresses) {
    if (!is_ip_address(address)) return base::invalid("ip_addresses", "“" + address + "” is no IP address.");
    add("IP:" + address);
  }
  return names;
}

void add_leaf_extensions(X509* certificate, X509* issuer, const CertificateRequest& request, const std::string& names) {
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  if (request.server) add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
  if (!names.empty()) add_extension(certificate, issuer, NID_subject_alt_name, names);
}

}  // namespace

CertifiedKey make_authority(const std::string& common_name, base::UtcTime now) {
  const Pkey key = generate_p256();
  const Certificate certificate = start_certificate(key.get(), common_name, now, kAuthorityLife);
  openssl::check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1, "issuer");
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  sign(certificate.get(), key.get());
  return CertifiedKey{.chain_pem = pem::of_certificate(certificate.get()), .key_pem = pem::of_key(key.get())};
}

base::Result<CertifiedKey> issue_certificate(const CertifiedKey& authority, const CertificateRequest& request,
                                             base::UtcTime now) {
  if (request.life <= std::chrono::hours{0} || request.life > kLongestLife) {
    return base::invalid("life", "A certificate lives for at most 397 days.");
  }
  if (request.common_name.empty() || request.common_name.size() > 64) {
    return base::invalid("common_name", "A common name has 1 to 64 bytes.");
  }
  TRY_ASSIGN(const std::string names, alternative_names(request));
  TRY_ASSIGN(const Certificate issuer, pem::read_certificate(authority.chain_pem));
  TRY_ASSIGN(const Pkey issuer_key, pem::read_key(authority.key_pem));
  const Pkey key = generate_p256();
  const Certificate certificate = start_certificate(key.get(), request.common_name, now, request.life);
  openssl::check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get())) == 1, "issuer");
  add_leaf_extensions(certificate.get(), issuer.get(), request, names);
  sign(certificate.get(), issuer_key.get());
  return CertifiedKey{.chain_pem = pem::of_certificate(certificate.get()) + authority.chain_pem,
                      .key_pem = pem::of_key(key.get())};
}

base::Result<std::string> spki_pin(std::string_view certificate_pem) {
  TRY_ASSIGN(const Certificate certificate, pem::read_certificate(certificate_pem));
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  openssl::check(size > 0, "SubjectPublicKeyInfo");
  const std::string info(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return "sha256/" + base::base64url_encode(sha256(info));
}

base::Result<std::string> certificate_der(std::string_view certificate_pem) {
  TRY_ASSIGN(const Certificate certificate, pem::read_certificate(certificate_pem));
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  openssl::check(size > 0, "certificate DER");
  std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

base::Result<base::UtcTime> certificate_not_after(std::string_view certificate_pem) {
  TRY_ASSIGN(const Certificate certificate, pem::read_certificate(certificate_pem));
  std::tm time{};
  openssl::check(ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) == 1, "certificate validity");
  return base::UtcTime(std::chrono::seconds(timegm(&time)));
}

}  // namespace crypto

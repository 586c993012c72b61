#include "common/crypto/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include <atomic>

#include "common/base/secret.hpp"
#include "common/crypto/openssl.hpp"

namespace crypto {
namespace {

using MacContext = std::unique_ptr<EVP_MAC_CTX, openssl::Release<EVP_MAC_CTX_free>>;

EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  openssl::check(algorithm != nullptr, "HMAC");
  return algorithm;
}

// An empty buffer must not be a null pointer for OpenSSL ("keep the key") and for its parameters.
std::string_view present(std::string_view bytes) {
  return bytes.data() == nullptr ? std::string_view("") : bytes;
}

OSSL_PARAM octets(const char* name, std::string_view bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(present(bytes).data()), bytes.size());
}

}  // namespace

struct HmacKey::Context {
  /// Never worked with, only copied.
  MacContext keyed;
  /// Works for one thread at a time, again and again: setting it back to its key costs a fifth of a copy.
  MacContext working;
  std::atomic_flag busy;
};

namespace {

Mac finish(EVP_MAC_CTX* context, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    openssl::check(EVP_MAC_update(context, openssl::data(present(part)), part.size()) == 1, "HMAC");
  }
  Mac mac{};
  std::size_t size = 0;
  openssl::check(EVP_MAC_final(context, reinterpret_cast<unsigned char*>(mac.data()), &size, mac.size()) == 1 &&
                     size == mac.size(),
                 "HMAC");
  return mac;
}

}  // namespace

HmacKey::HmacKey(std::string_view key) : context_(std::make_unique<Context>()) {
  context_->keyed.reset(EVP_MAC_CTX_new(hmac_algorithm()));
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  openssl::check(
      context_->keyed && EVP_MAC_init(context_->keyed.get(), openssl::data(present(key)), key.size(), parameters) == 1,
      "HMAC key");
  context_->working.reset(EVP_MAC_CTX_dup(context_->keyed.get()));
  openssl::check(context_->working != nullptr, "HMAC key");
}
HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

Mac HmacKey::mac(std::initializer_list<std::string_view> parts) const {
  if (!context_->busy.test_and_set(std::memory_order_acquire)) {
    struct Release {
      std::atomic_flag& busy;
      ~Release() { busy.clear(std::memory_order_release); }
    };
    const Release release{context_->busy};
    openssl::check(EVP_MAC_init(context_->working.get(), nullptr, 0, nullptr) == 1, "HMAC");
    return finish(context_->working.get(), parts);
  }
  const MacContext copy(EVP_MAC_CTX_dup(context_->keyed.get()));
  openssl::check(copy != nullptr, "HMAC");
  return finish(copy.get(), parts);
}

bool HmacKey::verify(std::string_view bytes, std::string_view expected) const {
  const Mac actual = mac(bytes);
  return base::equal_constant_time(std::string_view(actual.data(), actual.size()), expected);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  const Mac mac = HmacKey(key).mac(bytes);
  return {mac.data(), mac.size()};
}

std::string hkdf_sha256(std::string_view ikm, std::string_view salt, std::string_view info, std::size_t count) {
  const std::unique_ptr<EVP_KDF, openssl::Release<EVP_KDF_free>> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  openssl::check(kdf != nullptr, "HKDF");
  const std::unique_ptr<EVP_KDF_CTX, openssl::Release<EVP_KDF_CTX_free>> context(EVP_KDF_CTX_new(kdf.get()));
  openssl::check(context != nullptr, "HKDF");
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                                   octets(OSSL_KDF_PARAM_KEY, ikm), octets(OSSL_KDF_PARAM_SALT, salt),
                                   octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  std::string okm(count, '\0');
  openssl::check(EVP_KDF_derive(context.get(), openssl::data(okm), count, parameters) == 1, "HKDF");
  return okm;
}

std::string purpose_key(std::string_view master_key, std::string_view purpose) {
  return hkdf_sha256(master_key, {}, "wisehosting/1/" + std::string(purpose), 32);
}

}  // namespace crypto

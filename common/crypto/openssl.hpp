#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "common/base/failure.hpp"

/// Owners of OpenSSL's objects; for this folder's sources only.
namespace crypto::openssl {

template <auto Free>
struct Release {
  template <class T>
  void operator()(T* value) const noexcept {
    Free(value);
  }
};

using Pkey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free_all>>;

/// OpenSSL refused what cannot be refused (no memory, no algorithm): the environment failed.
[[noreturn]] inline void fail(const char* what) {
  ERR_clear_error();
  throw base::Failure(std::string("OpenSSL: ") + what);
}
inline void check(bool fine, const char* what) {
  if (!fine) fail(what);
}

inline const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* data(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace crypto::openssl

#include "common/crypto/x509_pem.hpp"

#include <openssl/pem.h>

#include "common/crypto/x509.hpp"

namespace crypto {
namespace pem {
namespace {

openssl::Memory reader(std::string_view text) {
  openssl::Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  openssl::check(memory != nullptr, "memory");
  return memory;
}

std::string content(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

std::string of_certificate(X509* certificate) {
  const openssl::Memory memory(BIO_new(BIO_s_mem()));
  openssl::check(memory && PEM_write_bio_X509(memory.get(), certificate) == 1, "certificate PEM");
  return content(memory.get());
}

base::SecretString of_key(EVP_PKEY* key) {
  const openssl::Memory memory(BIO_new(BIO_s_secmem()));
  openssl::check(memory && PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
                 "key PEM");
  return base::SecretString(content(memory.get()));
}

base::Result<openssl::Certificate> read_certificate(std::string_view text) {
  openssl::Certificate certificate(PEM_read_bio_X509(reader(text).get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    ERR_clear_error();
    return base::fail(base::ErrorKind::invalid, "crypto.certificate", "This is no PEM certificate.");
  }
  return certificate;
}

base::Result<openssl::Pkey> read_key(const base::SecretString& text) {
  openssl::Pkey key(PEM_read_bio_PrivateKey(reader(text.reveal()).get(), nullptr, nullptr, nullptr));
  if (!key) {
    ERR_clear_error();
    return base::fail(base::ErrorKind::invalid, "crypto.key", "This is no PEM private key.");
  }
  return key;
}

}  // namespace pem

base::Result<std::vector<std::string>> split_chain(std::string_view chain_pem) {
  const openssl::Memory memory = pem::reader(chain_pem);
  std::vector<std::string> certificates;
  while (const openssl::Certificate certificate{PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)}) {
    certificates.push_back(pem::of_certificate(certificate.get()));
  }
  ERR_clear_error();
  if (certificates.empty()) {
    return base::fail(base::ErrorKind::invalid, "crypto.certificate", "There is no PEM certificate in it.");
  }
  return certificates;
}

}  // namespace crypto

#include "common/crypto/hash.hpp"

#include "common/base/bytes.hpp"
#include "common/crypto/openssl.hpp"

namespace crypto {

struct Sha256::Context {
  openssl::Digest digest{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  openssl::check(context_->digest && EVP_DigestInit_ex(context_->digest.get(), EVP_sha256(), nullptr) == 1, "SHA-256");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  openssl::check(EVP_DigestUpdate(context_->digest.get(), bytes.data(), bytes.size()) == 1, "SHA-256");
}

std::string Sha256::finish() {
  std::string digest(kSha256Bytes, '\0');
  openssl::check(EVP_DigestFinal_ex(context_->digest.get(), openssl::data(digest), nullptr) == 1, "SHA-256");
  return digest;
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256_hex(std::string_view bytes) {
  return base::hex_encode(sha256(bytes));
}

}  // namespace crypto

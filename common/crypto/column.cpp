#include "common/crypto/column.hpp"

#include <charconv>

#include "common/base/bytes.hpp"
#include "common/crypto/openssl.hpp"
#include "common/crypto/random.hpp"

namespace crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr int kTagBytes = 16;

void put(std::string& out, std::string_view part) {
  out.append(std::to_string(part.size())).append(":").append(part);
}

// Each part with its length before it: no two places have the same bytes.
std::string associated_data(const ColumnContext& where, std::uint32_t key_version) {
  std::string bytes = "wisehosting/column/1\n";
  put(bytes, where.table);
  put(bytes, where.column);
  put(bytes, where.row);
  bytes.append(std::to_string(where.generation)).append(",").append(std::to_string(key_version));
  return bytes;
}

std::unexpected<base::Error> refused() {
  return base::fail(base::ErrorKind::internal, "crypto.column",
                    "A stored secret does not open: wrong key, changed, or moved from another place.");
}

base::Result<std::vector<std::string_view>> split(std::string_view sealed) {
  std::vector<std::string_view> parts;
  while (parts.size() < 3) {
    const std::size_t colon = sealed.find(':');
    if (colon == std::string_view::npos) return refused();
    parts.push_back(sealed.substr(0, colon));
    sealed.remove_prefix(colon + 1);
  }
  parts.push_back(sealed);
  return parts;
}

base::Result<base::SecretString> decrypt(const ColumnKey& key, const ColumnContext& where, std::string_view nonce,
                                         std::string_view box) {
  if (nonce.size() != kNonceBytes || box.size() < kTagBytes) return refused();
  const openssl::Cipher cipher(EVP_CIPHER_CTX_new());
  openssl::check(cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, openssl::data(key.key.reveal()),
                                              openssl::data(nonce)) == 1,
                 "AES-256-GCM");
  const std::string aad = associated_data(where, key.version);
  const std::string_view text = box.substr(0, box.size() - kTagBytes);
  std::string tag(box.substr(text.size()));
  std::string plaintext(text.size(), '\0');
  int size = 0;
  openssl::check(EVP_DecryptUpdate(cipher.get(), nullptr, &size, openssl::data(std::string_view(aad)),
                                   static_cast<int>(aad.size())) == 1,
                 "AES-256-GCM");
  openssl::check(text.empty() || EVP_DecryptUpdate(cipher.get(), openssl::data(plaintext), &size, openssl::data(text),
                                                   static_cast<int>(text.size())) == 1,
                 "AES-256-GCM");
  openssl::check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1, "AES-256-GCM");
  unsigned char none[EVP_MAX_BLOCK_LENGTH];
  const bool authentic = EVP_DecryptFinal_ex(cipher.get(), none, &size) == 1;
  base::SecretString value(std::move(plaintext));
  if (!authentic) return refused();
  return value;
}

}  // namespace

std::string seal_column(const ColumnKey& key, const ColumnContext& where, std::string_view plaintext) {
  BASE_CHECK(key.key.size() == kKeyBytes, "a column key has 32 bytes");
  const std::string nonce = random_bytes(kNonceBytes);
  const std::string aad = associated_data(where, key.version);
  const openssl::Cipher cipher(EVP_CIPHER_CTX_new());
  std::string box(plaintext.size() + kTagBytes, '\0');
  int size = 0;
  openssl::check(cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, openssl::data(key.key.reveal()),
                                              openssl::data(std::string_view(nonce))) == 1,
                 "AES-256-GCM");
  openssl::check(EVP_EncryptUpdate(cipher.get(), nullptr, &size, openssl::data(std::string_view(aad)),
                                   static_cast<int>(aad.size())) == 1,
                 "AES-256-GCM");
  openssl::check(
      plaintext.empty() || EVP_EncryptUpdate(cipher.get(), openssl::data(box), &size, openssl::data(plaintext),
                                             static_cast<int>(plaintext.size())) == 1,
      "AES-256-GCM");
  unsigned char* const tag = openssl::data(box) + plaintext.size();
  unsigned char none[EVP_MAX_BLOCK_LENGTH];
  openssl::check(EVP_EncryptFinal_ex(cipher.get(), none, &size) == 1, "AES-256-GCM");
  openssl::check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1, "AES-256-GCM");
  return "1:" + std::to_string(key.version) + ":" + base::base64url_encode(nonce) + ":" + base::base64url_encode(box);
}

base::Result<base::SecretString> open_column(std::span<const ColumnKey> keys, const ColumnContext& where,
                                             std::string_view sealed) {
  TRY_ASSIGN(const auto parts, split(sealed));
  std::uint32_t version = 0;
  const auto [end, status] = std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), version);
  if (parts[0] != "1" || status != std::errc() || end != parts[1].data() + parts[1].size()) return refused();
  const auto nonce = base::base64url_decode(parts[2]);
  const auto box = base::base64url_decode(parts[3]);
  if (!nonce || !box) return refused();
  for (const ColumnKey& key : keys) {
    if (key.version == version && key.key.size() == kKeyBytes) return decrypt(key, where, *nonce, *box);
  }
  return refused();
}

std::string seal_column(std::string_view key32, const ColumnContext& where, std::string_view plaintext) {
  const ColumnKey key{.version = 1, .key = base::SecretString(std::string(key32))};
  return seal_column(key, where, plaintext);
}

base::Result<base::SecretString> open_column(std::string_view key32, const ColumnContext& where,
                                             std::string_view sealed) {
  const ColumnKey key{.version = 1, .key = base::SecretString(std::string(key32))};
  return open_column(std::span(&key, 1), where, sealed);
}

}  // namespace crypto

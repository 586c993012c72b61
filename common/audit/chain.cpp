#include "common/audit/chain.hpp"

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"

namespace audit_chain {
namespace {

std::string seal_text(std::string_view chain, const Seal& seal) {
  return "wisehosting/audit-seal/1\n" + std::string(chain) + "\n" + std::to_string(seal.sequence) + "\n" +
         base::hex_encode(seal.hash) + "\n" + std::to_string(seal.sealed_at_us) + "\n" + seal.key_id + "\n";
}

std::string head_text(const Head& head) {
  return "wisehosting/audit-head/1\n" + head.chain + "\n" + std::to_string(head.sequence) + "\n" + head.hash + "\n" +
         std::to_string(head.at_us) + "\n" + head.key_id + "\n";
}

}  // namespace

std::string canonical(const Event& event) {
  return json::encode(event);
}

std::string first_hash() {
  std::string zeros(kHashBytes, '\0');
  return zeros;
}

std::string next_hash(std::string_view chain, std::int64_t sequence, std::string_view previous_hash,
                      std::string_view canonical_event) {
  crypto::Sha256 hash;
  hash.update("wisehosting/audit-chain/1\n");
  hash.update(chain);
  hash.update("\n" + std::to_string(sequence) + "\n");
  hash.update(previous_hash);
  hash.update(crypto::sha256(canonical_event));
  return hash.finish();
}

std::string sign_seal(const crypto::Ed25519KeyPair& key, std::string_view chain, const Seal& seal) {
  return crypto::ed25519_sign(key, seal_text(chain, seal));
}

bool verify_seal(std::string_view public_key, std::string_view chain, const Seal& seal) {
  return crypto::ed25519_verify(public_key, seal.signature, seal_text(chain, seal));
}

Head sign_head(const crypto::Ed25519KeyPair& key, std::string key_id, std::string chain, std::int64_t sequence,
               std::string_view hash, std::int64_t at_us) {
  Head head{std::move(chain), sequence, base::hex_encode(hash), at_us, std::move(key_id), "", ""};
  head.public_key = base::base64url_encode(key.public_key);
  head.signature = base::base64url_encode(crypto::ed25519_sign(key, head_text(head)));
  return head;
}

bool verify_head(const Head& head) {
  const auto key = base::base64url_decode(head.public_key);
  const auto signature = base::base64url_decode(head.signature);
  return key && signature && crypto::ed25519_verify(*key, *signature, head_text(head));
}

std::string key_fingerprint(std::string_view public_key) {
  return crypto::sha256_hex(public_key).substr(0, 16);
}

}  // namespace audit_chain

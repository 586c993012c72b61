#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/crypto/ed25519.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/hmac.hpp"
#include "common/crypto/random.hpp"

namespace crypto {
namespace {

std::string unhex(std::string_view text) {
  return base::hex_decode(text).value();
}

TEST(Sha256, matches_fips_180_examples) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

  Sha256 pieces;
  pieces.update("a");
  pieces.update("");
  pieces.update("bc");
  EXPECT_EQ(pieces.finish(), sha256("abc"));
}

TEST(HmacSha256, matches_rfc_4231) {
  EXPECT_EQ(base::hex_encode(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(base::hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      base::hex_encode(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacKey, serves_many_messages_and_parts) {
  const HmacKey key("Jefe");

  const Mac whole = key.mac("what do ya want for nothing?");
  const Mac parts = key.mac({"what do ya ", "", "want for nothing?"});

  EXPECT_EQ(whole, parts);
  EXPECT_TRUE(key.verify("what do ya want for nothing?", std::string_view(whole.data(), whole.size())));
  EXPECT_FALSE(key.verify("what do ya want for nothing!", std::string_view(whole.data(), whole.size())));
  EXPECT_FALSE(key.verify("what do ya want for nothing?", std::string_view(whole.data(), whole.size() - 1)));
  EXPECT_FALSE(key.verify("what do ya want for nothing?", ""));
}

TEST(HmacKey, serves_several_threads_at_once) {
  const HmacKey key("Jefe");
  const std::string text(5'000, 'x');
  const Mac expected = key.mac(text);
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) wrong += key.mac(text) == expected ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(HkdfSha256, matches_rfc_5869) {
  const std::string ikm(22, '\x0b');

  EXPECT_EQ(base::hex_encode(hkdf_sha256(ikm, unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(base::hex_encode(hkdf_sha256(ikm, "", "", 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(PurposeKey, differs_by_purpose) {
  const std::string master(32, 'm');

  EXPECT_EQ(purpose_key(master, "env"), hkdf_sha256(master, "", "wisehosting/1/env", 32));
  EXPECT_NE(purpose_key(master, "env"), purpose_key(master, "worker-api-key"));
}

TEST(Ed25519, matches_rfc_8032) {
  const auto key =
      ed25519_from_seed(base::SecretString(unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")))
          .value();

  EXPECT_EQ(base::hex_encode(key.public_key), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(base::hex_encode(ed25519_sign(key, "")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f05"
            "95bbe24655141438e7a100b");
}

TEST(Ed25519, refuses_what_was_not_signed) {
  const auto key = ed25519_generate();
  const std::string signature = ed25519_sign(key, "prefix", "message");

  EXPECT_TRUE(ed25519_verify(key.public_key, signature, "prefixmessage"));
  EXPECT_FALSE(ed25519_verify(key.public_key, signature, "prefix", "message!"));
  EXPECT_FALSE(ed25519_verify(ed25519_generate().public_key, signature, "prefix", "message"));
  EXPECT_FALSE(ed25519_verify(key.public_key, signature.substr(1), "prefix", "message"));
  EXPECT_FALSE(ed25519_verify("", signature, "prefix", "message"));
  EXPECT_FALSE(ed25519_verify(std::string(32, '\0'), std::string(64, '\0'), "prefix", "message"));
  EXPECT_FALSE(ed25519_from_seed(base::SecretString("short")).has_value());
}

TEST(RandomBytes, differ) {
  EXPECT_EQ(random_bytes(32).size(), 32U);
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

}  // namespace
}  // namespace crypto

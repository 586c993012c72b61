#include "control-plane/modules/identity/id_token.hpp"

#include <gtest/gtest.h>

extern "C" {
#include <cjose/cjose.h>
}

#include "common/base/bytes.hpp"
#include "common/crypto/hmac.hpp"

namespace identity {
namespace {

constexpr base::UtcTime kNow{std::chrono::seconds(1'700'000'000)};
const std::string kGoogleHeader = R"({"alg":"RS256","kid":"k1","typ":"JWT"})";

struct KeyRelease {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
};
using Key = std::unique_ptr<cjose_jwk_t, KeyRelease>;

Key rsa(std::size_t bits, const char* kid) {
  cjose_err error{};
  Key key(cjose_jwk_create_RSA_random(bits, nullptr, 0, &error));
  cjose_jwk_set_kid(key.get(), kid, std::char_traits<char>::length(kid), &error);
  return key;
}

std::string json_of(const Key& key) {
  cjose_err error{};
  char* text = cjose_jwk_to_json(key.get(), false, &error);
  std::string json = text;
  cjose_get_dealloc()(text);
  return json;
}

std::string sign(const Key& key, const std::string& kid, const std::string& claims, const char* algorithm = "RS256") {
  cjose_err error{};
  cjose_header_t* header = cjose_header_new(&error);
  cjose_header_set(header, "alg", algorithm, &error);
  if (!kid.empty()) cjose_header_set(header, "kid", kid.c_str(), &error);
  cjose_jws_t* jws =
      cjose_jws_sign(key.get(), header, reinterpret_cast<const std::uint8_t*>(claims.data()), claims.size(), &error);
  const char* text = nullptr;
  cjose_jws_export(jws, &text, &error);
  std::string token = text;
  cjose_jws_release(jws);
  cjose_header_release(header);
  return token;
}

std::string unsigned_token(const std::string& header, const std::string& claims, const std::string& signature = "") {
  return base::base64url_encode(header) + "." + base::base64url_encode(claims) + "." + signature;
}

/// The claims of a good token, with members replaced or left out (an empty text).
std::string claims(const std::map<std::string, std::string>& changed = {}) {
  std::map<std::string, std::string> all{{"iss", "\"https://accounts.google.com\""},
                                         {"aud", "\"client-1\""},
                                         {"sub", "\"1234\""},
                                         {"exp", "1700003600"},
                                         {"iat", "1700000000"},
                                         {"nonce", "\"n-1\""},
                                         {"email", "\"ann@example.com\""},
                                         {"email_verified", "true"}};
  for (const auto& [name, value] : changed) all[name] = value;
  std::string text = "{";
  for (const auto& [name, value] : all) {
    if (value.empty()) continue;
    text += (text.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
  }
  return text + "}";
}

struct IdTokenTest : testing::Test {
  static Key& key() {
    static Key one = rsa(2048, "k1");
    return one;
  }
  std::string jwks = "{\"keys\":[" + json_of(key()) + "]}";
  IdTokenRules rules{{"https://accounts.google.com", "accounts.google.com"}, "client-1", "n-1", kNow};

  std::string refusal(const std::string& token) { return refusal(token, jwks); }
  std::string refusal(const std::string& token, const std::string& keys) {
    const auto checked = verify_id_token(token, keys, rules);
    return checked ? "" : checked.error().code;
  }
  std::string refusal_of(const std::map<std::string, std::string>& changed) {
    return refusal(sign(key(), "k1", claims(changed)));
  }
};

TEST_F(IdTokenTest, a_good_one_says_who_it_is) {
  const auto checked = verify_id_token(sign(key(), "k1", claims({{"hd", "\"example.com\""}})), jwks, rules);

  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->subject, "1234");
  EXPECT_EQ(checked->email, "ann@example.com");
  EXPECT_TRUE(checked->email_verified);
  EXPECT_EQ(checked->hosted_domain, "example.com");
}

TEST_F(IdTokenTest, AUTH_05_both_spellings_of_google_are_one_issuer) {
  const auto checked = verify_id_token(sign(key(), "k1", claims({{"iss", "\"accounts.google.com\""}})), jwks, rules);

  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->issuer, "https://accounts.google.com");
}

TEST_F(IdTokenTest, AUTH_05_alg_none_is_refused) {
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"none","kid":"k1"})", R"({"alg":"None","kid":"k1"})",
                             R"({"kid":"k1"})", R"({"alg":"","kid":"k1"})", R"({"alg":["RS256"],"kid":"k1"})"}) {
    EXPECT_EQ(refusal(unsigned_token(header, claims())), "id_token.invalid") << header;
  }
  EXPECT_EQ(refusal(unsigned_token(kGoogleHeader, claims())), "id_token.invalid");
}

TEST_F(IdTokenTest, AUTH_05_a_token_signed_with_the_client_secret_is_refused) {
  const std::string header = R"({"alg":"HS256","kid":"k1"})";
  const auto content = base::base64url_encode(header) + "." + base::base64url_encode(claims());

  // With the secret, and with the public key as secret.
  for (const std::string& secret : {std::string("client-secret"), json_of(key())}) {
    EXPECT_EQ(refusal(content + "." + base::base64url_encode(crypto::hmac_sha256(secret, content))),
              "id_token.invalid");
  }
}

TEST_F(IdTokenTest, AUTH_05_another_algorithm_of_the_same_key_is_refused) {
  EXPECT_EQ(refusal(sign(key(), "k1", claims(), "PS256")), "id_token.invalid");
  EXPECT_EQ(refusal(sign(key(), "k1", claims(), "RS512")), "id_token.invalid");
}

TEST_F(IdTokenTest, AUTH_05_an_unknown_key_is_told_apart_so_that_keys_are_fetched_once_more) {
  EXPECT_EQ(refusal(sign(key(), "k2", claims())), "id_token.unknown_key");
  EXPECT_EQ(refusal(sign(key(), "../../dev/null", claims())), "id_token.unknown_key");
  EXPECT_EQ(refusal(sign(key(), "", claims())), "id_token.invalid");
}

TEST_F(IdTokenTest, AUTH_05_another_key_under_a_known_name_is_refused) {
  const auto other = rsa(2048, "k1");

  EXPECT_EQ(refusal(sign(other, "k1", claims())), "id_token.invalid");
}

TEST_F(IdTokenTest, AUTH_05_a_short_key_is_refused) {
  const auto weak = rsa(1024, "k1");

  EXPECT_EQ(refusal(sign(weak, "k1", claims()), "{\"keys\":[" + json_of(weak) + "]}"), "id_token.invalid");
}

TEST_F(IdTokenTest, AUTH_05_keys_that_the_token_brings_are_not_used) {
  for (const char* extra : {R"("jwk":{})", R"("jku":"https://evil.example/keys")", R"("x5u":"https://evil.example/c")",
                            R"("crit":["x"])", R"("b64":false)", R"("zip":"DEF")", R"("x5c":["MII"])"}) {
    const auto header = std::string(R"({"alg":"RS256","kid":"k1",)") + extra + "}";
    EXPECT_EQ(refusal(unsigned_token(header, claims(), "AAAA")), "id_token.invalid") << extra;
  }
}

TEST_F(IdTokenTest, AUTH_05_a_changed_claim_breaks_the_signature) {
  const auto token = sign(key(), "k1", claims());
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  const auto forged =
      token.substr(0, first + 1) + base::base64url_encode(claims({{"sub", "\"1\""}})) + token.substr(second);

  EXPECT_EQ(refusal(forged), "id_token.invalid");
}

TEST_F(IdTokenTest, AUTH_05_wrong_claims_are_refused) {
  const std::vector<std::pair<const char*, const char*>> wrong{{"iss", "\"https://evil.example\""},
                                                               {"iss", "\"https://accounts.google.com/\""},
                                                               {"iss", ""},
                                                               {"aud", "\"client-2\""},
                                                               {"aud", R"(["client-1","client-2"])"},
                                                               {"aud", "[]"},
                                                               {"aud", ""},
                                                               {"azp", "\"client-2\""},
                                                               {"exp", "1699999940"},
                                                               {"exp", ""},
                                                               {"exp", "\"1700003600\""},
                                                               {"exp", "99999999999999999999"},
                                                               {"iat", "1700000061"},
                                                               {"iat", "1699999000"},
                                                               {"iat", ""},
                                                               {"nbf", "1700000100"},
                                                               {"nonce", ""},
                                                               {"nonce", "\"n-2\""},
                                                               {"nonce", "1"},
                                                               {"sub", ""},
                                                               {"sub", "\"\""},
                                                               {"sub", "17"}};
  for (const auto& [name, value] : wrong) {
    EXPECT_EQ(refusal_of({{name, value}}), "id_token.invalid") << name << " " << value;
  }
}

TEST_F(IdTokenTest, clocks_may_differ_by_a_minute) {
  EXPECT_EQ(refusal_of({{"exp", "1699999941"}}), "");
  EXPECT_EQ(refusal_of({{"iat", "1700000060"}}), "");
}

TEST_F(IdTokenTest, an_audience_of_one_may_be_a_list) {
  EXPECT_EQ(refusal_of({{"aud", R"(["client-1"])"}, {"azp", "\"client-1\""}}), "");
}

TEST_F(IdTokenTest, AUTH_01_a_verified_address_is_the_json_value_true_only) {
  for (const char* value : {"\"true\"", "1", "false", "", "null"}) {
    const auto checked = verify_id_token(sign(key(), "k1", claims({{"email_verified", value}})), jwks, rules);
    ASSERT_TRUE(checked) << value;
    EXPECT_FALSE(checked->email_verified) << value;
  }
}

TEST_F(IdTokenTest, duplicate_members_are_refused) {
  EXPECT_EQ(refusal(sign(key(), "k1", R"({"sub":"1",)" + claims().substr(1))), "id_token.invalid");
}

TEST_F(IdTokenTest, what_is_no_token_is_refused) {
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("a.b"), std::string("a.b.c.d"),
        std::string("a.b.c"), std::string(20'000, 'a'), std::string("e30.e30.e30")}) {
    EXPECT_EQ(refusal(token), "id_token.invalid") << token.substr(0, 20);
  }
  EXPECT_EQ(refusal(sign(key(), "k1", claims()), "{}"), "id_token.invalid");
  EXPECT_EQ(refusal(sign(key(), "k1", claims()), "not json"), "id_token.invalid");
}

}  // namespace
}  // namespace identity

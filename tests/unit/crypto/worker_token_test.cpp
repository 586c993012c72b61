#include "common/crypto/worker_token.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/bytes.hpp"
#include "common/crypto/hmac.hpp"

namespace crypto {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::seconds;

constexpr std::string_view kIssuer = "https://cp.example.test";
const base::UtcTime kNow = base::parse_utc("2026-11-21T10:00:00.000Z").value();

class WorkerToken : public testing::Test {
 protected:
  static std::int64_t unix_now() { return std::chrono::duration_cast<seconds>(kNow.time_since_epoch()).count(); }
  Json header() const { return {{"alg", "HS256"}, {"typ", "wh-worker+jwt"}, {"kid", keys_[0].kid}}; }
  static Json claims() {
    return {{"iss", kIssuer},
            {"aud", "wisehosting-worker"},
            {"sub", "01936f2a-7c00-7000-8000-000000000000"},
            {"gen", 1},
            {"iat", unix_now()},
            {"nbf", unix_now()},
            {"exp", unix_now() + 900},
            {"jti", "01936f2a-7c00-7000-8000-000000000028"}};
  }
  std::string sign(const std::string& header_text, const std::string& claims_text) const {
    const std::string text = base::base64url_encode(header_text) + "." + base::base64url_encode(claims_text);
    return text + "." + base::base64url_encode(hmac_sha256(keys_[0].secret.reveal(), text));
  }
  std::string sign(const Json& header, const Json& claims) const { return sign(header.dump(), claims.dump()); }
  bool accepts(const std::string& token, base::UtcTime now = kNow) const {
    const auto verified = verify_worker_token(keys_, kIssuer, token, now);
    if (!verified) {
      EXPECT_EQ(verified.error().kind, base::ErrorKind::unauthenticated);
      EXPECT_EQ(verified.error().code, "worker_token.invalid");
    }
    return verified.has_value();
  }

  std::vector<WorkerTokenKey> keys_{make_worker_token_key(), make_worker_token_key()};
};

TEST_F(WorkerToken, issued_tokens_verify_with_either_live_key) {
  const auto worker = base::WorkerId::parse("01936f2a-7c00-7000-8000-000000000000").value();
  for (const WorkerTokenKey& key : keys_) {
    const std::string token = issue_worker_token(key, kIssuer, worker, 7, kNow, base::Uuid::v7(kNow));

    const auto claims = verify_worker_token(keys_, kIssuer, token, kNow + seconds(1)).value();

    EXPECT_EQ(claims.worker, worker);
    EXPECT_EQ(claims.generation, 7U);
    EXPECT_EQ(claims.expires_at, kNow + kWorkerTokenLife);
    EXPECT_EQ(peek_worker_token(token)->expires_at, claims.expires_at);
  }
}

TEST_F(WorkerToken, lives_900_seconds_and_30_of_skew) {
  const std::string token = sign(header(), claims());

  EXPECT_TRUE(accepts(token, kNow + seconds(929)));
  EXPECT_FALSE(accepts(token, kNow + seconds(930)));
  EXPECT_TRUE(accepts(token, kNow - seconds(30)));
  EXPECT_FALSE(accepts(token, kNow - seconds(31)));
}

TEST_F(WorkerToken, refuses_alg_none_and_other_algorithms) {
  for (const char* algorithm : {"none", "None", "NONE", "", "HS384", "HS512", "RS256", "hs256"}) {
    Json changed = header();
    changed["alg"] = algorithm;
    EXPECT_FALSE(accepts(sign(changed, claims()))) << algorithm;
  }
  const std::string unsigned_token = base::base64url_encode(R"({"alg":"none","typ":"wh-worker+jwt"})") + "." +
                                     base::base64url_encode(claims().dump()) + ".";
  EXPECT_FALSE(accepts(unsigned_token));
}

TEST_F(WorkerToken, refuses_any_other_header_member) {
  for (const char* member : {"jku", "x5u", "jwk", "x5c", "crit", "b64", "zip", "cty", "x"}) {
    Json changed = header();
    changed[member] = "value";
    EXPECT_FALSE(accepts(sign(changed, claims()))) << member;
  }
}

TEST_F(WorkerToken, refuses_kids_that_it_does_not_know) {
  for (const char* kid : {"../../dev/null", "' OR 1", "", "0a1b2c3", "0A1B2C3D", "0a1b2c3d"}) {
    Json changed = header();
    changed["kid"] = kid;
    EXPECT_FALSE(accepts(sign(changed, claims()))) << kid;
  }
}

TEST_F(WorkerToken, refuses_tokens_made_for_something_else) {
  Json other_type = header();
  other_type["typ"] = "JWT";
  EXPECT_FALSE(accepts(sign(other_type, claims())));
  const std::vector<std::pair<const char*, Json>> changes{
      {"iss", "https://other.example.test"},
      {"aud", "wisehosting-person"},
      {"aud", Json::array({"wisehosting-worker"})},
      {"sub", "worker"},
      {"gen", 0},
      {"gen", "1"},
      {"gen", 1.5},
  };
  for (const auto& [name, value] : changes) {
    Json changed = claims();
    changed[name] = value;
    EXPECT_FALSE(accepts(sign(header(), changed))) << name << " " << value;
  }
}

TEST_F(WorkerToken, refuses_long_lives_and_odd_times) {
  const std::vector<std::pair<const char*, Json>> changes{
      {"exp", unix_now() + 901},
      {"exp", unix_now()},
      {"exp", 1795255200.5},
      {"exp", "1795255200"},
      {"exp", 9e18},
      {"iat", -1},
      {"nbf", unix_now() + 31},
      {"iat", unix_now() + 31},
  };
  for (const auto& [name, value] : changes) {
    Json changed = claims();
    changed[name] = value;
    EXPECT_FALSE(accepts(sign(header(), changed))) << name << " " << value;
  }
}

TEST_F(WorkerToken, refuses_malformed_texts) {
  const std::string token = sign(header(), claims());
  const std::string twice = R"({"alg":"HS256","alg":"HS256","typ":"wh-worker+jwt","kid":")" + keys_[0].kid + "\"}";
  for (const std::string& text :
       {std::string(), std::string("a.b"), token + ".x", token + "=", " " + token, token.substr(0, token.size() - 1),
        sign(twice, claims().dump()), sign(header().dump(), "[]"), sign(header().dump(), claims().dump() + " x")}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
  Json padded = claims();
  padded["pad"] = std::string(2048, 'x');
  EXPECT_FALSE(accepts(sign(header(), padded)));
}

TEST_F(WorkerToken, refuses_a_changed_signature_or_content) {
  const std::string token = sign(header(), claims());
  Json raised = claims();
  raised["gen"] = 2;
  const std::string signature = token.substr(token.rfind('.'));
  const std::string forged =
      base::base64url_encode(header().dump()) + "." + base::base64url_encode(raised.dump()) + signature;

  EXPECT_TRUE(accepts(token));
  EXPECT_FALSE(accepts(forged));
}

}  // namespace
}  // namespace crypto

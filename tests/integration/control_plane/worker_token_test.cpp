#include "common/base/bytes.hpp"
#include "common/crypto/hmac.hpp"
#include "tests/integration/control_plane/world.hpp"

namespace control_plane_test {
namespace {

/// Worker JWTs made by hand, signed with the installation's own key: only their content can be at fault.
struct WorkerTokenTest : testing::Test {
  std::string sign(const std::string& header, const std::string& claims) {
    const auto text = base::base64url_encode(header) + "." + base::base64url_encode(claims);
    return text + "." +
           base::base64url_encode(crypto::hmac_sha256(world.modules.keys.tokens.front().secret.reveal(), text));
  }
  std::string header(const std::string& alg = "HS256", const std::string& typ = "wh-worker+jwt",
                     const std::string& more = "") {
    return R"({"alg":")" + alg + R"(","typ":")" + typ + R"(","kid":")" + world.modules.keys.tokens.front().kid + "\"" +
           more + "}";
  }
  std::string claims(const std::string& iss = "https://localhost:7071", const std::string& aud = "wisehosting-worker",
                     int begins = 0, int lasts = 900, int gen = 1) {
    const auto now =
        std::chrono::floor<std::chrono::seconds>(world.clock.utc_now()).time_since_epoch().count() + begins;
    return R"({"iss":")" + iss + R"(","aud":")" + aud + R"(","sub":")" + worker.id.to_string() + R"(","gen":)" +
           std::to_string(gen) + R"(,"iat":)" + std::to_string(now) + R"(,"nbf":)" + std::to_string(now) +
           R"(,"exp":)" + std::to_string(now + lasts) + R"(,"jti":"01900000-0000-7000-8000-000000000001"})";
  }
  /// `worker.unauthenticated` or `admitted`.
  std::string admit(const std::string& token) {
    const auto admitted = world.tx([&](Tx& tx) { return world.modules.registration.admit(tx, token); });
    return admitted ? "admitted" : admitted.error().code;
  }
  World world;
  Credentials worker = world.enrol("host-1", {"run"});
};

TEST_F(WorkerTokenTest, one_of_the_right_form_is_admitted) {
  EXPECT_EQ(admit(worker.token), "admitted");
  EXPECT_EQ(admit(sign(header(), claims())), "admitted");
}

TEST_F(WorkerTokenTest, anything_else_is_refused) {
  const std::map<std::string, std::string> tokens{
      {"nothing", ""},
      {"alg none", sign(header("none"), claims())},
      {"alg none without a signature",
       base::base64url_encode(header("none")) + "." + base::base64url_encode(claims()) + "."},
      {"alg HS512", sign(header("HS512"), claims())},
      {"another typ", sign(header("HS256", "JWT"), claims())},
      {"one more header member", sign(header("HS256", "wh-worker+jwt", R"(,"jwk":{})"), claims())},
      {"kid unknown", sign(R"({"alg":"HS256","typ":"wh-worker+jwt","kid":"00000000"})", claims())},
      {"no kid", sign(R"({"alg":"HS256","typ":"wh-worker+jwt"})", claims())},
      {"another audience", sign(header(), claims("https://localhost:7071", "wisehosting-registry"))},
      {"another issuer", sign(header(), claims("https://elsewhere:7071"))},
      {"expired", sign(header(), claims("https://localhost:7071", "wisehosting-worker", -931, 900))},
      {"not valid yet", sign(header(), claims("https://localhost:7071", "wisehosting-worker", 60, 800))},
      {"too long a life", sign(header(), claims("https://localhost:7071", "wisehosting-worker", 0, 901))},
      {"a generation to come", sign(header(), claims("https://localhost:7071", "wisehosting-worker", 0, 900, 2))},
      {"a changed signature", worker.token.substr(0, worker.token.size() - 2) + "AA"},
  };
  for (const auto& [what, token] : tokens) EXPECT_EQ(admit(token), "worker.unauthenticated") << what;
}

TEST_F(WorkerTokenTest, thirty_seconds_of_skew_are_allowed) {
  EXPECT_EQ(admit(sign(header(), claims("https://localhost:7071", "wisehosting-worker", -915, 900))), "admitted");
  EXPECT_EQ(admit(sign(header(), claims("https://localhost:7071", "wisehosting-worker", 20, 900))), "admitted");
}

TEST_F(WorkerTokenTest, a_revoked_worker_is_not_admitted) {
  world.database.run("UPDATE workers SET state = 'revoked'");
  EXPECT_EQ(admit(worker.token), "worker.unauthenticated");
}

}  // namespace
}  // namespace control_plane_test

// Sign-in without a setup link: in a browser, and with a token.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSession =
    R"({"person":{"id":"1","name":"Ada"},"organization":{"id":"2","name":"Acme","slug":"acme"},"role":"owner"})";
constexpr const char* kCode =
    R"({"device_code":"wh_dev_1","user_code":"BCDF-GHJK","verification_uri":"u","verification_uri_complete":"http://wh/device?code=BCDF-GHJK","expires_in":600,"interval":1})";
constexpr const char* kPending = R"({"code":"authorization_pending","detail":"Not yet."})";

std::string tokens(const std::string& number, int seconds) {
  return R"({"access_token":"wh_cli_)" + number + R"(","refresh_token":"wh_ref_)" + number +
         R"(","token_type":"Bearer","expires_in":)" + std::to_string(seconds) + "}";
}

std::string kept(const Person& person) {
  std::ifstream in(person.context_file());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct SignInTest : testing::Test {
  FakeApi api;
  Person person;

  /// Signed in by a browser, with an access token of so many seconds; `next` answers what is asked for tokens later.
  void log_in(int seconds, const Told& next = {}) {
    api.tell("POST /api/v1/device/code", {200, kCode, "", false});
    api.tell("POST /api/v1/device/token", {400, kPending, "", false});
    api.tell("POST /api/v1/device/token", {200, tokens("1", seconds), "", false});
    api.tell("POST /api/v1/device/token", next);
    api.tell("GET /api/v1/session", {200, kSession, "", false});
    ASSERT_EQ(person.wh({"login", "--server", api.url()}), 0) << person.complaints();
  }
};

TEST_F(SignInTest, a_browser_confirms_and_the_tokens_are_kept_private) {
  log_in(3600);

  EXPECT_THAT(person.complaints(), HasSubstr("http://wh/device?code=BCDF-GHJK"));
  EXPECT_THAT(person.complaints(), HasSubstr("BCDF-GHJK"));
  EXPECT_THAT(kept(person), HasSubstr("wh_ref_1"));
  EXPECT_EQ(api.last("GET", "/api/v1/session").headers.at("authorization"), "Bearer wh_cli_1");
  EXPECT_FALSE(api.last("GET", "/api/v1/session").headers.contains("cookie"));
}

TEST_F(SignInTest, a_refused_sign_in_keeps_nothing) {
  api.tell("POST /api/v1/device/code", {200, kCode, "", false});
  api.tell("POST /api/v1/device/token", {400, R"({"code":"access_denied","detail":"Refused."})", "", false});

  EXPECT_NE(person.wh({"login", "--server", api.url()}), 0);

  EXPECT_THAT(kept(person), Not(HasSubstr("wh_")));
}

TEST_F(SignInTest, an_access_token_that_is_about_to_end_is_renewed_before_the_command) {
  log_in(60, {200, tokens("2", 3600), "", false});

  EXPECT_EQ(person.wh({"whoami"}), 0) << person.complaints();

  EXPECT_THAT(api.last("POST", "/api/v1/device/token").body, HasSubstr(R"("refresh_token":"wh_ref_1")"));
  EXPECT_EQ(api.last("GET", "/api/v1/session").headers.at("authorization"), "Bearer wh_cli_2");
  EXPECT_THAT(kept(person), HasSubstr("wh_ref_2"));
}

TEST_F(SignInTest, a_token_that_still_lives_is_left_alone) {
  log_in(3600);
  const auto before = api.asked().size();

  EXPECT_EQ(person.wh({"whoami"}), 0);

  EXPECT_EQ(api.asked().size(), before + 1);
}

TEST_F(SignInTest, a_sign_in_that_has_ended_says_so) {
  log_in(60, {401, R"({"code":"refresh.reused","detail":"Ended."})", "", false});

  EXPECT_EQ(person.wh({"whoami"}), 3);
}

TEST_F(SignInTest, a_personal_token_signs_in_too) {
  api.tell("GET /api/v1/session", {200, kSession, "", false});
  person.types = "wh_pat_abc\n";

  EXPECT_EQ(person.wh({"login", "--server", api.url(), "-"}), 0) << person.complaints();

  EXPECT_EQ(api.last("GET", "/api/v1/session").headers.at("authorization"), "Bearer wh_pat_abc");
}

TEST_F(SignInTest, without_any_server_it_asks_for_one) {
  EXPECT_EQ(person.wh({"login"}), 2);
}

}  // namespace
}  // namespace cli_test

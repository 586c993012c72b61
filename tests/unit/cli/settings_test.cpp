#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;

const std::string kPath = "/api/v1/orgs/acme/apps/hello";

std::string app(const std::string& more = "") {
  return R"({"id":"a","name":"hello","url":"http://hello.localhost:7080","state":"live",
             "source":{"git_url":"https://e.x/h.git","branch":"main"},"environment":"production")" +
         more + "}";
}

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() { person_.sign_in(api_); }
  FakeApi api_;
  Person person_;
};

TEST_F(SettingsTest, only_what_was_said_is_changed) {
  api_.tell("PATCH " + kPath, {200, app(), "", false});

  EXPECT_EQ(
      person_.wh({"settings", "hello", "--git", "https://e.x/new.git", "--branch", "next", "--containerfile", ""}), 0)
      << person_.complaints();
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"git_url":"https://e.x/new.git","branch":"next","containerfile":""})");
  EXPECT_THAT(person_.seen(), HasSubstr("wh deploy hello"));

  EXPECT_EQ(person_.wh({"settings", "hello", "--port", "3000", "--health-path", "/up", "--memory", "64"}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"health_path":"/up","port":3000,"limits":{"memory_bytes":67108864}})");

  EXPECT_EQ(person_.wh({"settings", "hello", "--read-only"}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"limits":{"read_only":true}})");
  EXPECT_EQ(person_.wh({"settings", "hello", "--writable"}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"limits":{"read_only":false}})");
}

TEST_F(SettingsTest, BLD_04_commands_are_changed_one_by_one_taken_away_and_shown) {
  api_.tell("PATCH " + kPath, {200, app(), "", false});

  EXPECT_EQ(person_.wh({"settings", "hello", "--build-command", "npm run build", "--install-command", ""}), 0)
      << person_.complaints();
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"commands":{"install_command":"","build_command":"npm run build"}})");
  EXPECT_THAT(person_.seen(), HasSubstr("wh deploy hello"));
  EXPECT_EQ(person_.wh({"settings", "hello", "--image", "node:22", "--start-command", "npm start"}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"commands":{"image":"node:22","start_command":"npm start"}})");
  EXPECT_EQ(person_.wh({"settings", "hello", "--image", ""}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"commands":{"image":""}})");

  std::string shown = app();
  shown.replace(
      shown.find(R"("branch":"main")"), 15,
      R"("branch":"main","commands":{"image":"node:22","build_command":"one\ntwo","start_command":"npm start"})");
  api_.tell("GET " + kPath, {200, shown, "", false});
  EXPECT_EQ(person_.wh({"settings", "hello"}), 0);
  EXPECT_THAT(person_.seen(),
              HasSubstr("  Image     node:22\n  Build     one\n            two\n  Start     npm start\n"));
}

TEST_F(SettingsTest, LIM_04_a_limit_of_requests_is_set_and_taken_away) {
  api_.tell("PATCH " + kPath, {200, app(), "", false});

  EXPECT_EQ(person_.wh({"settings", "hello", "--requests", "1000", "--burst", "50"}), 0) << person_.complaints();
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"request_limit":{"per_minute":1000,"burst":50}})");
  EXPECT_EQ(person_.wh({"settings", "hello", "--requests", "0"}), 0);
  EXPECT_EQ(api_.last("PATCH", "/").body, R"({"request_limit":{"per_minute":0}})");
  EXPECT_EQ(person_.wh({"settings", "hello", "--requests", "-1"}), 2);

  api_.tell("GET " + kPath, {200, app(R"(,"request_limit":{"per_minute":1000,"burst":50})"), "", false});
  EXPECT_EQ(person_.wh({"settings", "hello"}), 0);
  EXPECT_THAT(person_.seen(), HasSubstr("1000 a minute of one address, 50 at once"));
}

TEST_F(SettingsTest, without_a_change_they_are_shown) {
  api_.tell("GET " + kPath, {200, app(), "", false});

  EXPECT_EQ(person_.wh({"settings", "hello"}), 0);

  EXPECT_THAT(person_.seen(), HasSubstr("https://e.x/h.git  branch main"));
}

TEST_F(SettingsTest, what_takes_effect_later_is_said_with_the_command) {
  api_.tell("PATCH " + kPath, {200, app(R"(,"staged_settings":["health_path"])"), "", false});

  EXPECT_EQ(person_.wh({"settings", "hello", "--health-path", "/up"}), 0);

  EXPECT_THAT(person_.seen(), HasSubstr("wh env hello apply"));
}

TEST_F(SettingsTest, a_wrong_value_is_typed_wrongly_whoever_notices_it) {
  api_.tell(
      "PATCH " + kPath,
      {422, R"({"status":422,"code":"invalid","detail":"No.","errors":[{"pointer":"/branch","message":"No blanks."}]})",
       "", false});

  EXPECT_EQ(person_.wh({"settings", "hello", "--branch", "a b"}), 2);
  EXPECT_EQ(person_.wh({"settings", "hello", "--port", "70000"}), 2);
}

TEST_F(SettingsTest, the_environments_of_an_app_are_listed_and_added) {
  api_.tell(
      "GET " + kPath + "/environments?limit=100",
      {200, R"({"items":[)" + app() + R"(,{"id":"b","name":"hello@staging","state":"empty","environment":"staging"}]})",
       "", false});
  api_.tell("POST " + kPath + "/environments",
            {201, R"({"id":"b","name":"hello@staging","state":"empty","url":"http://hello--staging.localhost:7080"})",
             "", false});

  EXPECT_EQ(person_.wh({"apps", "environments", "hello"}), 0) << person_.complaints();
  EXPECT_THAT(person_.seen(), HasSubstr("hello@staging"));
  EXPECT_EQ(person_.wh({"apps", "add-environment", "hello", "staging", "--branch", "next"}), 0) << person_.complaints();
  EXPECT_EQ(api_.last("POST", "/").body, R"({"environment":"staging","branch":"next"})");
  EXPECT_THAT(person_.seen(), HasSubstr("wh deploy hello@staging"));
}

}  // namespace
}  // namespace cli_test

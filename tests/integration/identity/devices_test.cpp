// Sign-in of programs by a code that a person confirms, and the rotation of their tokens.

#include <gmock/gmock.h>

#include "tests/integration/identity/browser.hpp"

namespace identity_test {
namespace {

struct DevicesTest : testing::Test {
  World world;
  Browser person{world};
  Browser program{world};
  nlohmann::json code;

  void SetUp() override {
    person.set_up();
    code = program.post("/api/v1/device/code", R"({"client":"wh on laptop"})").json;
  }
  std::string text(const char* name) { return code[name]; }
  Answer poll() { return program.post("/api/v1/device/token", R"({"device_code":")" + text("device_code") + "\"}"); }
  Answer decide(bool approve) {
    return person.post("/api/v1/device/decide", R"({"user_code":")" + text("user_code") + R"(","approve":)" +
                                                    (approve ? "true" : "false") + "}");
  }
  nlohmann::json signed_in() {
    decide(true);
    return poll().json;
  }
  Answer refresh(const std::string& token) {
    return program.post("/api/v1/device/token", R"({"refresh_token":")" + token + "\"}");
  }
  int status_with(const std::string& access) {
    Browser one(world);
    one.bearer = access;
    return one.get("/api/v1/me").status;
  }
};

TEST_F(DevicesTest, a_confirmed_code_gives_tokens_once) {
  EXPECT_EQ(poll().code(), "authorization_pending");
  const auto seen = person.get("/api/v1/device/requests/" + text("user_code"));
  EXPECT_EQ(seen.json["client"], "wh on laptop");

  ASSERT_EQ(decide(true).status, 200);
  const auto tokens = poll();

  ASSERT_EQ(tokens.status, 200) << tokens.body;
  EXPECT_EQ(tokens.json["expires_in"], 3600);
  EXPECT_EQ(status_with(tokens.json["access_token"]), 200);
  EXPECT_EQ(poll().code(), "expired_token");
  EXPECT_EQ(decide(true).status, 404);
}

TEST_F(DevicesTest, who_polls_too_often_is_told_to_slow_down) {
  EXPECT_EQ(poll().code(), "authorization_pending");
  EXPECT_EQ(poll().code(), "slow_down");

  world.clock.advance(std::chrono::seconds(5));

  EXPECT_EQ(poll().code(), "authorization_pending");
}

TEST_F(DevicesTest, a_refused_code_gives_nothing) {
  decide(false);

  EXPECT_EQ(poll().code(), "access_denied");
  EXPECT_EQ(poll().code(), "expired_token");
}

TEST_F(DevicesTest, a_code_ends_after_ten_minutes) {
  world.clock.advance(std::chrono::minutes(11));

  EXPECT_EQ(decide(true).status, 404);
  EXPECT_EQ(poll().code(), "expired_token");
}

TEST_F(DevicesTest, a_program_confirms_no_program) {
  program.bearer = signed_in()["access_token"];
  const auto other = Browser(world).post("/api/v1/device/code", R"({"client":"other"})").json;

  const auto answer = program.post(
      "/api/v1/device/decide", R"({"user_code":")" + other["user_code"].get<std::string>() + R"(","approve":true})");

  EXPECT_EQ(answer.code(), "device.by_program");
}

TEST_F(DevicesTest, IDN_11_access_ends_after_an_hour_and_refresh_after_thirty_days) {
  const auto tokens = signed_in();
  world.clock.advance(std::chrono::minutes(61));
  EXPECT_EQ(status_with(tokens["access_token"]), 401);
  const auto second = refresh(tokens["refresh_token"]);
  ASSERT_EQ(second.status, 200);
  EXPECT_EQ(status_with(second.json["access_token"]), 200);

  world.clock.advance(std::chrono::hours(24 * 30));

  EXPECT_EQ(refresh(second.json["refresh_token"]).code(), "refresh.invalid");
}

TEST_F(DevicesTest, IDN_12_the_old_access_token_is_void_right_after_a_refresh) {
  const auto tokens = signed_in();
  ASSERT_EQ(status_with(tokens["access_token"]), 200);

  const auto second = refresh(tokens["refresh_token"]);

  EXPECT_EQ(status_with(tokens["access_token"]), 401);
  EXPECT_EQ(status_with(second.json["access_token"]), 200);
}

TEST_F(DevicesTest, IDN_13_a_spent_refresh_token_ends_the_whole_family) {
  const auto tokens = signed_in();
  const auto second = refresh(tokens["refresh_token"]).json;
  ASSERT_EQ(status_with(second["access_token"]), 200);

  EXPECT_EQ(refresh(tokens["refresh_token"]).code(), "refresh.reused");

  EXPECT_EQ(status_with(second["access_token"]), 401);
  EXPECT_EQ(refresh(second["refresh_token"]).status, 401);
  EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE action = 'cli.refresh_reused'"), "1");
}

TEST_F(DevicesTest, IDN_14_signing_out_ends_both_tokens) {
  const auto tokens = signed_in();
  program.bearer = tokens["access_token"];

  EXPECT_EQ(program.del("/api/v1/session").status, 204);

  EXPECT_EQ(status_with(tokens["access_token"]), 401);
  program.bearer.clear();
  EXPECT_EQ(refresh(tokens["refresh_token"]).status, 401);
}

TEST_F(DevicesTest, the_person_sees_and_ends_a_signed_in_program) {
  const auto tokens = signed_in();
  const auto listed = person.get("/api/v1/me/clis");
  ASSERT_EQ(listed.json["items"].size(), 1U);

  EXPECT_EQ(person.del("/api/v1/me/clis/" + listed.json["items"][0]["id"].get<std::string>()).status, 204);

  EXPECT_EQ(status_with(tokens["access_token"]), 401);
  EXPECT_EQ(person.get("/api/v1/me/clis").json["items"].size(), 0U);
}

TEST_F(DevicesTest, signing_out_everywhere_ends_programs_too) {
  const auto tokens = signed_in();

  person.del("/api/v1/me/sessions");

  EXPECT_EQ(status_with(tokens["access_token"]), 401);
}

TEST_F(DevicesTest, AUTH_09_what_was_confirmed_and_not_fetched_yet_ends_with_the_others) {
  ASSERT_EQ(decide(true).status, 200);  // and whoever asked waits with fetching

  person.del("/api/v1/me/sessions");

  EXPECT_EQ(poll().code(), "expired_token");
}

TEST_F(DevicesTest, IDN_15_the_database_shows_no_usable_token) {
  const auto tokens = signed_in();
  for (const char* table : {"cli_tokens", "cli_grants", "device_codes", "audit_events"}) {
    for (const char* name : {"access_token", "refresh_token"}) {
      EXPECT_EQ(world.database.value("SELECT count(*) FROM " + std::string(table) + " t WHERE t::text LIKE '%" +
                                     tokens[name].get<std::string>().substr(10) + "%'"),
                "0");
    }
  }
}

/// A CLI that is signed in and wants to do what needs a fresh proof.
struct CliProofTest : DevicesTest {
  static constexpr const char* kReveal = "/api/v1/orgs/default/variables/reveal";

  void SetUp() override {
    DevicesTest::SetUp();
    program.bearer = signed_in()["access_token"];
    world.clock.advance(std::chrono::minutes(11));
  }
  Answer reveal() { return program.post(kReveal, R"({"names":[]})"); }
  std::string ask() { return program.post("/api/v1/me/proof/device").json["user_code"]; }
  Answer confirm(Browser& who, const std::string& user_code, const char* approve = "true") {
    return who.post("/api/v1/device/decide", R"({"user_code":")" + user_code + R"(","approve":)" + approve + "}");
  }
};

TEST_F(CliProofTest, a_proof_in_the_browser_lets_the_cli_do_it_for_ten_minutes) {
  ASSERT_EQ(reveal().code(), "reauthentication.required");
  EXPECT_TRUE(program.get("/api/v1/me").json["credential"]["fresh_until"].is_null());
  person.set_up();  // a sign-in of now
  const auto user_code = ask();
  EXPECT_EQ(person.get("/api/v1/device/requests/" + user_code).json["purpose"], "prove");

  ASSERT_EQ(confirm(person, user_code).status, 200);

  EXPECT_EQ(reveal().status, 200) << reveal().body;
  EXPECT_FALSE(program.get("/api/v1/me").json["credential"]["fresh_until"].is_null());
  EXPECT_EQ(confirm(person, user_code).status, 404);
  EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE action = 'cli.prove'"), "1");
  world.clock.advance(std::chrono::minutes(11));
  EXPECT_EQ(reveal().code(), "reauthentication.required");
}

TEST_F(CliProofTest, a_session_that_is_not_fresh_itself_proves_nothing) {
  EXPECT_EQ(confirm(person, ask()).code(), "reauthentication.required");
  EXPECT_EQ(reveal().code(), "reauthentication.required");
}

TEST_F(CliProofTest, a_proof_that_was_refused_or_is_somebody_elses_gives_nothing) {
  person.set_up();
  EXPECT_EQ(confirm(person, ask(), "false").status, 200);
  EXPECT_EQ(reveal().code(), "reauthentication.required");

  const auto user_code = ask();
  world.database.run("INSERT INTO people (id, name) VALUES ('01900000-0000-7000-8000-0000000000aa', 'Eve')");
  world.database.run("UPDATE cli_grants SET person_id = '01900000-0000-7000-8000-0000000000aa'");
  EXPECT_EQ(confirm(person, user_code).status, 404);
  EXPECT_EQ(world.database.value("SELECT count(*) FROM cli_grants WHERE proved_at > now()"), "0");
}

TEST_F(CliProofTest, the_code_of_a_proof_signs_nobody_in_and_only_a_cli_asks_for_one) {
  const auto asked = program.post("/api/v1/me/proof/device").json;
  person.set_up();
  ASSERT_EQ(confirm(person, asked["user_code"]).status, 200);
  EXPECT_EQ(Browser(world)
                .post("/api/v1/device/token", R"({"device_code":")" + asked["device_code"].get<std::string>() + "\"}")
                .code(),
            "expired_token");
  EXPECT_EQ(person.post("/api/v1/me/proof/device").code(), "device.no_cli");
}

TEST_F(CliProofTest, what_only_a_browser_may_do_stays_there) {
  person.set_up();
  ASSERT_EQ(confirm(person, ask()).status, 200);
  EXPECT_EQ(program.post("/api/v1/me/totp").code(), "reauthentication.impossible");
}

TEST_F(CliProofTest, an_app_is_deleted_with_a_fresh_proof_by_whoever_has_a_means_to_give_one) {
  world.create_app("hello");
  EXPECT_EQ(program.del("/api/v1/orgs/default/apps/hello").status, 202);
  EXPECT_EQ(program.post("/api/v1/orgs/default/apps/hello/undo").status, 202);
  world.database.run(
      "INSERT INTO person_identities (issuer, subject, person_id, email) SELECT 'https://id.example', "
      "'1', id, 'a@example.com' FROM people");

  EXPECT_EQ(program.del("/api/v1/orgs/default/apps/hello").code(), "reauthentication.required");
  EXPECT_EQ(person.del("/api/v1/orgs/default/apps/hello").code(), "reauthentication.required");
  person.set_up();
  EXPECT_EQ(person.del("/api/v1/orgs/default/apps/hello").status, 202);
}

}  // namespace
}  // namespace identity_test

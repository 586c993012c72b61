// Sessions: cookie, list, revocation, idleness, people who are switched off.

#include <gmock/gmock.h>

#include "tests/integration/identity/browser.hpp"

namespace identity_test {
namespace {

using testing::HasSubstr;

struct SessionsTest : testing::Test {
  World world;
  Browser one{world};
  Browser two{world};

  void SetUp() override {
    one.set_up();
    two.set_up();
  }
  std::string audited(const std::string& action) {
    return world.database.value("SELECT count(*) FROM audit_events WHERE action = '" + action + "'");
  }
};

TEST_F(SessionsTest, IDN_04_the_cookie_has_exactly_its_attributes_and_the_table_keeps_no_token) {
  const auto token = world.plain([&](Tx& tx) { return world.modules.identity.make_setup_token(tx); });
  Browser fresh(world);

  const auto answer = fresh.post("/api/v1/setup", "{\"token\":\"" + token + "\"}");

  ASSERT_EQ(answer.cookies.size(), 1U);
  EXPECT_EQ(answer.cookies[0],
            "wh_session=" + fresh.cookies.at("wh_session") + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM sessions WHERE position(convert_to('" +
                                 fresh.cookies.at("wh_session") + "', 'UTF8') in token_sha256) > 0"),
            "0");
}

TEST_F(SessionsTest, AUTH_07_a_token_that_was_planted_before_the_sign_in_is_worth_nothing_after_it) {
  Browser victim(world);
  victim.cookies["wh_session"] = "planted-by-somebody-else";

  victim.set_up();

  EXPECT_NE(victim.cookies.at("wh_session"), "planted-by-somebody-else");
  Browser attacker(world);
  attacker.cookies["wh_session"] = "planted-by-somebody-else";
  EXPECT_EQ(attacker.get("/api/v1/me").status, 401);
}

TEST_F(SessionsTest, IDN_05_one_session_ends_another_and_goes_on) {
  const auto id = two.session_id();
  const auto listed = one.get("/api/v1/me/sessions");
  ASSERT_EQ(listed.json["items"].size(), 2U);
  EXPECT_EQ(listed.json["items"][0]["device"], "Firefox on Linux");

  EXPECT_EQ(one.del("/api/v1/me/sessions/" + id).status, 204);

  EXPECT_EQ(two.get("/api/v1/me").status, 401);
  EXPECT_TRUE(one.signed_in());
  EXPECT_EQ(one.del("/api/v1/me/sessions/" + id).status, 404);
  EXPECT_EQ(audited("session.revoke"), "1");
}

TEST_F(SessionsTest, nobody_ends_the_session_of_somebody_else) {
  world.database.run(
      "INSERT INTO people (id, name) VALUES ('01900000-0000-7000-8000-000000000001', 'Eve');"
      "UPDATE sessions SET person_id = '01900000-0000-7000-8000-000000000001' WHERE id = '" +
      two.session_id() + "'");

  EXPECT_EQ(one.del("/api/v1/me/sessions/" + world.database.value("SELECT id FROM sessions WHERE person_id = "
                                                                  "'01900000-0000-7000-8000-000000000001'"))
                .status,
            404);
}

TEST_F(SessionsTest, signing_out_everywhere_keeps_this_session_only) {
  const auto ended = one.del("/api/v1/me/sessions");

  EXPECT_EQ(ended.json["ended"], 1);
  EXPECT_EQ(two.get("/api/v1/me").status, 401);
  EXPECT_TRUE(one.signed_in());
}

TEST_F(SessionsTest, signing_out_ends_the_row_and_clears_the_cookie) {
  const auto token = two.cookies.at("wh_session");

  const auto answer = two.del("/api/v1/session");

  EXPECT_EQ(answer.status, 204);
  EXPECT_THAT(answer.cookies.at(0), HasSubstr("wh_session=; "));
  two.cookies["wh_session"] = token;
  EXPECT_EQ(two.get("/api/v1/me").status, 401);
}

TEST_F(SessionsTest, IDN_04_a_session_ends_after_thirty_days) {
  world.database.run("UPDATE sessions SET last_used_at = now() + interval '29 days 20 hours'");
  world.clock.advance(std::chrono::hours(24 * 30) - std::chrono::minutes(5));
  EXPECT_TRUE(one.signed_in());

  world.clock.advance(std::chrono::minutes(6));

  EXPECT_EQ(one.get("/api/v1/me").code(), "session.invalid");
}

TEST_F(SessionsTest, a_session_that_nobody_used_for_a_week_has_ended) {
  world.clock.advance(std::chrono::hours(24 * 7) - std::chrono::minutes(5));
  EXPECT_TRUE(one.signed_in());  // used, and goes on

  world.clock.advance(std::chrono::hours(24));

  EXPECT_TRUE(one.signed_in());
  EXPECT_EQ(two.get("/api/v1/me").status, 401);
}

TEST_F(SessionsTest, IDN_16_a_warm_session_asks_the_database_nothing_and_a_revoked_one_is_forgotten_at_once) {
  ASSERT_TRUE(two.signed_in());
  const auto id = two.session_id();
  const auth::Credential credential{auth::Credential::Carrier::cookie, two.cookies.at("wh_session")};
  EXPECT_TRUE(world.modules.credentials.remembered(credential, world.clock.utc_now()));

  one.del("/api/v1/me/sessions/" + id);

  EXPECT_FALSE(world.modules.credentials.remembered(credential, world.clock.utc_now()));
}

TEST_F(SessionsTest, HAX_04_what_another_instance_revoked_is_forgotten_when_it_says_so) {
  ASSERT_TRUE(two.signed_in());
  const auto id = two.session_id();
  const auth::Credential credential{auth::Credential::Carrier::cookie, two.cookies.at("wh_session")};
  const auto woken = world.modules.credentials.endings().count();
  world.database.run("UPDATE sessions SET revoked_at = now() WHERE id = '" + id + "'");

  world.modules.hear("identity:credential:" + id);

  EXPECT_FALSE(world.modules.credentials.remembered(credential, world.clock.utc_now()));
  EXPECT_GT(world.modules.credentials.endings().count(), woken);
  EXPECT_EQ(two.get("/api/v1/me").status, 401);
}

TEST_F(SessionsTest, AZ_13_who_is_switched_off_is_out_at_once_and_cannot_come_back) {
  world.database.run("INSERT INTO people (id, name) VALUES ('01900000-0000-7000-8000-000000000001', 'Eve');");
  world.database.run("UPDATE sessions SET person_id = '01900000-0000-7000-8000-000000000001' WHERE id = '" +
                     two.session_id() + "'");
  world.modules.credentials.hear("");
  ASSERT_EQ(two.get("/api/v1/me").json["person"]["name"], "Eve");

  const auto off = one.post("/api/v1/people/01900000-0000-7000-8000-000000000001/disable");

  EXPECT_EQ(off.status, 200) << off.body;
  EXPECT_EQ(two.get("/api/v1/me").status, 401);
  EXPECT_EQ(one.post("/api/v1/people/01900000-0000-7000-8000-000000000001/enable").status, 200);
  EXPECT_EQ(two.get("/api/v1/me").status, 401);  // what was ended stays ended
  EXPECT_EQ(audited("person.disable"), "1");
}

TEST_F(SessionsTest, only_the_operator_switches_people_off_and_never_themselves) {
  EXPECT_EQ(one.post("/api/v1/people/" + one.person_id() + "/disable").code(), "person.self");
  world.database.run("UPDATE people SET is_operator = false");

  EXPECT_EQ(one.post("/api/v1/people/01900000-0000-7000-8000-000000000001/disable").status, 403);
}

TEST_F(SessionsTest, every_sign_in_and_end_is_an_event) {
  two.del("/api/v1/session");

  EXPECT_EQ(audited("session.open"), "2");
  EXPECT_EQ(audited("session.close"), "1");
}

TEST_F(SessionsTest, a_name_can_be_changed) {
  EXPECT_EQ(one.send("PATCH", "/api/v1/me", R"({"name":"Ann"})").json["name"], "Ann");
  EXPECT_EQ(two.get("/api/v1/me").json["person"]["name"], "Ann");
  EXPECT_EQ(one.send("PATCH", "/api/v1/me", R"({"name":""})").status, 422);
}

TEST_F(SessionsTest, IDN_17_a_theme_is_kept_for_all_browsers_and_changes_nothing_else) {
  EXPECT_TRUE(one.get("/api/v1/session").json["theme"].is_null());
  const auto name = one.get("/api/v1/me").json["person"]["name"];

  EXPECT_EQ(one.send("PATCH", "/api/v1/me", R"({"theme":"dark"})").json["theme"], "dark");

  EXPECT_EQ(two.get("/api/v1/session").json["theme"], "dark");
  EXPECT_EQ(two.get("/api/v1/me").json["person"]["name"], name);
  EXPECT_EQ(one.send("PATCH", "/api/v1/me", R"({"name":"Ann"})").json["theme"], "dark");
  EXPECT_EQ(audited("person.update"), "2");
}

TEST_F(SessionsTest, a_profile_change_that_says_nothing_or_no_theme_is_refused) {
  for (const char* body : {"{}", R"({"theme":"sepia"})", R"({"theme":"dark","name":" "})"}) {
    EXPECT_EQ(one.send("PATCH", "/api/v1/me", body).status, 422) << body;
  }
  EXPECT_TRUE(one.get("/api/v1/session").json["theme"].is_null());
}

TEST_F(SessionsTest, whoever_runs_the_installation_reads_its_own_sealed_log_and_nobody_else) {
  const auto page = one.get("/api/v1/settings/audit/chain?limit=1");

  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(page.json["chain"], "00000000-0000-0000-0000-000000000000");
  EXPECT_THAT(page.body, testing::HasSubstr("session.open"));
  EXPECT_EQ(one.get("/api/v1/settings/audit/head").json["chain"], "00000000-0000-0000-0000-000000000000");
  world.database.run("UPDATE people SET is_operator = false");
  EXPECT_EQ(one.get("/api/v1/settings/audit/chain").status, 403);
  EXPECT_EQ(one.get("/api/v1/settings/audit/head").status, 403);
}

}  // namespace
}  // namespace identity_test

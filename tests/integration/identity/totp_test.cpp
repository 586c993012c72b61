// The second factor, from enrolment to recovery codes. Sign-in with it: sign_in_test.cpp.

#include <gmock/gmock.h>

#include <thread>

#include "tests/integration/identity/browser.hpp"

namespace identity_test {
namespace {

using testing::HasSubstr;

struct TotpTest : testing::Test {
  World world;
  Browser person{world};
  std::string secret;
  std::vector<std::string> recovery;

  void SetUp() override { person.set_up(); }
  std::string now_code() { return code_of(secret, world.clock.utc_now()); }
  /// A code that was not used yet.
  std::string next_code() {
    world.clock.advance(std::chrono::seconds(30));
    return now_code();
  }
  static std::string body(const std::string& code) { return R"({"code":")" + code + "\"}"; }
  void turn_on() {
    secret = person.post("/api/v1/me/totp").json["secret"];
    const auto confirmed = person.post("/api/v1/me/totp/confirm", body(now_code()));
    ASSERT_EQ(confirmed.status, 200) << confirmed.body;
    recovery = confirmed.json["recovery_codes"].get<std::vector<std::string>>();
  }
  /// Shows a code from somewhere; why it was refused, or empty.
  std::string check(const std::string& code, const identity::CodePlace& place) {
    const auto id = base::PersonId::parse(world.database.value("SELECT id FROM people")).value();
    return world.plain([&](Tx& tx) {
      const auto checked = world.modules.second_factor.check(tx, id, code, place);
      return checked ? std::string() : checked.error().code;
    });
  }
  bool is_on() { return person.get("/api/v1/me/totp").json["on"]; }
};

TEST_F(TotpTest, IDN_03_a_key_is_in_force_after_its_first_code_only) {
  const auto enrolled = person.post("/api/v1/me/totp");
  ASSERT_EQ(enrolled.status, 200) << enrolled.body;
  secret = enrolled.json["secret"];
  EXPECT_THAT(enrolled.json["uri"].get<std::string>(), HasSubstr("otpauth://totp/WiseHosting:"));
  EXPECT_THAT(enrolled.json["uri"].get<std::string>(), HasSubstr("secret=" + secret));
  EXPECT_THAT(enrolled.json["qr_svg"].get<std::string>(), HasSubstr("<svg"));
  EXPECT_FALSE(is_on());
  EXPECT_EQ(person.post("/api/v1/me/totp/confirm", body("000000")).code(), "code.wrong");
  EXPECT_FALSE(is_on());

  const auto confirmed = person.post("/api/v1/me/totp/confirm", body(now_code()));

  EXPECT_EQ(confirmed.json["recovery_codes"].size(), 10U);
  EXPECT_TRUE(is_on());
  EXPECT_EQ(person.post("/api/v1/me/totp").code(), "totp.on");
}

TEST_F(TotpTest, the_secret_lies_sealed_and_codes_hashed) {
  turn_on();

  EXPECT_THAT(world.database.value("SELECT secret_sealed FROM person_totp"), testing::StartsWith("1:"));
  EXPECT_EQ(world.database.value("SELECT count(*) FROM recovery_codes r WHERE r::text LIKE '%" + recovery[0] + "%'"),
            "0");
}

TEST_F(TotpTest, AUTH_09_other_sessions_end_when_the_second_factor_changes) {
  Browser other(world);
  other.set_up();
  const auto before = person.cookies.at("wh_session");
  turn_on();

  EXPECT_EQ(other.get("/api/v1/me").status, 401);
  EXPECT_NE(person.cookies.at("wh_session"), before);
  Browser stale(world);
  stale.cookies["wh_session"] = before;
  EXPECT_EQ(stale.get("/api/v1/me").status, 401);
  other.set_up();

  EXPECT_EQ(person.post("/api/v1/me/totp/disable", body(next_code())).status, 204);

  EXPECT_EQ(other.get("/api/v1/me").status, 401);
  EXPECT_FALSE(is_on());
}

TEST_F(TotpTest, IDN_03_taking_it_away_needs_a_fresh_code) {
  turn_on();

  EXPECT_EQ(person.post("/api/v1/me/totp/disable", body(now_code())).code(), "code.wrong");  // was used to confirm
  EXPECT_EQ(person.post("/api/v1/me/totp/disable", body("abc")).code(), "code.wrong");
  EXPECT_TRUE(is_on());
}

TEST_F(TotpTest, IDN_02_a_code_posted_ten_times_at_once_is_accepted_once) {
  turn_on();
  const auto code = next_code();
  std::vector<int> statuses(10);
  std::vector<std::thread> threads;
  threads.reserve(statuses.size());
  for (auto& status : statuses) {
    // Each with its own transaction on its own connection; what counts is how many the tables let through.
    threads.emplace_back([&] {
      const auto accepted = *world.pool.blocking_on_pool([&](Tx& tx) -> base::Result<bool> {
        const auto who = world.modules.identity.person(
            tx, base::PersonId::parse(world.database.value("SELECT id FROM people")).value());
        return world.modules.second_factor.check(tx, who->id, code, {"", ""}).has_value();
      });
      status = accepted ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 1), 1);
}

TEST_F(TotpTest, a_recovery_code_works_once) {
  turn_on();

  EXPECT_EQ(person.post("/api/v1/me/proof", body(recovery[0])).status, 204);

  EXPECT_EQ(person.post("/api/v1/me/proof", body(recovery[0])).code(), "code.wrong");
  EXPECT_EQ(person.get("/api/v1/me/totp").json["recovery_codes_left"], 9);
}

TEST_F(TotpTest, new_recovery_codes_make_the_old_ones_void) {
  turn_on();

  const auto fresh = person.post("/api/v1/me/totp/recovery-codes", body(next_code()));

  ASSERT_EQ(fresh.status, 200);
  EXPECT_EQ(person.post("/api/v1/me/proof", body(recovery[1])).status, 403);
  EXPECT_EQ(person.post("/api/v1/me/proof", body(fresh.json["recovery_codes"][0])).status, 204);
}

TEST_F(TotpTest, AUTH_11_the_sixth_try_within_a_minute_is_refused_even_with_the_right_code) {
  turn_on();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(person.post("/api/v1/me/proof", body("000000")).status, 403);

  EXPECT_EQ(
      person.post("/api/v1/me/proof", body(code_of(secret, world.clock.utc_now() + std::chrono::seconds(30)))).status,
      429);

  world.clock.advance(std::chrono::seconds(61));
  EXPECT_EQ(person.post("/api/v1/me/proof", body(now_code())).status, 204);
}

TEST_F(TotpTest, AUTH_11_strangers_do_not_lock_out_a_device_that_is_known) {
  turn_on();
  person.cookies["wh_device"] = "known-device";
  const auto id = base::PersonId::parse(person.person_id()).value();
  world.database.run("INSERT INTO person_devices (person_id, device_sha256) VALUES ('" + id.to_string() +
                     "', sha256('known-device'))");
  Browser stranger(world);
  stranger.cookies["wh_session"] = person.cookies.at("wh_session");
  for (int i = 0; i < 6; ++i) stranger.post("/api/v1/me/proof", body("000000"));

  EXPECT_EQ(person.post("/api/v1/me/proof", body(next_code())).status, 204);
}

TEST_F(TotpTest, LIM_01_strangers_do_not_lock_out_an_address_where_the_person_signed_in_before) {
  turn_on();
  const auto elsewhere = identity::CodePlace{"", "203.0.113.9"};
  for (int i = 0; i < 6; ++i) check("000000", elsewhere);
  EXPECT_EQ(check(next_code(), elsewhere), "code.too_many_tries");
  world.database.run("UPDATE sessions SET address = '2001:db8::17'");

  EXPECT_EQ(check(now_code(), {"", "2001:db8::42"}), "") << "their own network";
  EXPECT_EQ(check("000000", {"", "203.0.113.10"}), "code.too_many_tries") << "strangers count together";
}

TEST_F(TotpTest, LIM_01_a_recovery_code_lets_the_person_in_from_anywhere_while_strangers_try) {
  turn_on();
  for (int i = 0; i < 20; ++i) check("000000", {"", "203.0.113.9"});

  EXPECT_EQ(check(recovery[3], {"", "198.51.100.4"}), "");
  EXPECT_EQ(check(next_code(), {"", "203.0.113.9"}), "code.too_many_tries") << "which frees nobody else";
}

TEST_F(TotpTest, LIM_01_even_codes_that_do_not_wait_are_counted_by_address_and_account) {
  turn_on();
  std::string wrong = recovery[0];
  std::ranges::reverse(wrong);
  std::vector<int> said;
  while (said.size() < 60 && (said.empty() || said.back() != 429)) {
    said.push_back(person.post("/api/v1/me/proof", body(wrong)).status);
  }

  EXPECT_EQ(said.front(), 403);
  EXPECT_EQ(said.back(), 429);
  EXPECT_EQ(check(recovery[0], {"", "198.51.100.4"}), "") << "other addresses have their own measure";
}

TEST_F(TotpTest, what_needs_a_fresh_proof_is_refused_after_ten_minutes_until_a_code_is_given) {
  turn_on();
  world.clock.advance(std::chrono::minutes(11));
  EXPECT_EQ(person.post("/api/v1/me/totp/recovery-codes", body(now_code())).code(), "reauthentication.required");
  EXPECT_TRUE(person.get("/api/v1/me").json["credential"]["fresh_until"].is_null());

  EXPECT_EQ(person.post("/api/v1/me/proof", body(now_code())).status, 204);

  EXPECT_FALSE(person.get("/api/v1/me").json["credential"]["fresh_until"].is_null());
  EXPECT_EQ(person.post("/api/v1/me/totp/recovery-codes", body(next_code())).status, 200);
}

TEST_F(TotpTest, each_change_and_refusal_is_an_event) {
  turn_on();
  person.post("/api/v1/me/proof", body("000000"));
  person.post("/api/v1/me/totp/disable", body(next_code()));

  for (const char* action : {"totp.enrol", "totp.confirm", "totp.disable", "session.prove_code.refused"}) {
    EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE action = '" + std::string(action) + "'"),
              "1")
        << action;
  }
}

}  // namespace
}  // namespace identity_test

// Sign-in with a real OpenID provider (tests/support/peers).

#include <gmock/gmock.h>

#include "common/http_client/client.hpp"
#include "tests/integration/identity/browser.hpp"
#include "tests/integration/identity/peer.hpp"

namespace identity_test {
namespace {

using testing::HasSubstr;

constexpr const char* kAccounts = R"({
  "ann": {"email": "ann@example.com", "email_verified": true, "name": "Ann Lee"},
  "bob": {"email": "bob@other.example", "email_verified": true},
  "eve": {"email": "ann@example.com", "email_verified": true, "name": "Eve"},
  "una": {"email": "una@example.com", "email_verified": false},
  "ted": {"email": "ted@example.com", "email_verified": "true"}
})";

Peer& provider() {
  static Peer one(
      {"oidc_provider.mjs", "--redirect", "http://localhost:7070/api/v1/sign-in/callback", "--accounts", kAccounts});
  return one;
}

/// Somebody at the provider, with the provider's own cookies.
class AtProvider {
 public:
  explicit AtProvider(World& world, std::string place = provider().place()) : world_(world), place_(std::move(place)) {}

  /// From the address that the dashboard sends to, to the way back: path and query of the callback.
  std::string come_back(std::string address, const std::string& account) {
    address += "&login_hint=" + account;
    for (int i = 0; i < 8; ++i) {
      if (address.starts_with("http://localhost:7070")) return address.substr(21);
      address = follow(address);
    }
    throw std::runtime_error("the provider does not come to an end");
  }

 private:
  std::string follow(const std::string& address) {
    const auto url = http_client::parse_url(address.starts_with("/") ? place_ + address : address).value();
    http_client::Request request;
    request.target = url.target;
    std::string jar;
    for (const auto& [name, value] : cookies_) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
    if (!jar.empty()) request.headers.emplace_back("Cookie", jar);
    http_client::Client client(world_.server.executor(), url.endpoint(), world_.server.clock());
    const auto answer = world_.server.run(client.send(std::move(request), world_.server.soon()));
    if (!answer) throw std::runtime_error(answer.error().message);
    for (const auto& [name, value] : answer->headers) {
      if (!http_client::same_name(name, "Set-Cookie")) continue;
      cookies_[value.substr(0, value.find('='))] =
          value.substr(value.find('=') + 1, value.find(';') - value.find('=') - 1);
    }
    const auto location = answer->header("Location");
    if (!location) throw std::runtime_error("the provider stays: " + answer->body.substr(0, 300));
    return std::string(*location);
  }
  World& world_;
  std::string place_;
  std::map<std::string, std::string> cookies_;
};

struct SignInTest : testing::Test {
  World world;
  Browser owner{world};

  void SetUp() override {
    owner.set_up();
    connect();
  }
  Answer connect(const std::string& more = "") {
    return owner.put("/api/v1/settings/sign-in",
                     R"({"issuer":")" + provider().place() +
                         R"(","client_id":"wisehosting","client_secret":"a-client-secret")" + more + "}");
  }
  /// Path and query of the way back.
  std::string begin(Browser& browser, const std::string& account, const std::string& query = "") {
    const auto start = browser.get("/api/v1/sign-in/start" + query);
    EXPECT_EQ(start.status, 303) << start.body;
    return AtProvider(world).come_back(start.location, account);
  }
  Answer sign_in(Browser& browser, const std::string& account, const std::string& query = "") {
    return browser.get(begin(browser, account, query));
  }
  std::string audited(const std::string& code) {
    return world.database.value(
        "SELECT count(*) FROM audit_events WHERE action = 'sign_in.refused' AND after->>'code' = '" + code + "'");
  }
};

TEST_F(SignInTest, IDN_01_the_first_sign_in_makes_an_account_and_the_second_uses_it) {
  Browser ann(world);
  const auto arrived = sign_in(ann, "ann", "?return_to=/apps/shop");

  EXPECT_EQ(arrived.status, 303) << arrived.body;
  EXPECT_EQ(arrived.location, "/apps/shop");
  const auto me = ann.get("/api/v1/me");
  EXPECT_EQ(me.json["person"]["name"], "Ann Lee");
  EXPECT_EQ(me.json["person"]["email"], "ann@example.com");
  EXPECT_EQ(me.json["person"]["is_operator"], false);
  Browser again(world);
  sign_in(again, "ann");
  EXPECT_EQ(again.person_id(), ann.person_id());
}

TEST_F(SignInTest, the_request_has_state_nonce_and_pkce_and_the_database_none_of_them) {
  Browser ann(world);
  const auto start = ann.get("/api/v1/sign-in/start");

  for (const char* part : {"response_type=code", "code_challenge_method=S256", "code_challenge=", "state=", "nonce=",
                           "redirect_uri=http%3A%2F%2Flocalhost%3A7070%2Fapi%2Fv1%2Fsign-in%2Fcallback"}) {
    EXPECT_THAT(start.location, HasSubstr(part));
  }
  EXPECT_THAT(start.cookies.at(0), HasSubstr("; HttpOnly; SameSite=Lax"));
  const auto row = world.database.value("SELECT f::text FROM sign_in_flows f");
  const auto state = start.location.substr(start.location.find("state=") + 6, 43);
  EXPECT_EQ(row.find(state), std::string::npos);
  EXPECT_EQ(row.find(ann.cookies.at("wh_sign_in")), std::string::npos);
}

TEST_F(SignInTest, AUTH_03_a_way_back_works_once) {
  Browser ann(world);
  const auto back = begin(ann, "ann");
  const auto cookie = ann.cookies.at("wh_sign_in");
  ASSERT_EQ(ann.get(back).status, 303);
  ann.cookies["wh_sign_in"] = cookie;

  EXPECT_EQ(ann.get(back).status, 400);
  EXPECT_EQ(audited("sign_in.state"), "1");
}

TEST_F(SignInTest, AUTH_03_without_state_with_another_or_in_another_browser_it_does_not_work) {
  Browser ann(world);
  const auto back = begin(ann, "ann");
  Browser victim(world);
  begin(victim, "bob");

  EXPECT_EQ(victim.get(back).status, 400);  // the attacker's code in the victim's browser
  EXPECT_FALSE(victim.signed_in());
  EXPECT_EQ(Browser(world).get(back).status, 400);  // a browser without any flow
  const auto code = back.substr(0, back.find("&state="));
  EXPECT_EQ(ann.get(code).status, 400);
  EXPECT_EQ(ann.get(code + "&state=abc").status, 400);
  EXPECT_FALSE(ann.signed_in());
}

TEST_F(SignInTest, AUTH_03_ten_minutes_later_it_does_not_work) {
  Browser ann(world);
  const auto back = begin(ann, "ann");
  world.clock.advance(std::chrono::minutes(11));

  EXPECT_EQ(ann.get(back).status, 400);
}

TEST_F(SignInTest, AUTH_03_a_code_of_another_flow_fails_at_the_verifier) {
  Browser attacker(world);
  const auto stolen = begin(attacker, "bob");
  Browser ann(world);
  const auto back = begin(ann, "ann");
  const auto code_of_stolen = stolen.substr(stolen.find("code="), stolen.find('&') - stolen.find("code="));
  const auto rest = back.substr(back.find('&'));

  const auto answer = ann.get("/api/v1/sign-in/callback?" + code_of_stolen + rest);

  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_FALSE(ann.signed_in());
  EXPECT_EQ(audited("provider.refused"), "1");
}

TEST_F(SignInTest, RFC_9207_an_answer_of_another_issuer_is_refused) {
  for (const char* issuer : {"&iss=https%3A%2F%2Fevil.example", ""}) {
    Browser ann(world);
    auto back = begin(ann, "ann");
    const auto at = back.find("&iss=");
    ASSERT_NE(at, std::string::npos);

    EXPECT_EQ(ann.get(back.substr(0, at) + issuer).status, 400) << issuer;
    EXPECT_FALSE(ann.signed_in());
  }
  EXPECT_EQ(audited("sign_in.issuer"), "2");
}

TEST_F(SignInTest, AUTH_01_an_address_that_the_provider_does_not_vouch_for_is_refused) {
  for (const char* account : {"una", "ted"}) {
    Browser one(world);
    EXPECT_EQ(sign_in(one, account).status, 403) << account;
    EXPECT_FALSE(one.signed_in());
  }
  EXPECT_EQ(audited("email.not_verified"), "2");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM people"), "1");
}

TEST_F(SignInTest, AUTH_01_another_subject_with_the_same_address_gets_neither_the_account_nor_one_of_its_own) {
  Browser ann(world);
  sign_in(ann, "ann");
  Browser eve(world);

  EXPECT_EQ(sign_in(eve, "eve").status, 409);

  EXPECT_FALSE(eve.signed_in());
  EXPECT_EQ(audited("identity.email_taken"), "1");
}

TEST_F(SignInTest, IDN_17_an_address_that_another_account_has_by_now_is_not_taken_from_it) {
  Browser ann(world);
  sign_in(ann, "ann");
  Browser bob(world);
  sign_in(bob, "bob");
  world.database.run("UPDATE people SET email = NULL WHERE id = '" + ann.person_id() + "'");
  world.database.run("UPDATE people SET email = 'ANN@example.com' WHERE id = '" + bob.person_id() + "'");

  EXPECT_EQ(sign_in(ann, "ann").status, 303);

  EXPECT_TRUE(ann.get("/api/v1/me").json["person"]["email"].is_null());
  EXPECT_EQ(world.database.value("SELECT count(*) FROM people WHERE lower(email) = 'ann@example.com'"), "1");
}

TEST_F(SignInTest, AUTH_07_a_sign_in_ends_the_session_that_the_browser_had) {
  Browser ann(world);
  sign_in(ann, "ann");
  Browser before(world);
  before.cookies = ann.cookies;

  sign_in(ann, "ann");

  EXPECT_TRUE(ann.signed_in());
  EXPECT_EQ(before.get("/api/v1/me").status, 401);
}

TEST_F(SignInTest, only_listed_domains_and_addresses_come_in) {
  ASSERT_EQ(connect(R"(,"allowed_domains":["example.com"])").status, 200);
  Browser ann(world);
  Browser bob(world);
  EXPECT_EQ(sign_in(ann, "ann").status, 303);
  EXPECT_EQ(sign_in(bob, "bob").status, 403);

  ASSERT_EQ(connect(R"(,"allowed_emails":["bob@other.example"])").status, 200);

  EXPECT_EQ(sign_in(bob, "bob").status, 303);
  Browser again(world);
  EXPECT_EQ(sign_in(again, "ann").status, 403);
}

TEST_F(SignInTest, AZ_13_who_is_switched_off_does_not_come_back_through_the_provider) {
  Browser ann(world);
  sign_in(ann, "ann");
  const auto id = ann.person_id();
  ASSERT_EQ(owner.post("/api/v1/people/" + id + "/disable").status, 200);
  EXPECT_EQ(ann.get("/api/v1/me").status, 401);

  Browser again(world);
  EXPECT_EQ(sign_in(again, "ann").status, 400);

  EXPECT_FALSE(again.signed_in());
  EXPECT_EQ(audited("person.disabled"), "1");
}

TEST_F(SignInTest, the_first_owner_links_their_account_in_a_session_and_then_signs_in_with_it) {
  const auto location = owner.post("/api/v1/me/identities/start", R"({"purpose":"link"})").json["location"];
  const auto before = owner.cookies.at("wh_session");
  const auto arrived = owner.get(AtProvider(world).come_back(location, "ann"));
  ASSERT_EQ(arrived.status, 303) << arrived.body;
  EXPECT_NE(owner.cookies.at("wh_session"), before);

  Browser elsewhere(world);
  sign_in(elsewhere, "ann");

  EXPECT_EQ(elsewhere.person_id(), owner.person_id());
  EXPECT_EQ(elsewhere.get("/api/v1/me").json["person"]["is_operator"], true);
}

TEST_F(SignInTest, AUTH_01_a_link_finished_in_another_session_links_nothing) {
  const auto location = owner.post("/api/v1/me/identities/start", R"({"purpose":"link"})").json["location"];
  const auto back = AtProvider(world).come_back(location, "ann");
  owner.cookies.erase("wh_session");

  EXPECT_EQ(owner.get(back).status, 400);

  EXPECT_EQ(world.database.value("SELECT count(*) FROM person_identities"), "0");
}

TEST_F(SignInTest, AUTH_05_a_provider_with_new_keys_is_asked_for_them_once_and_one_with_known_keys_not_at_all) {
  const auto play = [](const std::string& port, const std::string& key) {
    return std::make_unique<Peer>(
        std::vector<std::string>{"oidc_provider.mjs", "--port", port, "--key", key, "--redirect",
                                 "http://localhost:7070/api/v1/sign-in/callback", "--accounts", kAccounts});
  };
  auto playing = play("0", "k1");
  const auto place = playing->place();
  ASSERT_EQ(owner
                .put("/api/v1/settings/sign-in",
                     R"({"issuer":")" + place + R"(","client_id":"wisehosting","client_secret":"a-client-secret"})")
                .status,
            200);
  const auto sign_in_there = [&] {
    Browser ann(world);
    return ann.get(AtProvider(world, place).come_back(ann.get("/api/v1/sign-in/start").location, "ann")).status;
  };
  const auto asked = [&] {
    const auto url = http_client::parse_url(place + "/test/keys").value();
    http_client::Request request;
    request.target = url.target;
    http_client::Client client(world.server.executor(), url.endpoint(), world.server.clock());
    return world.server.run(client.send(std::move(request), world.server.soon())).value().body;
  };
  EXPECT_EQ(sign_in_there(), 303);
  EXPECT_EQ(sign_in_there(), 303);
  EXPECT_EQ(asked(), "1");

  playing.reset();
  playing = play(place.substr(place.rfind(':') + 1), "k2");
  EXPECT_EQ(sign_in_there(), 303);
  EXPECT_EQ(sign_in_there(), 303);
  EXPECT_EQ(asked(), "1") << "the new key was known from then on";

  world.clock.advance(std::chrono::minutes(61));
  EXPECT_EQ(sign_in_there(), 400) << "its token is an hour old here";
  EXPECT_EQ(asked(), "2") << "what is remembered ends after an hour";
}

TEST_F(SignInTest, AUTH_09_an_account_that_is_unlinked_signs_in_no_more_and_all_other_sessions_end) {
  for (const std::string account : {"ann", "bob"}) {
    const auto location = owner.post("/api/v1/me/identities/start", R"({"purpose":"link"})").json["location"];
    ASSERT_EQ(owner.get(AtProvider(world).come_back(location, account)).status, 303) << account;
  }
  Browser elsewhere(world);
  sign_in(elsewhere, "bob");
  ASSERT_EQ(elsewhere.person_id(), owner.person_id());
  const auto unlink = [&](const std::string& subject) {
    return owner.post("/api/v1/me/identities/unlink",
                      R"({"issuer":")" + provider().place() + R"(","subject":")" + subject + "\"}");
  };

  EXPECT_EQ(unlink("eve").status, 404) << "not theirs";
  EXPECT_TRUE(elsewhere.signed_in());
  EXPECT_EQ(unlink("bob").status, 204);

  EXPECT_FALSE(elsewhere.signed_in());
  EXPECT_TRUE(owner.signed_in());
  Browser again(world);
  sign_in(again, "bob");
  EXPECT_FALSE(again.signed_in());
  EXPECT_EQ(unlink("ann").code(), "identity.last");
  world.clock.advance(std::chrono::minutes(11));
  EXPECT_EQ(unlink("ann").code(), "reauthentication.required");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE action = 'identity.unlink'"), "1");
}

TEST_F(SignInTest, linking_needs_a_fresh_proof) {
  world.clock.advance(std::chrono::minutes(11));

  EXPECT_EQ(owner.post("/api/v1/me/identities/start", R"({"purpose":"link"})").code(), "reauthentication.required");
}

TEST_F(SignInTest, a_proof_by_the_provider_makes_the_session_fresh_and_another_account_does_not) {
  Browser ann(world);
  sign_in(ann, "ann");
  world.clock.advance(std::chrono::minutes(11));
  ASSERT_TRUE(ann.get("/api/v1/me").json["credential"]["fresh_until"].is_null());
  const auto start = [&] { return ann.post("/api/v1/me/identities/start", R"({"purpose":"prove"})").json["location"]; };

  EXPECT_EQ(ann.get(AtProvider(world).come_back(start(), "bob")).status, 400);
  EXPECT_TRUE(ann.get("/api/v1/me").json["credential"]["fresh_until"].is_null());
}

TEST_F(SignInTest, IDN_02_with_a_second_factor_there_is_no_session_before_its_code) {
  Browser ann(world);
  sign_in(ann, "ann");
  const std::string secret = ann.post("/api/v1/me/totp").json["secret"];
  const auto confirmed =
      ann.post("/api/v1/me/totp/confirm", R"({"code":")" + code_of(secret, world.clock.utc_now()) + "\"}");
  ASSERT_EQ(confirmed.status, 200) << confirmed.body;
  Browser again(world);

  const auto arrived = sign_in(again, "ann", "?return_to=/apps");

  EXPECT_EQ(arrived.location, "/sign-in/code");
  EXPECT_FALSE(again.cookies.contains("wh_session"));
  EXPECT_FALSE(again.signed_in());
  EXPECT_EQ(again.post("/api/v1/sign-in/code", R"({"code":"000000"})").code(), "code.wrong");
  EXPECT_FALSE(again.signed_in());
  world.clock.advance(std::chrono::seconds(30));
  const auto code = R"({"code":")" + code_of(secret, world.clock.utc_now()) + "\"}";
  EXPECT_EQ(again.post("/api/v1/sign-in/code", code).json["return_to"], "/apps");
  EXPECT_EQ(again.get("/api/v1/me").json["credential"]["second_factor"], true);
  Browser third(world);
  sign_in(third, "ann");
  EXPECT_EQ(third.post("/api/v1/sign-in/code", code).status, 403);  // taken already
  EXPECT_EQ(
      third
          .post("/api/v1/sign-in/code", R"({"code":")" + confirmed.json["recovery_codes"][0].get<std::string>() + "\"}")
          .status,
      200);
}

TEST_F(SignInTest, the_secret_of_the_client_lies_sealed_is_never_shown_and_stays_with_its_issuer) {
  EXPECT_EQ(owner.get("/api/v1/settings/sign-in").body.find("a-client-secret"), std::string::npos);
  EXPECT_EQ(world.database.value("SELECT count(*) FROM sign_in_settings s WHERE s::text LIKE '%a-client-secret%'"),
            "0");
  const auto without = R"({"issuer":")" + provider().place() + R"(","client_id":")";
  EXPECT_EQ(owner.put("/api/v1/settings/sign-in", without + "wisehosting\"}").status, 200);

  EXPECT_EQ(owner.put("/api/v1/settings/sign-in", without + "another\"}").status, 422);
}

TEST_F(SignInTest, only_the_operator_connects_a_provider_and_only_one_that_answers) {
  Browser ann(world);
  sign_in(ann, "ann");
  EXPECT_EQ(ann.get("/api/v1/settings/sign-in").status, 403);
  EXPECT_EQ(ann.put("/api/v1/settings/sign-in", R"({"client_id":"x","client_secret":"y"})").status, 403);

  const auto dead =
      owner.put("/api/v1/settings/sign-in", R"({"issuer":"http://127.0.0.1:1","client_id":"x","client_secret":"y"})");

  EXPECT_EQ(dead.status, 422);
}

TEST_F(SignInTest, the_provider_saying_no_is_told_to_the_person) {
  Browser ann(world);

  const auto arrived = sign_in(ann, "nobody");

  EXPECT_EQ(arrived.status, 403);
  EXPECT_THAT(arrived.body, HasSubstr("did not let you in"));
  EXPECT_EQ(audited("provider.denied"), "1");
}

}  // namespace
}  // namespace identity_test

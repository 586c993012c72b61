// Tokens for programs.

#include <gmock/gmock.h>

#include "tests/integration/identity/browser.hpp"

namespace identity_test {
namespace {

using testing::MatchesRegex;

struct TokensTest : testing::Test {
  World world;
  Browser person{world};

  void SetUp() override { person.set_up(); }
  Answer make(const std::string& scope, const std::string& more = "") {
    return person.post("/api/v1/me/tokens", R"({"name":"ci","scope":")" + scope + "\"" + more + "}");
  }
  Browser program(const std::string& token) {
    Browser made(world);
    made.bearer = token;
    return made;
  }
};

TEST_F(TokensTest, IDN_10_a_token_is_shown_once_and_its_hash_is_kept) {
  const auto made = make("read");

  ASSERT_EQ(made.status, 201) << made.body;
  const std::string token = made.json["token"];
  EXPECT_THAT(token, MatchesRegex("wh_pat_[A-Za-z0-9_-]{43}"));
  EXPECT_EQ(program(token).get("/api/v1/me").json["credential"]["scope"], "read");
  EXPECT_EQ(person.get("/api/v1/me/tokens").body.find(token), std::string::npos);
  for (const char* table : {"tokens", "audit_events", "idempotency_keys"}) {
    EXPECT_EQ(world.database.value("SELECT count(*) FROM " + std::string(table) + " t WHERE t::text LIKE '%" +
                                   token.substr(20) + "%'"),
              "0")
        << table;
  }
}

TEST_F(TokensTest, a_leaked_token_is_found_by_its_first_letters) {
  const std::string token = make("read").json["token"];
  make("read");

  const auto found = person.get("/api/v1/me/tokens?prefix=" + token.substr(0, 15));

  EXPECT_EQ(found.json["items"].size(), 1U);
  EXPECT_EQ(person.get("/api/v1/me/tokens").json["items"].size(), 2U);
}

TEST_F(TokensTest, IDN_10_a_revoked_or_expired_token_is_void_at_once) {
  const auto made = make("read");
  auto one = program(made.json["token"]);
  ASSERT_EQ(one.get("/api/v1/me").status, 200);

  const auto id = made.json["info"]["id"].get<std::string>();
  EXPECT_EQ(person.del("/api/v1/me/tokens/" + id).status, 204);

  EXPECT_EQ(one.get("/api/v1/me").code(), "token.invalid");
  EXPECT_EQ(person.del("/api/v1/me/tokens/" + id).status, 404);
  auto two = program(make("read", R"(,"days":1)").json["token"]);
  ASSERT_EQ(two.get("/api/v1/me").status, 200);
  world.clock.advance(std::chrono::hours(25));
  EXPECT_EQ(two.get("/api/v1/me").status, 401);
}

TEST_F(TokensTest, a_token_is_no_session_and_a_session_no_token) {
  const std::string token = make("admin").json["token"];
  Browser swapped(world);
  swapped.cookies["wh_session"] = token;
  EXPECT_EQ(swapped.get("/api/v1/me").status, 401);

  EXPECT_EQ(program(person.cookies.at("wh_session")).get("/api/v1/me").status, 401);
}

TEST_F(TokensTest, a_token_makes_no_tokens) {
  EXPECT_EQ(program(make("admin").json["token"]).post("/api/v1/me/tokens", R"({"name":"x","scope":"read"})").status,
            403);
}

TEST_F(TokensTest, a_read_token_changes_nothing_of_the_account) {
  auto reader = program(make("read").json["token"]);

  EXPECT_EQ(reader.del("/api/v1/me/sessions").status, 403);
  EXPECT_EQ(reader.send("PATCH", "/api/v1/me", R"({"name":"x"})").status, 403);
}

TEST_F(TokensTest, no_token_does_what_needs_a_person_at_the_keyboard) {
  auto program_of_admin = program(make("admin").json["token"]);

  EXPECT_EQ(program_of_admin.post("/api/v1/me/totp").code(), "reauthentication.impossible");
  EXPECT_EQ(program_of_admin.post("/api/v1/me/proof", R"({"code":"000000"})").code(), "reauthentication.impossible");
}

TEST_F(TokensTest, AZ_03_a_project_of_somebody_else_cannot_be_named) {
  const std::string other = "01900000-0000-7000-8000-000000000001";
  const std::string foreign = "01900000-0000-7000-8000-000000000002";
  const std::string hidden = "01900000-0000-7000-8000-000000000003";
  const std::string own = "01900000-0000-7000-8000-000000000004";
  const auto organization = world.database.value("SELECT id FROM organizations WHERE slug = 'default'");
  world.database.run("INSERT INTO organizations (id, slug, name) VALUES ('" + other + "', 'other', 'Other')");
  world.database.run("INSERT INTO projects (id, organization_id, slug, name) VALUES ('" + foreign + "', '" + other +
                     "', 'theirs', 'Theirs'), ('" + hidden + "', '" + organization + "', 'hidden', 'Hidden'), ('" +
                     own + "', '" + organization + "', 'own', 'Own')");
  const auto naming = [&](const std::string& project) { return make("read", R"(,"projects":[")" + project + R"("])"); };
  ASSERT_EQ(naming(hidden).status, 201) << "who is not limited sees it";

  world.database.run(
      "UPDATE memberships SET limited_to_projects = true; INSERT INTO project_members (organization_id, "
      "project_id, person_id, role) SELECT organization_id, '" +
      own + "', person_id, 'member' FROM memberships");

  for (const auto& project : {std::string("01900000-0000-7000-8000-000000000009"), foreign, hidden}) {
    const auto said = naming(project);
    EXPECT_EQ(said.status, 404) << project;
    EXPECT_EQ(said.code(), "project.not_found") << project;
  }
  const auto said = naming(own);
  EXPECT_EQ(said.status, 201) << said.body;
}

TEST_F(TokensTest, what_is_wrong_is_said) {
  EXPECT_EQ(make("everything").status, 422);
  EXPECT_EQ(make("read", R"(,"days":0)").status, 422);
  EXPECT_EQ(make("read", R"(,"days":367)").status, 422);
  EXPECT_EQ(person.post("/api/v1/me/tokens", R"({"name":"","scope":"read"})").status, 422);
}

TEST_F(TokensTest, an_organizations_token_has_no_person) {
  const auto made = person.post("/api/v1/orgs/default/tokens", R"({"name":"deployer","scope":"deploy"})");

  ASSERT_EQ(made.status, 201) << made.body;
  auto one = program(made.json["token"]);
  const auto me = one.get("/api/v1/me");
  EXPECT_TRUE(me.json["person"].is_null());
  EXPECT_EQ(me.json["credential"]["kind"], "organization_token");
  EXPECT_EQ(one.get("/api/v1/orgs/default/apps").status, 200);
  EXPECT_EQ(one.get("/api/v1/me/sessions").status, 403);
  EXPECT_EQ(person.get("/api/v1/me/tokens").json["items"].size(), 0U);
  EXPECT_EQ(person.get("/api/v1/orgs/default/tokens").json["items"].size(), 1U);
}

TEST_F(TokensTest, the_last_use_is_noted) {
  auto one = program(make("read").json["token"]);
  world.clock.advance(std::chrono::minutes(6));
  one.get("/api/v1/me");

  EXPECT_FALSE(person.get("/api/v1/me/tokens").json["items"][0]["last_used_at"].is_null());
}

TEST_F(TokensTest, making_and_revoking_are_events) {
  const auto made = make("deploy");
  person.del("/api/v1/me/tokens/" + made.json["info"]["id"].get<std::string>());
  make("nonsense");

  EXPECT_EQ(world.database.value("SELECT after->>'scope' FROM audit_events WHERE action = 'token.create'"), "deploy");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE action = 'token.revoke'"), "1");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE action = 'token.create.refused'"), "1");
}

}  // namespace
}  // namespace identity_test

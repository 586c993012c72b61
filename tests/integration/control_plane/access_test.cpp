// Access that ends, ends at once: for requests, streams and sockets, here and on other instances.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "common/async/task_group.hpp"
#include "tests/integration/control_plane/people.hpp"
#include "tests/integration/http/raw_client.hpp"

namespace control_plane_test {
namespace {

struct AccessTest : testing::Test {
  AccessTest() { tasks.spawn("feed", world.modules.feed_fanout.run(world.modules.feed_signal)); }
  ~AccessTest() override {
    world.server.shutdown(std::chrono::seconds(2));
    tasks.cancel();
    world.server.run(tasks.join(world.server.soon()));
  }

  World world;
  async::TaskGroup tasks{world.server.executor()};
  People people{world};
  Caller owner = people.operator_();
  Caller member = people.person("Max", "default", "member");
  const std::string member_path = "/api/v1/orgs/default/members/" + member.person.to_string();

  int status(const Caller& who, const std::string& target) { return people.ask(who, "GET", target).status; }
  /// An open event stream of the feed.
  http_test::RawClient stream(const Caller& who) {
    http_test::RawClient client(world.api_port());
    std::string text = "GET /api/v1/orgs/default/feed HTTP/1.1\r\nHost: localhost\r\n";
    for (const auto& [name, value] : who.headers) text += name + ": " + value + "\r\n";
    client.send(text + "\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n").substr(9, 3), "200");
    client.read_until("event: ready");
    return client;
  }
};

TEST_F(AccessTest, a_removed_member_is_out_with_the_next_request) {
  ASSERT_EQ(status(member, "/api/v1/orgs/default/apps"), 200);  // remembered now

  ASSERT_EQ(people.ask(owner, "DELETE", member_path).status, 204);

  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps"), 404);
}

TEST_F(AccessTest, a_smaller_role_counts_with_the_next_request) {
  const std::string create = R"({"name":"x","source":{"git_url":"https://git.example.com/x.git"}})";
  ASSERT_EQ(people.ask(member, "POST", "/api/v1/orgs/default/apps", create).status, 201);

  ASSERT_EQ(people.ask(owner, "PATCH", member_path, R"({"role":"viewer"})").status, 200);

  EXPECT_EQ(people.ask(member, "POST", "/api/v1/orgs/default/apps", create).status, 403);
}

TEST_F(AccessTest, headers_that_are_no_text_hide_nobody_from_the_log) {
  const auto viewer = people.person("Vi", "default", "viewer");
  const std::string create = R"({"name":"x","source":{"git_url":"https://git.example.com/x.git"}})";
  for (const std::string agent : {"\xff\xfe", "a\xc3", "\xed\xa0\x80"}) {
    EXPECT_EQ(people.ask(viewer, "POST", "/api/v1/orgs/default/apps", create, {{"User-Agent", agent}}).status, 403);
  }
  const auto long_one = std::string(299, 'x') + "\xc3\xa9";
  EXPECT_EQ(people.ask(viewer, "POST", "/api/v1/orgs/default/apps", create, {{"User-Agent", long_one}}).status, 403);

  EXPECT_EQ(world.database.value("SELECT string_agg(user_agent, ' ' ORDER BY at) FROM audit_events WHERE actor_name = "
                                 "'Vi'"),
            "?? a? ??? " + std::string(299, 'x'));
  EXPECT_EQ(people.ask(owner, "POST", "/api/v1/orgs/default/apps", create, {{"Idempotency-Key", "\xff"}}).status, 422);
  EXPECT_EQ(people.ask(owner, "POST", "/api/v1/orgs/default/apps", create, {{"Idempotency-Key", ""}}).status, 422);
}

TEST_F(AccessTest, az_13_streams_of_a_removed_member_end_and_a_token_is_refused) {
  const auto token = people.token(member, "read");
  auto by_session = stream(member);
  auto by_token = stream(token);

  ASSERT_EQ(people.ask(owner, "DELETE", member_path).status, 204);

  by_session.read_until("\r\n0\r\n\r\n");  // the end of a chunked answer
  by_token.read_until("\r\n0\r\n\r\n");
  EXPECT_EQ(status(token, "/api/v1/orgs/default/apps"), 404);
}

TEST_F(AccessTest, az_04_a_stream_shows_nothing_more_to_who_is_limited_to_projects_from_now_on) {
  auto by_session = stream(member);
  auto by_token = stream(people.token(member, "read"));

  ASSERT_EQ(people.ask(owner, "PATCH", member_path, R"({"limited_to_projects":true})").status, 200);

  by_session.read_until("\r\n0\r\n\r\n");  // it begins anew, with what they see now
  by_token.read_until("\r\n0\r\n\r\n");
  world.create_app("hidden");
  auto again = stream(member);
  world.modules.feed_signal.notify();
  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps/hidden"), 404);
}

TEST_F(AccessTest, streams_of_others_go_on) {
  auto kept = stream(owner);
  ASSERT_EQ(people.ask(owner, "DELETE", member_path).status, 204);

  world.create_app("after");
  world.modules.feed_signal.notify();

  kept.read_until("app.created");
}

TEST_F(AccessTest, what_another_instance_took_away_is_forgotten_here) {
  ASSERT_EQ(status(member, "/api/v1/orgs/default/apps"), 200);
  world.database.run("DELETE FROM memberships WHERE person_id = '" + member.person.to_string() + "'");
  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps"), 200) << "from memory, until it is told";

  world.modules.hear("members:" + people.organization("default").to_string());

  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps"), 404);
}

TEST_F(AccessTest, what_is_remembered_is_not_older_than_30_seconds) {
  ASSERT_EQ(status(member, "/api/v1/orgs/default/apps"), 200);
  world.database.run("DELETE FROM memberships WHERE person_id = '" + member.person.to_string() + "'");

  world.clock.advance(std::chrono::seconds(31));

  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps"), 404);
}

TEST_F(AccessTest, a_known_caller_costs_no_query_of_their_own) {
  ASSERT_EQ(status(member, "/api/v1/orgs/default/apps"), 200);
  // Would be asked for a session and a membership; without them only memory can answer.
  world.database.run("DELETE FROM memberships WHERE person_id = '" + member.person.to_string() +
                     "'; DELETE FROM sessions WHERE person_id = '" + member.person.to_string() + "'");

  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps"), 200);
}

TEST_F(AccessTest, an_organization_that_asks_for_a_second_factor_lets_nobody_in_without) {
  world.database.run("UPDATE organizations SET second_factor_required = true");
  const auto refused = people.ask(member, "GET", "/api/v1/orgs/default/apps");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "second_factor.required");
  EXPECT_EQ(status(member, "/api/v1/orgs"), 200) << "their account is theirs";

  world.database.run("UPDATE sessions SET second_factor = true");
  world.modules.credentials.hear("");
  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps"), 200);
}

TEST_F(AccessTest, nobody_turns_that_on_who_has_none_themselves) {
  EXPECT_EQ(people.ask(owner, "PATCH", "/api/v1/orgs/default", R"({"second_factor_required":true})").code(),
            "second_factor.own_first");
}

TEST_F(AccessTest, that_it_asks_for_one_is_taken_away_by_a_person_with_a_fresh_proof_and_by_no_token) {
  const std::string off = R"({"second_factor_required":false})";
  const auto made = people.ask(owner, "POST", "/api/v1/orgs/default/tokens", R"({"name":"ci","scope":"admin"})").body;
  const auto bearer = "Bearer " + nlohmann::json::parse(made).at("token").get<std::string>();
  world.database.run(
      "UPDATE organizations SET second_factor_required = true; UPDATE sessions SET second_factor = true; "
      "INSERT INTO person_totp (person_id, secret_sealed, confirmed_at) VALUES ('" +
      owner.person.to_string() + "', 'x', now())");
  world.modules.credentials.hear("");
  const auto required = [&] {
    return world.database.value("SELECT second_factor_required FROM organizations WHERE slug = 'default'");
  };

  const auto by_token = people.ask({"ci", {}, {{"Authorization", bearer}}}, "PATCH", "/api/v1/orgs/default", off);
  EXPECT_EQ(by_token.code(), "reauthentication.impossible") << by_token.body;
  world.clock.advance(std::chrono::minutes(11));
  EXPECT_EQ(people.ask(owner, "PATCH", "/api/v1/orgs/default", off).code(), "reauthentication.required");
  EXPECT_EQ(people.ask(owner, "PATCH", "/api/v1/orgs/default", R"({"name":"Other"})").status, 200)
      << "all else needs none";
  EXPECT_EQ(required(), "t");

  world.database.run("UPDATE sessions SET proved_at = now() + interval '11 minutes'");
  world.modules.credentials.hear("");
  EXPECT_EQ(people.ask(owner, "PATCH", "/api/v1/orgs/default", off).status, 200);
  EXPECT_EQ(required(), "f");
}

TEST_F(AccessTest, denied_access_is_an_event_of_who_tried) {
  people.person("Fremd", "foreign", "owner");
  people.ask(member, "GET", "/api/v1/orgs/foreign/apps");
  people.ask(member, "GET", "/api/v1/orgs/default/invitations");

  EXPECT_EQ(world.database.value("SELECT string_agg(after->>'code', ',' ORDER BY id) FROM audit_events WHERE action = "
                                 "'access.refused' AND actor_id = '" +
                                 member.person.to_string() + "'"),
            "organization.not_found,forbidden");
}

TEST_F(AccessTest, aud_06_a_change_that_is_rolled_back_leaves_no_event_and_no_trace) {
  world.database.run(
      "CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; "
      "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON apps DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
      "FUNCTION refuse_commit()");
  const std::string create = R"({"name":"lost","source":{"git_url":"https://git.example.com/x.git"}})";

  EXPECT_GE(people.ask(owner, "POST", "/api/v1/orgs/default/apps", create).status, 500);

  EXPECT_EQ(world.database.value("SELECT count(*) FROM apps WHERE name = 'lost'"), "0");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE object_name = 'lost' OR after->>'name' = "
                                 "'lost'"),
            "0");
  world.database.run("DROP TRIGGER refuse ON apps");
  EXPECT_EQ(people.ask(owner, "POST", "/api/v1/orgs/default/apps", create).status, 201);
  EXPECT_EQ(
      world.database.value("SELECT count(*) FROM audit_events WHERE action = 'app.create' AND object_name = 'lost'"),
      "1");
}

TEST_F(AccessTest, what_lies_in_other_projects_is_denied_and_the_log_says_so) {
  world.create_app("hidden");
  ASSERT_EQ(people.ask(owner, "PATCH", member_path, R"({"limited_to_projects":true})").status, 200);

  EXPECT_EQ(status(member, "/api/v1/orgs/default/apps/hidden"), 404);
  EXPECT_EQ(people.upgrade(member, "/api/v1/orgs/default/apps/hidden/logs/socket", "http://localhost:7070").status,
            404);

  EXPECT_EQ(world.database.value("SELECT string_agg(after->>'code' || ' ' || (after->>'path'), ', ' ORDER BY id) FROM "
                                 "audit_events WHERE action = 'access.refused' AND actor_id = '" +
                                 member.person.to_string() + "'"),
            "app.not_found /api/v1/orgs/default/apps/hidden, app.not_found "
            "/api/v1/orgs/default/apps/hidden/logs/socket");
}

}  // namespace
}  // namespace control_plane_test

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "common/base/bytes.hpp"
#include "common/crypto/column.hpp"
#include "common/crypto/hmac.hpp"
#include "control-plane/modules/audit/tasks.hpp"
#include "tests/integration/control_plane/agent.hpp"
#include "tests/support/cluster.hpp"

namespace control_plane_test {
namespace {

using Json = nlohmann::json;

const std::string kOrg = "/api/v1/orgs/default";
const std::string kApp = kOrg + "/apps/hello";
const std::string kProject = kOrg + "/projects/default";
const std::string kEnvironment = kProject + "/environments/production";

struct VariablesTest : testing::Test {
  VariablesTest() : env(world.create_app("hello")) {}

  struct Answer {
    int status{0};
    Json body;
    std::string text;
  };
  Answer ask(const std::string& method, const std::string& path, const Json& body = nullptr,
             http_client::Headers headers = {}) {
    auto response = world.request({.method = method,
                                   .target = path,
                                   .headers = std::move(headers),
                                   .body = body.is_null() ? "" : body.dump(-1, ' ', false)});
    return {response.status, Json::parse(response.body, nullptr, false), response.body};
  }
  void set(const std::string& place, const std::string& name, const std::string& value, Json flags = Json::object()) {
    flags["value"] = value;
    const auto answer = ask("PUT", place + "/variables/" + name, flags);
    ASSERT_EQ(answer.status, 200) << answer.text;
  }
  std::map<std::string, std::string> resolved(const projects::AppEnvironment& of) {
    return world.plain([&](Tx& tx) {
      std::map<std::string, std::string> values;
      const auto all = world.modules.projects.variables().resolve(tx, of.id);
      EXPECT_TRUE(all) << (all ? "" : all.error().message);
      if (!all) return values;
      for (const auto& one : *all) values[one.name] = std::string(one.value.reveal());
      return values;
    });
  }
  base::Error refusal() {
    return world.plain([&](Tx& tx) {
      const auto all = world.modules.projects.variables().resolve(tx, env.id);
      return all ? base::Error(base::ErrorKind::internal, "", "resolved") : all.error();
    });
  }
  Json listed(const std::string& query = "") { return ask("GET", kApp + "/variables" + query).body["items"]; }

  World world;
  projects::AppEnvironment env;
};

TEST_F(VariablesTest, values_are_kept_byte_for_byte) {
  const std::vector<std::string> values{"",
                                        "plain",
                                        "two\nlines\n",
                                        "\r\n\t",
                                        "quote ' \" ` \\",
                                        "$HOME ${NAME} $$ $(id) $${x}",
                                        "grüße 🚀 \u202e",
                                        "-----BEGIN KEY-----\nabc+/=\n-----END KEY-----\n",
                                        std::string(64 * 1024, 'x'),
                                        std::string(32 * 1024, '\n') + std::string(32 * 1024, '"')};
  for (std::size_t i = 0; i < values.size(); ++i) set(kApp, "V" + std::to_string(i), values[i]);

  const auto opened = resolved(env);
  const auto revealed = ask("POST", kApp + "/variables/reveal", Json::object());

  ASSERT_EQ(revealed.status, 200) << revealed.text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(opened.at("V" + std::to_string(i)), values[i]);
    EXPECT_EQ(revealed.body["items"][i]["value"], values[i]);
  }
  EXPECT_EQ(ask("PUT", kApp + "/variables/LONG", {{"value", std::string(64 * 1024 + 1, 'x')}}).status, 422);
  const auto text = revealed.body["text"].get<std::string>();
  const auto again = ask("PATCH", kApp + "/variables", {{"text", text}, {"replace", true}});
  ASSERT_EQ(again.status, 200) << again.text;
  for (const auto& item : again.body["items"]) EXPECT_EQ(item["change"], "same") << item.dump();
}

TEST_F(VariablesTest, what_is_nearer_to_the_app_wins_and_what_it_hides_is_shown) {
  set(kOrg, "A", "organization");
  set(kOrg, "B", "organization");
  set(kOrg, "C", "organization");
  set(kOrg, "D", "organization");
  set(kProject, "B", "project");
  set(kProject, "C", "project");
  set(kProject, "D", "project");
  set(kEnvironment, "C", "environment");
  set(kEnvironment, "D", "environment");
  set(kApp, "D", "app");

  const auto values = resolved(env);

  for (const auto& [name, level] : {std::pair("A", "organization"), std::pair("B", "project"),
                                    std::pair("C", "environment"), std::pair("D", "app")}) {
    EXPECT_EQ(values.at(name), level);
  }
  const auto all = listed("?inherited=true");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0]["level"], "organization");
  EXPECT_EQ(all[3]["hides"], Json({"organization", "project", "environment"}));
  EXPECT_EQ(listed().size(), 1U) << "its own alone, unless it is asked for more";
  EXPECT_EQ(ask("DELETE", kApp + "/variables/D").status, 204);
  EXPECT_EQ(resolved(env).at("D"), "environment");
}

TEST_F(VariablesTest, references_are_followed_and_a_broken_one_is_told_by_name) {
  world.create_app("db");
  set(kApp, "USER", "me");
  set(kOrg + "/apps/db", "PASSWORD", "a$${b}");
  set(kApp, "URL", "postgres://${USER}:${db.PASSWORD}@${db.host}:${db.port}/${USER}?cost=$5&lit=$${USER}",
      {{"expand", true}});
  set(kApp, "COPY", "${URL}", {{"expand", true}});

  const auto values = resolved(env);

  const std::string expected = "postgres://me:a$${b}@db.localhost:8080/me?cost=$5&lit=${USER}";
  EXPECT_EQ(values.at("URL"), expected);
  EXPECT_EQ(values.at("COPY"), expected);

  set(kApp, "MISSING", "${nobody.url}", {{"expand", true}});
  EXPECT_EQ(refusal().code, "variables.missing");
  EXPECT_THAT(refusal().message, testing::AllOf(testing::HasSubstr("MISSING"), testing::HasSubstr("${nobody.url}")));
  const auto deploy = ask("POST", kApp + "/deployments", Json::object());
  EXPECT_EQ(deploy.status, 409) << deploy.text;
  EXPECT_EQ(deploy.body["code"], "variables.missing");
  const auto staged = ask("GET", kApp + "/staged");
  EXPECT_EQ(staged.body["problems"][0]["name"], "MISSING") << staged.text;
}

TEST_F(VariablesTest, references_in_a_circle_are_refused_with_the_circle) {
  set(kApp, "A", "${B}", {{"expand", true}});
  set(kApp, "B", "x${C}", {{"expand", true}});
  set(kApp, "C", "${A}y", {{"expand", true}});

  EXPECT_EQ(refusal().code, "variables.cycle");
  EXPECT_THAT(refusal().message, testing::HasSubstr("A → B → C → A"));
  EXPECT_EQ(ask("PUT", kApp + "/variables/BAD", {{"value", "${not a name}"}, {"expand", true}}).status, 422);
}

TEST_F(VariablesTest, a_change_behind_a_reference_is_staged_and_nothing_else_is) {
  const auto worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  set(kProject, "HOST", "one");
  set(kApp, "URL", "http://${HOST}/", {{"expand", true}});
  set(kApp, "OTHER", "same");
  world.wait_for_state(world.deploy("hello").id, deployments::State::live);
  EXPECT_EQ(ask("GET", kApp + "/staged").body["variables"].size(), 0U);
  EXPECT_EQ(ask("GET", kApp).body["staged_changes"], 0);

  set(kProject, "HOST", "two");
  set(kApp, "OTHER", "same");

  const auto staged = ask("GET", kApp + "/staged").body["variables"];
  ASSERT_EQ(staged.size(), 2U) << staged.dump();
  EXPECT_EQ(staged[0]["name"], "HOST");
  EXPECT_EQ(staged[0]["level"], "project");
  EXPECT_EQ(staged[1]["name"], "URL");
  EXPECT_EQ(ask("GET", kApp).body["staged_changes"], 2);
}

TEST_F(VariablesTest, what_is_for_builds_alone_does_not_run) {
  const auto worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent(world, worker, {.converge = true, .build = true});
  agent.greet();
  set(kApp, "NPM_TOKEN", "for the build", {{"build_time", true}, {"run_time", false}});
  set(kApp, "GREETING", "hi", {{"build_time", true}});
  EXPECT_EQ(ask("PUT", kApp + "/variables/X", {{"value", "x"}, {"run_time", false}}).status, 422);

  const auto deployment = world.deploy("hello");
  world.wait_for_state(deployment.id, deployments::State::live);

  EXPECT_EQ(world.database.value("SELECT string_agg(name || ' ' || build_time || ' ' || run_time, ', ' ORDER BY name) "
                                 "FROM release_variables"),
            "GREETING true true, NPM_TOKEN true false");
}

TEST_F(VariablesTest, many_are_changed_at_once_after_a_look_at_the_difference) {
  set(kApp, "KEEP", "k");
  set(kApp, "CHANGE", "old");
  set(kApp, "GO", "g");
  const Json body{{"text", "KEEP=k\nCHANGE='new'\nexport FRESH=\"f\\n\"\n"}, {"replace", true}};
  auto dry = body;
  dry["dry_run"] = true;

  const auto planned = ask("PATCH", kApp + "/variables", dry);
  EXPECT_EQ(resolved(env).at("CHANGE"), "old");
  const auto done = ask("PATCH", kApp + "/variables", body);

  for (const auto& answer : {planned, done}) {
    ASSERT_EQ(answer.status, 200) << answer.text;
    std::map<std::string, std::string> changes;
    for (const auto& item : answer.body["items"]) changes[item["name"]] = item["change"];
    EXPECT_THAT(changes, testing::ElementsAre(testing::Pair("CHANGE", "changed"), testing::Pair("FRESH", "added"),
                                              testing::Pair("GO", "removed"), testing::Pair("KEEP", "same")));
  }
  EXPECT_EQ(resolved(env), (std::map<std::string, std::string>{{"CHANGE", "new"}, {"FRESH", "f\n"}, {"KEEP", "k"}}));
  const auto bad = ask("PATCH", kApp + "/variables", {{"text", "A=1\nhunter2 is the password"}});
  EXPECT_EQ(bad.status, 422);
  EXPECT_THAT(bad.text, testing::Not(testing::HasSubstr("hunter2")));
}

TEST_F(VariablesTest, a_value_is_seen_by_those_who_may_and_the_log_says_so) {
  set(kApp, "KEY", "s3cret-value");

  const auto revealed =
      ask("POST", kApp + "/variables/reveal", {{"names", {"KEY"}}}, {{"Idempotency-Key", "reveal-1"}});

  EXPECT_EQ(revealed.body["items"][0]["value"], "s3cret-value");
  EXPECT_EQ(world.database.value("SELECT object_kind || ' ' || (after->'variables' ? 'KEY') FROM audit_events WHERE "
                                 "action = 'variable.reveal'"),
            "variables true");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM idempotency_keys WHERE body LIKE '%s3cret%'"), "0");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM audit_events WHERE concat(before, after) LIKE '%s3cret%'"), "0");
  EXPECT_EQ(ask("POST", kApp + "/variables/reveal", {{"names", {"NONE"}}}).status, 404);
}

TEST_F(VariablesTest, a_row_that_is_put_back_from_a_backup_is_noticed) {
  set(kApp, "PASSWORD", "leaked");
  world.database.run("CREATE TABLE backup AS SELECT * FROM variables");
  set(kApp, "PASSWORD", "replaced");
  EXPECT_EQ(resolved(env).at("PASSWORD"), "replaced");

  world.database.run("DELETE FROM variables; INSERT INTO variables SELECT * FROM backup");

  EXPECT_EQ(refusal().code, "variables.rolled_back");
  EXPECT_EQ(ask("POST", kApp + "/deployments", Json::object()).status, 409);
  EXPECT_EQ(ask("PUT", kApp + "/variables/OTHER", {{"value", "x"}}).status, 409)
      << "what is written beside it must not make it good";
  EXPECT_EQ(ask("PATCH", kApp + "/variables", {{"text", "PASSWORD=leaked"}, {"replace", true}}).status, 200);
  EXPECT_EQ(resolved(env).at("PASSWORD"), "leaked") << "said anew, it counts";
}

/// Whoever has the whole database and our source has no secret: not in the clear, not under any key in the dump.
TEST_F(VariablesTest, a_full_dump_and_the_source_open_nothing) {
  world.enrol("host-1", {"run", "build", "edge", "registry"});
  const std::string canary = "canary-7f3a9b-secret";
  set(kApp, "A", canary);
  set(kOrg, "B", canary);
  set(kApp, "C", "${A}", {{"expand", true}});
  ask("POST", kApp + "/variables/reveal", Json::object());

  const auto dump = support::Cluster::get().run({"pg_dump", "--dbname=" + world.database.dsn()});

  ASSERT_THAT(dump, testing::HasSubstr("COPY public.variables"));
  for (const auto& form : {canary, base::hex_encode(canary), base::base64_encode(canary).substr(0, 24),
                           base::base64url_encode(canary).substr(0, 24)}) {
    EXPECT_THAT(dump, testing::Not(testing::HasSubstr(form)));
  }
  // Every 32 bytes that stand anywhere in it, in any form, tried as the key of every sealed variable.
  std::vector<std::string> keys;
  const std::regex words("[A-Za-z0-9+/_=-]{40,}");
  for (std::sregex_iterator it(dump.begin(), dump.end(), words), end; it != end; ++it) {
    const auto word = it->str();
    for (const auto& raw : {base::hex_decode(word), base::base64_decode(word), base::base64url_decode(word)}) {
      if (raw && raw->size() >= 32) keys.push_back(raw->substr(0, 32));
    }
  }
  keys.emplace_back(32, '\0');
  const auto sealed = world.database.value("SELECT value_sealed FROM variables WHERE name = 'A'");
  const auto generation = world.database.value("SELECT generation FROM variables WHERE name = 'A'");
  const crypto::ColumnContext where{"variables", "value_sealed", env.id.to_string() + "/A", std::stoull(generation)};
  EXPECT_GT(keys.size(), 10U);
  for (const auto& key : keys) {
    EXPECT_FALSE(crypto::open_column(key, where, sealed));
    for (const auto* purpose : {"data-key", "env", "fingerprint"})
      EXPECT_FALSE(crypto::open_column(crypto::purpose_key(key, purpose), where, sealed));
  }
}

TEST_F(VariablesTest, an_app_is_shown_as_it_was_and_what_changed_since) {
  set(kApp, "A", "one");
  ASSERT_EQ(ask("PATCH", kApp, {{"port", 9000}}).status, 200);
  const auto then = world.database.value(
      "SELECT to_char(max(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM audit_events");
  set(kApp, "A", "two");
  set(kApp, "B", "b");
  ASSERT_EQ(ask("PATCH", kApp, {{"port", 9100}}).status, 200);

  const auto was = ask("GET", kApp + "/history?at=" + then);
  const auto is = ask("GET", kApp + "/history");

  ASSERT_EQ(was.status, 200) << was.text;
  EXPECT_EQ(was.body["settings"]["port"], 9000);
  EXPECT_EQ(is.body["settings"]["port"], 9100);
  EXPECT_EQ(was.body["variables"].size(), 1U);
  EXPECT_EQ(is.body["variables"].size(), 2U);
  EXPECT_NE(was.body["variables"]["A"]["fingerprint"], is.body["variables"]["A"]["fingerprint"]);
  ASSERT_EQ(was.body["changes"].size(), 3U);
  EXPECT_EQ(was.body["changes"][0]["action"], "variable.set");
  EXPECT_EQ(was.body["changes"][2]["before"]["port"], 9000);
  EXPECT_EQ(was.body["changes"][2]["after"]["port"], 9100);
  EXPECT_EQ(is.body["changes"].size(), 0U);
}

TEST_F(VariablesTest, the_log_is_listed_filtered_and_read_as_a_chain) {
  set(kApp, "A", "one");
  set(kApp, "B", "two");
  world.plain([&](Tx& tx) { return world.modules.sealer.seal(tx); });

  const auto all = ask("GET", kOrg + "/audit");
  const auto some = ask("GET", kOrg + "/audit?action=variable.&object=B&actor=person&since=1h");
  const auto page = ask("GET", kOrg + "/audit?limit=1");
  const auto next = ask("GET", kOrg + "/audit?limit=1&cursor=" + page.body["next_cursor"].get<std::string>());
  const auto chain = ask("GET", kOrg + "/audit/chain");

  ASSERT_EQ(some.status, 200) << some.text;
  ASSERT_EQ(some.body["items"].size(), 1U) << some.text;
  EXPECT_EQ(some.body["items"][0]["actor"]["name"], "Operator");
  EXPECT_EQ(some.body["items"][0]["address"], "127.0.0.1");
  EXPECT_GT(some.body["items"][0]["sequence"], 0);
  EXPECT_EQ(page.body["items"][0]["id"], all.body["items"][0]["id"]);
  EXPECT_EQ(next.body["items"][0]["id"], all.body["items"][1]["id"]);
  EXPECT_EQ(chain.body["head"]["sequence"], chain.body["items"].size());
  EXPECT_EQ(ask("GET", kOrg + "/audit?since=yesterday").status, 422);
  EXPECT_EQ(ask("GET", kOrg + "/audit?cursor=x").status, 422);
}

}  // namespace
}  // namespace control_plane_test

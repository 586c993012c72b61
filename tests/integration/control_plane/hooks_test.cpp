// Deploy hooks: secret addresses that start deployments, and how often they may be called.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "common/base/guarded.hpp"
#include "common/log/log.hpp"
#include "tests/integration/control_plane/agent.hpp"
#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;
using Headers = std::vector<std::pair<std::string, std::string>>;

const std::string kCommit(40, 'a');

struct HooksTest : testing::Test {
  HooksTest() { world.create_app("hello"); }

  Said ask(const std::string& method, const std::string& rest, const std::string& body = "") {
    return people.ask(owner, method, apps + rest, body);
  }
  /// The path of a new hook's address.
  std::string make(const std::string& app = "hello", const std::string& body = R"({"name":"ci"})") {
    const auto said = ask("POST", app + "/hooks", body);
    EXPECT_EQ(said.status, 201) << said.body;
    const auto url = Json::parse(said.body).at("url").get<std::string>();
    EXPECT_TRUE(url.starts_with("http://localhost:7070/hooks/deploy/wh_hook_")) << url;
    return url.substr(std::string("http://localhost:7070").size());
  }
  std::string id_of_newest() { return value("SELECT id FROM deploy_hooks ORDER BY created_at DESC, id DESC LIMIT 1"); }
  /// As a program calls it: without any credential.
  Said call(const std::string& path, const std::string& body = "", Headers more = {}) {
    return people.ask({"program", {}, {}}, "POST", path, body, std::move(more));
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }
  std::string deployments() { return value("SELECT count(*) FROM deployments"); }
  std::string last_event() {
    return value(
        "SELECT action || ' ' || actor_kind || ' ' || coalesce(actor_name, '-') FROM audit_events "
        "ORDER BY id DESC LIMIT 1");
  }

  World world;
  People people{world};
  Caller owner = people.operator_();
  const std::string apps = "/api/v1/orgs/default/apps/";
};

TEST_F(HooksTest, a_call_deploys_the_branch_says_which_deployment_it_is_and_who_called_is_known) {
  const auto path = make();

  const auto said = call(path);

  ASSERT_EQ(said.status, 202) << said.body;
  const auto made = Json::parse(said.body);
  EXPECT_EQ(made.at("number"), 1);
  EXPECT_EQ(made.at("app"), "hello");
  EXPECT_EQ(made.at("state"), "queued");
  EXPECT_EQ(value("SELECT trigger || ' ' || branch || ' ' || coalesce(commit_id, '-') || ' ' || created_by FROM "
                  "deployments WHERE id = '" +
                  made.at("id").get<std::string>() + "'"),
            "webhook main - ci");
  EXPECT_EQ(last_event(), "deploy_hook.deploy hook ci");
  EXPECT_EQ(value("SELECT address FROM audit_events WHERE action = 'deploy_hook.deploy'"), "127.0.0.1");
  const auto listed = Json::parse(ask("GET", "hello/hooks").body).at("items").at(0);
  EXPECT_EQ(listed.at("last_used_from"), "127.0.0.1");
  EXPECT_TRUE(listed.at("last_used_at").is_string());
  EXPECT_EQ(listed.at("created_by"), "Operator");
}

struct HookToLiveTest : HooksTest {
  HookToLiveTest() {
    agent.greet();
    agent.barrier();
  }
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent{world, worker, {.converge = true, .build = true}};
};

TEST_F(HookToLiveTest, what_it_starts_becomes_live) {
  const auto said = call(make());

  ASSERT_EQ(said.status, 202) << said.body;
  const auto id = Json::parse(said.body).at("id").get<std::string>();
  world.wait_for_state(*base::DeploymentId::parse(id), deployments::State::live);
}

TEST_F(HooksTest, a_commit_comes_in_the_address_or_the_body_and_is_a_whole_id) {
  const auto path = make();

  EXPECT_EQ(call(path + "?commit=" + kCommit).status, 202);
  EXPECT_EQ(call(path, R"({"commit":")" + kCommit + R"("})").status, 202);
  EXPECT_EQ(value("SELECT count(*) FROM deployments WHERE commit_id = '" + kCommit + "'"), "2");

  for (const auto* commit : {"main", "abc", "--upload-pack=x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_EQ(call(path + "?commit=" + commit).code(), "source.commit") << commit;
    EXPECT_EQ(call(path, std::string(R"({"commit":")") + commit + R"("})").code(), "source.commit") << commit;
  }
  EXPECT_EQ(call(path, R"({"commit":7})").status, 422);
  EXPECT_EQ(call(path, "{").status, 400);
  EXPECT_EQ(deployments(), "2");
  EXPECT_EQ(last_event(), "deploy_hook.deploy.refused hook ci");
}

TEST_F(HooksTest, of_what_a_forge_sends_pushes_to_the_branch_deploy_and_nothing_else_does) {
  const auto path = make();
  const auto push = [](const std::string& ref) {
    return R"({"ref":")" + ref + R"(","after":")" + kCommit +
           R"(","commits":[{"id":"x","added":["a"],"author":{"name":"Ada"}}],"repository":{"id":7}})";
  };
  const auto skipped = [&](const std::string& body, Headers headers) {
    const auto said = call(path, body, std::move(headers));
    EXPECT_EQ(said.status, 200) << said.body;
    EXPECT_THAT(said.body, HasSubstr("skipped"));
  };

  skipped(R"({"zen":"Keep it.","hook_id":1})", {{"X-GitHub-Event", "ping"}});
  skipped(push("refs/heads/feature"), {{"X-GitHub-Event", "push"}});
  skipped(push("refs/tags/main"), {{"X-Gitea-Event", "push"}});
  skipped(R"({"object_kind":"pipeline","ref":"main","commit":{"id":"x"}})", {{"X-Gitlab-Event", "Pipeline Hook"}});
  EXPECT_EQ(deployments(), "0");

  EXPECT_EQ(call(path, push("refs/heads/main"), {{"X-GitHub-Event", "push"}}).status, 202);
  EXPECT_EQ(call(path, push("refs/heads/main"), {{"X-Gitea-Event", "push"}}).status, 202);
  EXPECT_EQ(call(path, push("refs/heads/main"), {{"X-Gitlab-Event", "Push Hook"}}).status, 202);
}

TEST_F(HooksTest, githubs_form_is_read_like_its_json_and_a_form_of_others_is_not_looked_at) {
  const auto path = make();
  const auto form = [&](const std::string& body, Headers headers) {
    headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return call(path, body, std::move(headers));
  };

  const auto elsewhere = form("payload=%7B%22ref%22%3A%22refs%2Fheads%2Ffeature%22%7D", {{"X-GitHub-Event", "push"}});
  EXPECT_EQ(elsewhere.status, 200) << elsewhere.body;
  EXPECT_EQ(form("payload=%7B%7D", {{"X-GitHub-Event", "push"}}).status, 200) << "of which branch it does not say";
  EXPECT_EQ(form("payload=%7", {{"X-GitHub-Event", "push"}}).status, 400);
  EXPECT_EQ(deployments(), "0");

  EXPECT_EQ(form("payload=%7B%22ref%22%3A%22refs%2Fheads%2Fmain%22%7D", {{"X-GitHub-Event", "push"}}).status, 202);
  EXPECT_EQ(form("100%", {}).status, 202) << "what curl -d sends";
}

TEST_F(HooksTest, of_bitbucket_pushes_to_the_branch_deploy_one_of_several_too_and_the_same_delivery_once) {
  const auto path = make();
  const auto cloud = [&](const std::string& changes, Headers more = {}) {
    more.emplace_back("X-Event-Key", "repo:push");
    return call(path, R"({"push":{"changes":[)" + changes + R"(]},"repository":{"full_name":"a/b"}})", std::move(more));
  };
  const auto server = [&](const std::string& changes) {
    return call(path, R"({"eventKey":"repo:refs_changed","changes":[)" + changes + "]}",
                {{"X-Event-Key", "repo:refs_changed"}});
  };
  const std::string main = R"({"old":null,"new":{"type":"branch","name":"main","target":{"hash":"x"}}})";
  EXPECT_EQ(cloud(R"({"new":{"type":"branch","name":"feature"}})").status, 200);
  EXPECT_EQ(cloud(R"({"new":{"type":"tag","name":"main"}})").status, 200);
  EXPECT_EQ(cloud(R"({"old":{"type":"branch","name":"main"},"new":null})").status, 200) << "it was deleted";
  EXPECT_EQ(cloud("").status, 200);
  EXPECT_EQ(server(R"({"ref":{"id":"refs/heads/feature"},"type":"UPDATE"})").status, 200);
  EXPECT_EQ(server(R"({"ref":{"id":"refs/heads/main"},"type":"DELETE"})").status, 200);
  EXPECT_EQ(deployments(), "0");

  EXPECT_EQ(cloud(main).status, 202);
  EXPECT_EQ(cloud(R"({"new":{"type":"branch","name":"feature"}},)" + main).status, 202);
  EXPECT_EQ(server(R"({"ref":{"id":"refs/heads/main"},"type":"UPDATE"})").status, 202);
  EXPECT_EQ(cloud(main, {{"X-Request-UUID", "d-1"}}).status, 202);
  EXPECT_EQ(cloud(main, {{"X-Request-UUID", "d-1"}}).status, 202);
  EXPECT_EQ(deployments(), "4");
}

TEST_F(HooksTest, AZ_09_a_pull_request_of_any_forge_and_any_origin_builds_nothing) {
  const auto path = make();
  const std::string github = R"({"action":"opened","number":1,"pull_request":{"head":{"ref":"main","sha":")" + kCommit +
                             R"(","repo":{"fork":true,"full_name":"mallory/app"}},"base":{"ref":"main"}}})";
  const std::string gitlab =
      R"({"object_kind":"merge_request","object_attributes":{"action":"open","source_branch":"main",)"
      R"("target_branch":"main","last_commit":{"id":")" +
      kCommit + R"("},"source":{"namespace":"mallory"}}})";
  const std::string gitlab_note =
      R"({"object_kind":"note","commit":{"id":"x"},"merge_request":{"target_branch":"main"}})";
  const std::string cloud = R"({"pullrequest":{"source":{"branch":{"name":"main"},"commit":{"hash":"x"}},)"
                            R"("destination":{"branch":{"name":"main"}}}})";
  const std::string server =
      R"({"eventKey":"pr:opened","pullRequest":{"fromRef":{"id":"refs/heads/main"},"toRef":{"id":"refs/heads/main"}}})";
  const std::string azure = R"({"eventType":"git.pullrequest.created","resource":{"sourceRefName":"refs/heads/main"}})";
  struct Sent {
    std::string body;
    Headers headers;
  };
  std::vector<Sent> sent = {
      {github, {{"X-GitHub-Event", "pull_request"}}},
      {github, {{"X-GitHub-Event", "pull_request_review"}}},
      {github,
       {{"X-Gitea-Event", "pull_request"}, {"X-GitHub-Event", "pull_request"}, {"X-Gogs-Event", "pull_request"}}},
      {github, {{"X-Forgejo-Event", "pull_request_sync"}, {"X-GitHub-Event", "push"}}},
      {gitlab, {{"X-Gitlab-Event", "Merge Request Hook"}}},
      {gitlab_note, {{"X-Gitlab-Event", "Note Hook"}}},
      {cloud, {{"X-Event-Key", "pullrequest:created"}}},
      {cloud, {{"X-Event-Key", "pullrequest:updated"}}},
      {server, {{"X-Event-Key", "pr:opened"}}},
  };
  for (const auto& body : {github, gitlab, gitlab_note, cloud, server, azure}) sent.push_back({body, {}});
  for (const auto* ref : {"refs/pull/1/head", "refs/pull/1/merge", "refs/merge-requests/1/head"}) {
    const auto push = std::string(R"({"ref":")") + ref + R"(","after":")" + kCommit + R"("})";
    sent.push_back({push, {{"X-GitHub-Event", "push"}}});
    sent.push_back({push, {{"X-Gitlab-Event", "Push Hook"}}});
    sent.push_back({push, {}});
  }

  for (const auto& [body, headers] : sent) {
    const auto said = call(path, body, headers);
    EXPECT_EQ(said.status, 200) << (headers.empty() ? "" : headers.front().second) << " " << body << said.body;
    EXPECT_THAT(said.body, HasSubstr("skipped")) << body;
  }
  const auto form = call(path, "payload=%7B%22pull_request%22%3A%7B%7D%2C%22ref%22%3A%22refs%2Fheads%2Fmain%22%7D",
                         {{"X-GitHub-Event", "push"}, {"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(form.status, 200) << form.body;
  EXPECT_EQ(deployments(), "0");
  EXPECT_EQ(value("SELECT count(*) FROM jobs"), "0");
}

TEST_F(HooksTest, the_same_delivery_twice_deploys_once) {
  const auto path = make();
  for (const auto* header : {"Idempotency-Key", "X-GitHub-Delivery", "X-Gitea-Delivery"}) {
    const Headers delivery{{header, std::string("d-") + header}};
    const auto first = call(path, "", delivery);
    ASSERT_EQ(first.status, 202) << first.body;
    EXPECT_EQ(call(path, "", delivery).body, first.body) << header;
    EXPECT_EQ(call(path, R"({"commit":")" + kCommit + R"("})", delivery).code(), "idempotency.reused") << header;
  }
  EXPECT_EQ(deployments(), "3");
  EXPECT_EQ(call(make("hello", R"({"name":"other"})"), "", {{"Idempotency-Key", "d-Idempotency-Key"}}).status, 202)
      << "another hook has keys of its own";
}

TEST_F(HooksTest, unknown_revoked_and_expired_ones_get_one_answer_and_are_events) {
  const auto revoked = make();
  EXPECT_EQ(ask("DELETE", "hello/hooks/" + id_of_newest()).status, 204);
  EXPECT_EQ(last_event(), "deploy_hook.revoke person Operator");
  const auto expired = make("hello", R"({"name":"short","days":1})");
  world.clock.advance(std::chrono::hours(25));
  const auto shown = [](Said said) {
    auto body = Json::parse(said.body);
    body.erase("request_id");
    return std::to_string(said.status) + body.dump();
  };

  const auto answer = shown(call("/hooks/deploy/wh_hook_nothing"));
  EXPECT_EQ(last_event(), "deploy_hook.deploy.refused nobody -");

  EXPECT_TRUE(answer.starts_with("404")) << answer;
  EXPECT_EQ(shown(call(revoked)), answer);
  EXPECT_EQ(last_event(), "deploy_hook.deploy.refused hook ci");
  EXPECT_EQ(shown(call(expired)), answer);
  EXPECT_EQ(last_event(), "deploy_hook.deploy.refused hook short");
  EXPECT_EQ(shown(call(revoked, "{")), answer) << "what it would have read is not looked at";
  EXPECT_EQ(shown(call("/hooks/deploy/" + std::string(3000, 'x'))), answer);
  EXPECT_EQ(deployments(), "0");
  EXPECT_EQ(Json::parse(ask("GET", "hello/hooks").body).at("items").size(), 1U) << "an expired one is still shown";
}

TEST_F(HooksTest, who_knows_no_address_does_not_fill_the_log) {
  world.clock.hold();
  call("/hooks/deploy/nothing");
  const auto noted = value("SELECT count(*) FROM audit_events");
  while (world.modules.rate_limits.take("hook-refused:nobody", {60, 60})) continue;

  EXPECT_EQ(call("/hooks/deploy/nothing").status, 404);

  EXPECT_EQ(value("SELECT count(*) FROM audit_events"), noted);
}

TEST_F(HooksTest, LIM_03_the_sixty_first_call_of_an_address_in_a_minute_is_429_and_is_told_when_to_come_back) {
  const auto path = make();
  ASSERT_EQ(call(path).status, 202);
  world.clock.hold();
  for (int i = 0; i < 59; ++i) ASSERT_EQ(call("/hooks/deploy/wh_hook_wrong").status, 404) << i;

  const auto refused = call(path);

  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "rate.hook");
  EXPECT_THAT(refused.head, HasSubstr("\r\nRetry-After: 1\r\n"));
  EXPECT_THAT(refused.head, HasSubstr("\r\nRateLimit-Limit: 60\r\n"));
  EXPECT_THAT(refused.head, HasSubstr("\r\nRateLimit-Remaining: 0\r\n"));
  EXPECT_THAT(refused.head, HasSubstr("\r\nRateLimit-Reset: 60\r\n"));
  EXPECT_EQ(deployments(), "1");
  EXPECT_TRUE(world.modules.hook_routes.limits.take("hook:203.0.113.7", {60, 60})) << "others are not limited by it";
}

TEST_F(HooksTest, LIM_03_instances_that_share_a_database_share_the_measure) {
  const auto path = make();
  world.clock.hold();
  world.plain([&](Tx& tx) {
    api::RateLimits other(world.clock);
    for (int i = 0; i < 60; ++i) EXPECT_TRUE(other.take("hook:127.0.0.1", {60, 60}));
    api::share_usage(tx, other, other.take_usage());
    return true;
  });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(call("/hooks/deploy/wh_hook_wrong").status, 404);
  world.plain([&](Tx& tx) {
    api::share_usage(tx, world.modules.rate_limits, world.modules.rate_limits.take_usage());
    return true;
  });

  EXPECT_EQ(call(path).status, 429);
}

TEST_F(HooksTest, the_secret_part_is_kept_nowhere_and_stands_in_no_log) {
  base::Guarded<std::string> lines;
  logging::capture([&](const std::string& line) { lines.with([&](std::string& all) { all += line + "\n"; }); });
  world.modules.hook_routes.log_requests = true;
  const auto path = make();
  const auto token = path.substr(path.rfind('/') + 1);
  call(path, "", {{"Idempotency-Key", "k"}});
  call(path, "", {{"Referer", "https://ci.example/"}});
  call(path, "{");
  ask("DELETE", "hello/hooks/" + id_of_newest());
  call(path);
  logging::capture({});

  const auto secret = token.substr(16);
  const auto written = lines.with([](const std::string& all) { return all; });
  EXPECT_THAT(written, HasSubstr("\"path\":\"/hooks/deploy/…\""));
  EXPECT_THAT(written, Not(HasSubstr(secret)));
  const auto tables = value(
      "SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace");
  std::istringstream names(tables);
  int looked_at = 0;
  for (std::string table; names >> table; ++looked_at) {
    EXPECT_EQ(value("SELECT count(*) FROM " + table + " t WHERE t::text LIKE '%" + secret + "%'"), "0") << table;
  }
  EXPECT_GT(looked_at, 30);
  EXPECT_THAT(ask("GET", "hello/hooks").body, Not(HasSubstr(secret)));
}

TEST_F(HooksTest, the_address_takes_posts_only_from_anywhere_and_opens_nothing_else) {
  const auto path = make();
  const auto token = path.substr(path.rfind('/') + 1);
  for (const auto* method : {"GET", "HEAD", "PUT", "DELETE"}) {
    const auto said = people.ask({"program", {}, {}}, method, path);
    EXPECT_EQ(said.status, 405) << method;
    EXPECT_THAT(said.head, HasSubstr("\r\nAllow: POST, OPTIONS\r\n"));
  }
  const auto from_a_page = call(path, "", {{"Origin", "https://elsewhere.example"}, {"Sec-Fetch-Site", "cross-site"}});
  EXPECT_EQ(from_a_page.status, 202) << "the address is all that counts: there is no cookie to borrow";
  EXPECT_THAT(from_a_page.head, Not(HasSubstr("Access-Control-Allow")));
  EXPECT_THAT(from_a_page.head, HasSubstr("Cache-Control: no-store"));
  EXPECT_EQ(people.ask({"program", {}, {{"Authorization", "Bearer " + token}}}, "GET", apps + "hello").status, 401);
  EXPECT_EQ(call(path, std::string((1U << 20U) + 1, ' ')).status, 413);
}

TEST_F(HooksTest, a_token_makes_none_and_twenty_of_an_environment_are_enough) {
  const auto token = people.token(owner, "admin");
  const auto refused = people.ask(token, "POST", apps + "hello/hooks", R"({"name":"ci"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "deploy_hook.by_token");
  for (const auto* body : {R"({"name":""})", R"({"name":"a\nb"})", R"({"name":"ci","days":0})",
                           R"({"name":"ci","days":367})", R"({"name":"ci","scope":"admin"})"}) {
    EXPECT_EQ(ask("POST", "hello/hooks", body).status, 422) << body;
  }
  for (int i = 0; i < 20; ++i) make();
  EXPECT_EQ(ask("POST", "hello/hooks", R"({"name":"ci"})").code(), "deploy_hook.too_many");
  EXPECT_EQ(ask("DELETE", "hello/hooks/" + id_of_newest()).status, 204);
  make();
}

TEST_F(HooksTest, it_goes_on_when_its_maker_leaves_and_waits_while_automatic_deploys_are_paused) {
  const auto member = people.person("Ada", "default", "member");
  const auto made = people.ask(member, "POST", apps + "hello/hooks", R"({"name":"ci"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto path =
      Json::parse(made.body).at("url").get<std::string>().substr(std::string("http://localhost:7070").size());
  world.database.run("DELETE FROM memberships WHERE person_id = '" + member.person.to_string() + "'");
  world.database.run("UPDATE people SET disabled_at = now() WHERE id = '" + member.person.to_string() + "'");
  EXPECT_EQ(call(path).status, 202);
  EXPECT_THAT(ask("GET", "hello/hooks").body, HasSubstr("\"created_by\":\"Ada\""));

  world.database.run("UPDATE app_environments SET automatic_deploys_paused = true");
  const auto paused = call(path);
  EXPECT_EQ(paused.status, 409);
  EXPECT_EQ(paused.code(), "app.automatic_deploys_paused");
}

TEST_F(HooksTest, it_deploys_its_environment_alone_and_goes_with_it) {
  ASSERT_EQ(
      people.ask(owner, "POST", "/api/v1/orgs/default/projects/default/environments", R"({"name":"staging"})").status,
      201);
  ASSERT_EQ(ask("POST", "hello/environments", R"({"environment":"staging"})").status / 100, 2);
  const auto path = make("hello@staging");

  EXPECT_EQ(Json::parse(call(path).body).at("app"), "hello@staging");
  EXPECT_EQ(Json::parse(ask("GET", "hello/hooks").body).at("items").size(), 0U);
  EXPECT_EQ(ask("DELETE", "hello/hooks/" + id_of_newest()).status, 404) << "of another environment";

  EXPECT_EQ(ask("DELETE", "hello?now=true").status, 202);
  EXPECT_EQ(call(path).code(), "app.deleting");
  world.until("it is erased", [&] { return value("SELECT count(*) FROM app_environments") == "0"; });
  EXPECT_EQ(value("SELECT count(*) FROM deploy_hooks"), "0");
  EXPECT_EQ(call(path).code(), "deploy_hook.not_found");
}

}  // namespace
}  // namespace control_plane_test

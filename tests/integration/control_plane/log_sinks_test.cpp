#include <nlohmann/json.hpp>
#include <random>

#include "common/base/bytes.hpp"
#include "common/crypto/random.hpp"
#include "common/http_client/client.hpp"
#include "common/log/log.hpp"
#include "tests/integration/control_plane/agent.hpp"

// SEC-12 and LOG-06: the lines that the control plane writes, with every level on.
namespace control_plane_test {
namespace {

using Json = nlohmann::json;

/// Everything that is logged while it lives.
class LogCapture {
 public:
  LogCapture() {
    logging::init({.process = "test", .level = logging::Level::debug, .file = {}});
    logging::capture([this](const std::string& line) { lines_.with([&](auto& all) { all.push_back(line); }); });
  }
  ~LogCapture() {
    logging::capture({});
    logging::init({.process = "test", .level = logging::Level::info, .file = {}});
  }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::vector<std::string> lines() const {
    return lines_.with([](const auto& all) { return all; });
  }
  std::vector<Json> events(const std::string& name) const {
    std::vector<Json> found;
    for (const auto& line : lines()) {
      auto event = Json::parse(line);
      if (event.at("event") == name) found.push_back(std::move(event));
    }
    return found;
  }

 private:
  base::Guarded<std::vector<std::string>> lines_;
};

struct LogSinksTest : testing::Test {
  LogSinksTest()
      : api({.routes = &table,
             .pool = &world.pool,
             .doors = world.modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit =
                 [this](Tx& tx, const auth::Call& call, const std::string& action, const api::Effect& effect) {
                   world.modules.audit.record(
                       tx, call, {action, effect.object_kind, effect.object_id, effect.before, effect.after});
                 },
             .log_requests = true}) {
    world.create_app("victim");
    world.modules.add_api_routes(api);
    port = world.server.listen(std::move(table));
  }

  int ask(const std::string& method, const std::string& target, const std::string& body = "",
          http_client::Headers headers = {}) {
    headers.emplace_back("Cookie", "wh_session=" + world.session_token);
    headers.emplace_back("X-WH-CSRF", "1");
    if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
    http_client::Client client(world.server.executor(), http_client::Endpoint::tcp("127.0.0.1", port), world.clock);
    const auto answer = world.server.run(client.send(
        {.method = method, .target = target, .headers = std::move(headers), .body = body}, world.server.soon()));
    return answer ? answer->status : 0;
  }
  /// All places where people or programs look for what happened.
  std::string everything_written(const LogCapture& log) const {
    std::string all;
    for (const auto& line : log.lines()) all += line + "\n";
    for (const std::string table_name : {"audit_events", "feed", "deployments", "idempotency_keys"}) {
      all += world.database.value("SELECT coalesce(string_agg(t::text, ' '), '') FROM " + table_name + " t");
    }
    return all;
  }
  static std::vector<std::string> forms(const std::string& secret) {
    return {secret, base::base64_encode(secret), base::base64url_encode(secret), base::hex_encode(secret),
            Json(secret).dump(-1, ' ', false, Json::error_handler_t::replace)};
  }

  World world;
  http::RouteTable table;
  api::Api api;
  std::uint16_t port{0};
};

TEST_F(LogSinksTest, log_06_each_api_request_is_one_line_with_who_what_and_how_long) {
  const LogCapture log;

  EXPECT_EQ(ask("GET", "/api/v1/orgs/default/apps/victim?limit=5&x=canary-in-the-query"), 200);
  EXPECT_EQ(ask("PATCH", "/api/v1/orgs/default/apps/victim", R"({"port":0})", {{"X-Request-Id", "mine-1"}}), 422);

  const auto lines = log.events("api.request");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("method"), "GET");
  EXPECT_EQ(lines[0].at("path"), "/api/v1/orgs/default/apps/victim");
  EXPECT_EQ(lines[0].at("status"), 200);
  EXPECT_EQ(lines[0].at("person"), world.sign_in().actor.person.to_string());
  EXPECT_TRUE(lines[0].at("took_ms").is_number_integer());
  EXPECT_EQ(lines[1].at("status"), 422);
  EXPECT_EQ(lines[1].at("request"), "mine-1");
  for (const auto& line : log.lines()) EXPECT_EQ(line.find("canary-in-the-query"), std::string::npos) << line;
}

TEST_F(LogSinksTest, log_07_what_people_tokens_and_workers_did_is_a_line_once_it_is_committed) {
  const LogCapture log;
  const std::string variable = "/api/v1/orgs/default/apps/victim/variables/NAME";

  EXPECT_EQ(ask("PUT", variable, R"({"value":"canary-in-the-value"})", {{"X-Request-Id", "mine-2"}}), 200);
  ask("PUT", variable, R"({"value":1})");
  const auto worker = world.enrol("host-1", {"run"});

  std::map<std::string, Json> events;
  for (const auto& event : log.events("audit.event")) events[event.at("action")] = event;
  ASSERT_TRUE(events.contains("variable.set"));
  EXPECT_EQ(events["variable.set"].at("actor"), world.sign_in().actor.person.to_string());
  EXPECT_EQ(events["variable.set"].at("organization"), world.sign_in().organization().to_string());
  EXPECT_EQ(events["variable.set"].at("request"), "mine-2");
  EXPECT_TRUE(events.contains("variable.set.refused"));
  EXPECT_TRUE(events.contains("worker.register")) << Json(events).dump();
  for (const auto& line : log.lines()) EXPECT_EQ(line.find("canary-in-the-value"), std::string::npos) << line;
}

TEST_F(LogSinksTest, log_07_signing_in_and_out_and_what_is_done_with_tokens_are_lines_with_who) {
  const LogCapture log;
  const auto person = world.sign_in().actor.person.to_string();
  const auto link = world.plain([&](Tx& tx) { return world.modules.identity.make_setup_token(tx); });

  EXPECT_EQ(ask("POST", "/api/v1/setup", Json{{"token", link}}.dump()), 200);
  EXPECT_EQ(ask("POST", "/api/v1/me/tokens", R"({"name":"ci","scope":"read"})"), 201);
  const auto token = world.database.value("SELECT id FROM tokens");
  EXPECT_EQ(ask("DELETE", "/api/v1/me/tokens/" + token), 204);
  EXPECT_EQ(ask("DELETE", "/api/v1/session"), 204);

  std::map<std::string, Json> events;
  for (const auto& event : log.events("audit.event")) events[event.at("action")] = event;
  for (const auto* action : {"session.open", "token.create", "token.revoke", "session.close"}) {
    ASSERT_TRUE(events.contains(action)) << action << " in " << Json(events).dump();
    EXPECT_EQ(events[action].at("actor"), action == std::string("session.open") ? "" : person) << action;
  }
  EXPECT_EQ(events["session.open"].at("object"),
            world.database.value("SELECT id FROM sessions ORDER BY created_at DESC, id DESC LIMIT 1"))
      << "before it there is nobody";
}

TEST_F(LogSinksTest, a_line_of_the_log_is_one_line_whatever_was_asked) {
  const LogCapture log;

  ask("GET", "/api/v1/orgs/default/apps/a%E2%80%AE%22%7D%5C");

  for (const auto& line : log.lines()) {
    EXPECT_EQ(std::ranges::count(line, '\n'), line.ends_with('\n') ? 1 : 0);
    EXPECT_FALSE(Json::parse(line, nullptr, false).is_discarded()) << line;
  }
}

/// Random secrets at every place where a secret can come in, good and bad; none is found in any log or record.
TEST_F(LogSinksTest, sec_12_no_secret_reaches_a_log_an_audit_event_or_the_feed) {
  const LogCapture log;
  std::vector<std::string> secrets{world.session_token};
  const auto secret = [&] {
    secrets.push_back("s3cr3t" + base::hex_encode(crypto::random_bytes(16)));
    return secrets.back();
  };
  const std::string apps = "/api/v1/orgs/default/apps";

  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask("PUT", apps + "/victim/variables/SECRET_" + std::to_string(i), Json{{"value", secret()}}.dump()),
              200);
    ask("PUT", apps + "/victim/variables/1BAD", Json{{"value", secret()}}.dump());
    ask("PUT", apps + "/victim/variables/SECRET", Json{{"value", secret()}, {"typo", secret()}}.dump());
    ask("PUT", apps + "/victim/variables/SECRET", "{\"value\":\"" + secret() + "\"");
    ask("POST", apps,
        Json{{"name", "x"}, {"source", {{"git_url", "https://u:" + secret() + "@example.com/a"}}}}.dump());
    ask("GET", apps + "?token=" + secret() + "&cursor=" + secret());
    ask("GET", apps, "", {{"Authorization", "Bearer " + secret()}, {"X-Api-Key", secret()}});
    ask("POST", "/api/v1/setup", Json{{"token", secret()}}.dump());
  }
  const auto enrolment = world.tx([&](Tx& t) { return world.modules.registration.make_token(t, "host-9", "test"); });
  secrets.push_back(enrolment->token);
  const auto worker = world.enrol("host-1", {"run"});
  secrets.insert(secrets.end(), {worker.api_key, worker.token, worker.mac_root});
  {
    Agent agent(world, worker);
    agent.greet();
    agent.expect("hello");
    agent.barrier();
    agent.send_raw("short");
    agent.closed();
  }
  upgrade(world, {.authorization = "Bearer " + secret(), .nonce = base::base64url_encode(crypto::random_bytes(32))});
  world.hub_request("/v1/workers/register", json::encode(registration(secret(), {"run"})));
  world.hub_request("/v1/workers/refresh-token", secret(), {{"X-WH-Signature", secret()}});
  world.deploy("victim");
  world.settle();

  const auto written = everything_written(log);
  EXPECT_GT(log.lines().size(), 50U);
  for (const auto& one : secrets) {
    for (const auto& form : forms(one)) EXPECT_EQ(written.find(form), std::string::npos) << form;
  }
}

}  // namespace
}  // namespace control_plane_test

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/integration/control_plane/people.hpp"
#include "tests/integration/http/raw_client.hpp"

// LIM-10, SECURITY A and K as a class: strings that attack whatever reads them, and bodies that are no JSON or not the
// JSON that was asked for, in every place of every route. Nothing fails on our side, nothing is executed, nothing of
// the inside is told, and every table is there after it.
namespace control_plane_test {
namespace {

using Json = nlohmann::json;

/// Payloads of the class, whatever reads them: shells, SQL, option parsers, paths, logs, templates, formats. What gets
/// through to SQL calls wh_canary(), which leaves a row.
const std::vector<std::string> kCorpus{
    "'; curl http://10.50.0.1/x; #",
    "$(touch /tmp/wh-canary)",
    "`touch /tmp/wh-canary`",
    "x\"; touch /tmp/wh-canary; \"",
    "--upload-pack=touch /tmp/wh-canary",
    "-oProxyCommand=touch /tmp/wh-canary",
    "a\nid\r\nSet-Cookie: canary=1",
    "a & touch /tmp/wh-canary | id",
    "'; DROP TABLE apps; --",
    "' OR '1'='1",
    "\\'; SELECT wh_canary(); --",
    "' || wh_canary()::text || '",
    "1) UNION SELECT wh_canary()::text, NULL, NULL -- -",
    "{\"a\": wh_canary()}'::jsonb -- %",
    "../../../../etc/passwd",
    "%2e%2e%2fetc%2fpasswd",
    "{{7*7}}${7*7}%s%n",
    "<script>alert(1)</script>",
    "admin\xc2\x80\xe2\x80\xae",
    "ends with a backslash\\",
    std::string(300, 'a'),
};

/// Bodies that are no JSON, or JSON that our parser refuses.
const std::vector<std::string> kNoJson{
    "{",
    "]",
    "\"",
    "{\"a\":}",
    "{\"a\":1,}",
    "{'a':1}",
    "{\"a\":NaN}",
    "{\"a\":01}",
    "{\"a\":\"\xff\xfe\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\u0000\"} {}",
    "\xef\xbb\xbf{}",
    std::string(5'000, '['),
    std::string("\0{}", 3),
};

/// Values that are never what a member wants, or rarely.
const std::vector<std::string> kOtherTypes{"null", "[[]]", "{\"a\":{}}", "1e308", "-9223372036854775808",
                                           "\"\"", "true"};

struct CorpusTest : testing::Test {
  CorpusTest()
      : api({.routes = &table,
             .pool = &world.pool,
             .doors = world.modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit = {}}) {
    world.create_app("victim");
    world.modules.add_api_routes(api);
    world.database.run("CREATE TABLE canary_calls (at timestamptz NOT NULL DEFAULT now())");
    world.database.run(
        "CREATE FUNCTION wh_canary() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO canary_calls "
        "DEFAULT "
        "VALUES; SELECT 1'");
  }
  std::string count(const std::string& table_name) const {
    return world.database.value("SELECT count(*) FROM " + table_name);
  }

  static std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
      char piece[4];
      std::snprintf(piece, sizeof piece, "%%%02X", static_cast<unsigned char>(c));
      out += piece;
    }
    return out;
  }
  static std::string fill(std::string pattern, const std::string& name, const std::string& value) {
    const std::map<std::string, std::string> usual{{"org", "default"},
                                                   {"app", "victim"},
                                                   {"name", "SOME"},
                                                   {"release", "1"},
                                                   {"deployment", "01900000-0000-7000-8000-000000000001"}};
    for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{')) {
      const auto close = pattern.find('}', open);
      const auto key = pattern.substr(open + 1, close - open - 1);
      const auto known = usual.find(key);
      pattern.replace(open, close - open + 1, key == name ? value : known == usual.end() ? "x" : known->second);
    }
    return pattern;
  }
  /// A body of this schema in which each text is the payload.
  static Json body(const Json& schema, const std::string& payload) {
    const auto type = schema.value("type", "");
    if (type == "object" || schema.contains("properties")) {
      Json object = Json::object();
      for (const auto& [name, member] : schema.value("properties", Json::object()).items()) {
        object[name] = body(member, payload);
      }
      return object;
    }
    if (type == "array") return Json::array({body(schema.value("items", Json::object()), payload)});
    if (type == "integer" || type == "number") return 1;
    if (type == "boolean") return false;
    return payload;
  }
  /// Every member of the schema with this value.
  static std::string members(const Json& schema, const std::string& value) {
    std::string text = "{";
    for (const auto& [name, member] : schema.value("properties", Json::object()).items())
      text += (text.size() > 1 ? "," : "") + Json(name).dump() + ":" + value;
    return text + "}";
  }

  /// Of an answer that does not end, and of a socket, its head.
  Said ask(const http::Route& route, const std::string& path, const std::string& text = "") {
    ++asked;
    std::string request =
        std::string(http::to_string(route.method())) + " " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    for (const auto& [name, value] : caller.headers) {
      if (!route.is_upgrade() || name != "X-WH-CSRF") request += name + ": " + value + "\r\n";
    }
    if (route.is_upgrade()) {
      request +=
          "Origin: http://localhost:7070\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
          "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    }
    if (!text.empty())
      request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(text.size()) + "\r\n";
    request += "\r\n" + text;
    const auto& pattern = route.pattern();
    const bool endless = route.is_upgrade() || pattern.ends_with("/stream") || pattern.ends_with("/feed");
    return endless ? head_of(request) : answer_of(request);
  }
  Said head_of(const std::string& request) {
    http_test::RawClient alone(world.api_port());
    alone.send(request);
    Said said;
    said.head = alone.read_until("\r\n\r\n");
    if (said.head.size() > 12) said.status = std::stoi(said.head.substr(9, 3));
    return said;
  }
  Said answer_of(const std::string& request) {
    if (!client) client.emplace(world.api_port());
    client->send(request);
    const auto answer = client->read_response();
    if (answer.status == 0 || answer.headers.contains("connection")) client.reset();
    return {.status = answer.status, .head = {}, .body = answer.body};
  }
  static void expect_nothing_of_the_inside(const Said& said, const std::string& where) {
    EXPECT_TRUE(said.status >= 100 && said.status < 500) << said.status << " " << where << " " << said.body;
    for (const auto* inner : {"pqxx", "ERROR:", "syntax error", "SQLSTATE", "statement ", ".cpp", "nlohmann"}) {
      EXPECT_TRUE(said.status < 400 || !said.body.contains(inner)) << inner << " of " << where << ": " << said.body;
    }
  }
  void check(const http::Route& route, const std::string& path, const std::string& text, const std::string& payload) {
    const auto said = ask(route, path, text);
    expect_nothing_of_the_inside(said, std::string(http::to_string(route.method())) + " " + path + " " + text);
    // A name that somebody gave themselves comes back in JSON, which no browser runs; a refusal echoes nothing.
    EXPECT_TRUE(said.status < 300 || !said.body.contains("<script>")) << path;
    const bool echoed = said.status >= 400 && said.body.contains(payload.substr(0, 40));
    EXPECT_FALSE(echoed && payload.find_first_of("<'\"`") != std::string::npos) << "echoed: " << said.body;
  }
  static void each_parameter(const http::Route& route, const std::function<void(const std::string&)>& work) {
    const auto& pattern = route.pattern();
    for (auto open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', open + 1))
      work(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
  }

  World world;
  People people{world};
  Caller caller = people.operator_();
  http::RouteTable table;
  api::Api api;
  std::optional<http_test::RawClient> client;
  int asked{0};
};

TEST_F(CorpusTest, lim_10_no_route_trips_over_any_of_it) {
  const auto tables = count("pg_tables WHERE schemaname = 'public'");
  std::filesystem::remove("/tmp/wh-canary");
  for (const auto& route : table.routes()) {
    const auto& schema = route->about().request_schema;
    for (const auto& payload : kCorpus) {
      each_parameter(*route, [&](const std::string& name) {
        check(*route, fill(route->pattern(), name, escaped(payload)), schema.empty() ? "" : "{}", payload);
      });
      for (const auto& parameter : route->about().query) {
        check(*route, fill(route->pattern(), "", "") + "?" + parameter.name + "=" + escaped(payload), "", payload);
      }
      if (!schema.empty()) {
        check(*route, fill(route->pattern(), "", ""), body(Json::parse(schema), payload).dump(), payload);
      }
    }
  }

  EXPECT_GT(asked, 2'000);
  EXPECT_EQ(count("canary_calls"), "0");
  EXPECT_EQ(count("pg_tables WHERE schemaname = 'public'"), tables);
  EXPECT_EQ(count("apps WHERE name = 'victim'"), "1");
  EXPECT_FALSE(std::filesystem::exists("/tmp/wh-canary"));
}

TEST_F(CorpusTest, lim_10_no_route_trips_over_bodies_that_are_no_json_or_other_json) {
  for (const auto& route : table.routes()) {
    const auto& schema = route->about().request_schema;
    if (schema.empty()) continue;
    const auto path = fill(route->pattern(), "", "");
    for (const auto& text : kNoJson) {
      const auto said = ask(*route, path, text);
      expect_nothing_of_the_inside(said, path + " " + text.substr(0, 40));
      EXPECT_GE(said.status, 400) << path << " " << text.substr(0, 40);
    }
    for (const auto& value : kOtherTypes) {
      const auto text = members(Json::parse(schema), value);
      expect_nothing_of_the_inside(ask(*route, path, text), path + " " + text);
    }
  }

  EXPECT_GT(asked, 500);
  EXPECT_EQ(count("apps WHERE name = 'victim'"), "1");
}

}  // namespace
}  // namespace control_plane_test

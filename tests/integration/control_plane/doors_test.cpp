// What stands before every handler: other sites, tokens in the wrong place, host names, headers, how often.

#include <gmock/gmock.h>

#include "tests/integration/control_plane/people.hpp"
#include "tests/integration/http/raw_client.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;
using Headers = std::vector<std::pair<std::string, std::string>>;

struct DoorsTest : testing::Test {
  World world;
  People people{world};
  Caller owner = people.operator_();
  const std::string create = R"({"name":"x","source":{"git_url":"https://git.example.com/x.git"}})";

  /// As a browser sends it: the cookie, and what a page can or cannot choose.
  Said browser(const std::string& method, const std::string& target, const std::string& body, Headers more) {
    auto caller = owner;
    std::erase_if(caller.headers, [](const auto& header) { return header.first == "X-WH-CSRF"; });
    return people.ask(caller, method, target, body, std::move(more));
  }
};

TEST_F(DoorsTest, auth_13_changes_that_another_site_makes_a_browser_send_are_refused) {
  const std::string apps = "/api/v1/orgs/default/apps";
  EXPECT_EQ(browser("POST", apps, create, {}).code(), "csrf.header") << "a form or a fetch without cors";
  EXPECT_EQ(browser("POST", apps, create, {{"X-WH-CSRF", "1"}, {"Origin", "https://evil.example"}}).code(),
            "csrf.origin");
  EXPECT_EQ(browser("POST", apps, create, {{"X-WH-CSRF", "1"}, {"Origin", "null"}}).code(), "csrf.origin");
  for (const auto* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(browser("POST", apps, create, {{"X-WH-CSRF", "1"}, {"Sec-Fetch-Site", site}}).code(), "csrf.origin");
  }
  EXPECT_EQ(world.database.value("SELECT count(*) FROM apps"), "0");
  EXPECT_EQ(browser("POST", apps, create,
                    {{"X-WH-CSRF", "1"}, {"Origin", "http://localhost:7070"}, {"Sec-Fetch-Site", "same-origin"}})
                .status,
            201);
}

TEST_F(DoorsTest, auth_13_a_body_that_a_form_can_send_is_refused) {
  http_test::RawClient client(world.api_port());
  client.send("POST /api/v1/orgs/default/apps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " +
              owner.headers[0].second + "\r\nX-WH-CSRF: 1\r\nContent-Type: text/plain\r\nContent-Length: " +
              std::to_string(create.size()) + "\r\n\r\n" + create);
  EXPECT_EQ(client.read_response().status, 415);
}

TEST_F(DoorsTest, log_05_a_token_in_the_address_is_refused_whatever_else_came) {
  for (const auto* name : {"token", "access_token", "session"}) {
    const auto said = people.ask(owner, "GET", std::string("/api/v1/orgs/default/apps?") + name + "=abc");
    EXPECT_EQ(said.status, 401) << name;
    EXPECT_EQ(said.body.find("abc"), std::string::npos);
  }
}

TEST_F(DoorsTest, auth_17_forwarded_headers_and_foreign_hosts_change_nothing) {
  const auto said = people.ask(owner, "POST", "/api/v1/orgs/default/invitations", R"({"role":"viewer"})",
                               {{"X-Forwarded-Host", "evil.example"},
                                {"X-Forwarded-For", "203.0.113.7"},
                                {"X-WEBAUTH-USER", "admin"},
                                {"Forwarded", "for=203.0.113.7;host=evil.example"}});
  EXPECT_EQ(said.status, 201);
  EXPECT_THAT(said.body, HasSubstr("http://localhost:7070/invitation#"));
  EXPECT_EQ(world.database.value("SELECT address FROM audit_events WHERE action = 'member.invite'"), "127.0.0.1");
  EXPECT_EQ(people.ask(people.nobody(), "GET", "/api/v1/orgs/default/apps", "", {{"X-WEBAUTH-USER", "admin"}}).status,
            401);
}

TEST_F(DoorsTest, auth_17_a_page_that_rebound_its_name_to_this_server_is_refused) {
  http::RouteTable table;
  api::Api api({.routes = &table,
                .pool = &world.pool,
                .doors = world.modules.doors({"http://localhost:7070"}, {"localhost", "127.0.0.1", "[::1]"}),
                .clock = &world.clock,
                .audit = {}});
  world.modules.add_api_routes(api);
  const auto port = world.server.listen(std::move(table));
  const auto ask = [&](const std::string& host) {
    return http_test::ask(port, "GET /api/v1/session HTTP/1.1\r\nHost: " + host +
                                    "\r\nConnection: close\r\nCookie: " + owner.headers[0].second + "\r\n\r\n")
        .status;
  };
  EXPECT_EQ(ask("localhost:7070"), 200);
  EXPECT_EQ(ask("127.0.0.1"), 200);
  EXPECT_EQ(ask("[::1]:7070"), 200);
  for (const auto* host : {"evil.example", "localhost.evil.example", "evil.example:7070", "127.0.0.1.nip.io",
                           "localhost:7070.evil.example", "[::1]:evil.example"}) {
    EXPECT_EQ(ask(host), 403) << host;
  }
}

TEST_F(DoorsTest, auth_15_every_answer_forbids_frames_guessing_and_referrers) {
  for (const auto& said : {people.ask(owner, "GET", "/api/v1/session"), people.ask(owner, "GET", "/api/v1/nothing"),
                           people.ask(people.nobody(), "GET", "/api/v1/session")}) {
    EXPECT_THAT(said.head, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(said.head, HasSubstr("X-Content-Type-Options: nosniff"));
    EXPECT_THAT(said.head, HasSubstr("Referrer-Policy: no-referrer"));
    EXPECT_THAT(said.head, HasSubstr("Cross-Origin-Resource-Policy: same-origin"));
    EXPECT_THAT(said.head, HasSubstr("Cache-Control: no-store"));
    EXPECT_THAT(said.head, testing::Not(HasSubstr("unsafe-inline")));
    EXPECT_THAT(said.head, testing::Not(HasSubstr("Access-Control-Allow-Origin")));
  }
}

struct RatesTest : DoorsTest {
  RatesTest()
      : limits(world.clock,
               {.address = {6, 12}, .door = {6, 3}, .person = {6, 5}, .token = {6, 4}, .organization = {0, 0}}),
        api({.routes = &table,
             .pool = &world.pool,
             .doors = world.modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit = {},
             .limits = &limits}) {
    world.modules.add_api_routes(api);
    port = world.server.listen(std::move(table));
  }
  http_test::RawResponse ask(const Caller& who, const std::string& target = "/api/v1/session") {
    std::string text = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    for (const auto& [name, value] : who.headers) text += name + ": " + value + "\r\n";
    return http_test::ask(port, text + "\r\n");
  }

  api::RateLimits limits;
  http::RouteTable table;
  api::Api api;
  std::uint16_t port{0};
};

TEST_F(RatesTest, lim_02_one_request_too_many_with_a_token_is_told_when_to_come_again) {
  const auto token = people.token(owner, "read");
  for (int i = 0; i < 4; ++i) {
    const auto said = ask(token, "/api/v1/orgs");
    EXPECT_EQ(said.status, 200);
    EXPECT_EQ(said.headers.at("ratelimit-limit"), "4");
    EXPECT_EQ(said.headers.at("ratelimit-remaining"), std::to_string(3 - i));
  }
  const auto refused = ask(token, "/api/v1/orgs");
  EXPECT_EQ(refused.status, 429);
  EXPECT_GE(std::stoi(refused.headers.at("retry-after")), 5);
  EXPECT_EQ(ask(owner).status, 200) << "their person is not limited by it";
}

TEST_F(RatesTest, a_person_and_an_address_have_their_own_measure) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(owner).status, 200);
  EXPECT_EQ(ask(owner).status, 429);
  const auto other = people.person("Otto");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(other).status, 200);
  EXPECT_EQ(ask(people.person("Third")).status, 200);
  EXPECT_EQ(ask(people.person("Fourth")).status, 429) << "the address has had its twelve";
}

TEST_F(RatesTest, instances_that_share_a_database_share_the_measure) {
  api::RateLimits other(world.clock, {.address = {6, 12}, .door = {}, .person = {}, .token = {}, .organization = {}});
  const auto share = [&](api::RateLimits& one) {
    world.plain([&](Tx& tx) {
      api::share_usage(tx, one, one.take_usage());
      return true;
    });
  };
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(limits.admit_address("203.0.113.7", false));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(other.admit_address("203.0.113.7", false));
  share(limits);
  share(other);
  share(limits);

  int more = 0;
  while (more < 12 && other.admit_address("203.0.113.7", false)) ++more;
  EXPECT_LE(more, 3) << "seven and five are twelve";
  EXPECT_TRUE(other.admit_address("203.0.113.8", false));
}

TEST_F(RatesTest, lim_01_instances_share_what_an_address_tried_to_sign_in) {
  api::RateLimits there(world.clock);
  identity::Attempts here(world.modules.rate_limits);
  identity::Attempts elsewhere(there);
  const auto share = [&](api::RateLimits& one) {
    world.plain([&](Tx& tx) {
      api::share_usage(tx, one, one.take_usage());
      return true;
    });
  };
  const auto account = base::PersonId::make(world.clock);
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(here.take("203.0.113.7"));
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(elsewhere.take("203.0.113.7"));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(here.take_code("203.0.113.7", account));
  EXPECT_TRUE(elsewhere.take_code("203.0.113.7", account));
  share(world.modules.rate_limits);
  share(there);

  int more = 0;
  while (more < 20 && elsewhere.take("203.0.113.7")) ++more;
  EXPECT_LT(more, 12) << "twelve and eight are twenty, but for what is refilled meanwhile";
  EXPECT_TRUE(elsewhere.take("203.0.113.8"));
  EXPECT_TRUE(elsewhere.take_code("198.51.100.4", account)) << "the account itself is not locked";
}

}  // namespace
}  // namespace control_plane_test

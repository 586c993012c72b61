#include <gmock/gmock.h>

#include "tests/integration/control_plane/people.hpp"
#include "tests/integration/http/raw_client.hpp"

// Answers that are kept while nothing changes: nobody sees more or older things for it.
namespace control_plane_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct KeptTest : testing::Test {
  KeptTest()
      : api({.routes = &table,
             .pool = &world.pool,
             .doors = world.modules.doors({"http://localhost:7070"}),
             .clock = &world.clock,
             .audit = [this](Tx& tx, const auth::Call& call, const std::string& action,
                             const api::Effect& effect) { world.modules.record(tx, call, action, effect); },
             .kept = &world.modules.kept_answers}) {
    world.modules.add_api_routes(api);
    port = world.server.listen(std::move(table));
    world.create_app("cart");
    for (int i = 0; i < 2; ++i) ask(owner, "GET", kApps);  // they are known now
  }
  http_test::RawResponse ask(const Caller& who, const std::string& method, const std::string& target,
                             const std::string& body = "") {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    for (const auto& [name, value] : who.headers) text += name + ": " + value + "\r\n";
    if (!body.empty())
      text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    return http_test::ask(port, text + "\r\n" + body);
  }
  /// Behind the back of this instance, as another one would that says nothing.
  void rename(const std::string& from, const std::string& to) {
    world.database.run("UPDATE apps SET name = '" + to + "' WHERE name = '" + from + "'");
  }

  const std::string kApps = "/api/v1/orgs/default/apps";
  World world;
  People people{world};
  http::RouteTable table;
  api::Api api;
  std::uint16_t port{0};
  Caller owner = people.operator_();
};

TEST_F(KeptTest, who_changes_something_reads_it_at_once) {
  for (int i = 1; i <= 20; ++i) {
    ASSERT_EQ(ask(owner, "PATCH", kApps + "/cart", R"({"port":)" + std::to_string(9000 + i) + "}").status, 200);
    EXPECT_THAT(ask(owner, "GET", kApps + "/cart").body, HasSubstr(R"("port":)" + std::to_string(9000 + i)));
    EXPECT_THAT(ask(owner, "GET", kApps).body, HasSubstr(R"("port":)" + std::to_string(9000 + i)));
  }
}

TEST_F(KeptTest, what_another_instance_changed_is_read_when_it_says_so_or_a_second_later) {
  rename("cart", "basket");
  world.modules.hear("feed");
  EXPECT_THAT(ask(owner, "GET", kApps).body, HasSubstr("basket"));

  rename("basket", "trolley");
  const auto read = [&] { return ask(owner, "GET", kApps).body.contains("trolley"); };
  world.until("it is read", read);
}

TEST_F(KeptTest, another_organization_and_who_is_limited_get_their_own_answers) {
  const auto stranger = people.person("Sam", "other", "owner");
  const auto limited = people.person("Lea", "default", "member");
  world.database.run("UPDATE memberships SET limited_to_projects = true WHERE person_id = '" +
                     limited.person.to_string() + "'");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(ask(owner, "GET", kApps).body, HasSubstr("cart"));
    EXPECT_EQ(ask(stranger, "GET", kApps + "/cart").status, 404);
    EXPECT_THAT(ask(stranger, "GET", "/api/v1/orgs/other/apps").body, Not(HasSubstr("cart")));
    EXPECT_THAT(ask(limited, "GET", kApps).body, Not(HasSubstr("cart")));
    EXPECT_EQ(ask(limited, "GET", kApps + "/cart").status, 404);
    EXPECT_EQ(ask(people.nobody(), "GET", kApps).status, 401);
  }
}

TEST_F(KeptTest, who_was_removed_gets_no_kept_answer) {
  const auto member = people.person("Max", "default", "member");
  for (int i = 0; i < 3; ++i) ASSERT_EQ(ask(member, "GET", kApps).status, 200);
  ASSERT_EQ(ask(owner, "DELETE", "/api/v1/orgs/default/members/" + member.person.to_string()).status, 204);

  EXPECT_EQ(ask(member, "GET", kApps).status, 404);
}

}  // namespace
}  // namespace control_plane_test

// The audit log as comma-separated values.

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct AuditExportTest : testing::Test {
  http_client::Response get(const std::string& query) {
    return world.request({.method = "GET", .target = path + query, .headers = {}, .body = ""});
  }
  World world;
  People people{world};
  const std::string path = "/api/v1/orgs/default/audit/export";
};

TEST_F(AuditExportTest, AUD_04_is_csv_in_which_nothing_that_somebody_sent_is_a_formula) {
  const auto made =
      people.ask(people.operator_(), "POST", "/api/v1/orgs/default/apps",
                 R"({"name":"hello","source":{"git_url":"https://git.example.com/x.git"}})", {{"User-Agent", "=1+1"}});
  ASSERT_EQ(made.status, 201) << made.body;

  const auto said = get("?format=csv");

  EXPECT_EQ(said.status, 200);
  EXPECT_EQ(said.header("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_EQ(said.header("Content-Disposition"), "attachment; filename=\"audit.csv\"");
  EXPECT_TRUE(said.body.starts_with("at,actor_kind,actor_name,")) << said.body.substr(0, 80);
  EXPECT_THAT(said.body, HasSubstr(",app.create,app,hello,"));
  EXPECT_THAT(said.body, HasSubstr(",'=1+1,"));
  EXPECT_THAT(said.body, Not(HasSubstr(",=")));
}

TEST_F(AuditExportTest, AUD_04_is_whole_and_narrowed_like_the_list) {
  world.database.run(
      "INSERT INTO audit_events (id, organization_id, actor_kind, actor_name, action) SELECT gen_random_uuid(), o.id, "
      "'system', 'robot', 'test.count' FROM organizations o, generate_series(1, 1203)");

  EXPECT_EQ(std::ranges::count(get("?action=test.count").body, '\n'), 1204);
  EXPECT_EQ(std::ranges::count(get("?action=test.nothing").body, '\n'), 1);
  EXPECT_EQ(std::ranges::count(get("?actor=robot&action=test.&until=2020-01-01T00:00:00Z").body, '\n'), 1);
}

TEST_F(AuditExportTest, AUD_04_needs_what_the_list_needs_and_knows_one_format) {
  EXPECT_EQ(people.ask(people.person("Mo", "default", "member"), "GET", path).status, 403);
  EXPECT_EQ(people.ask(people.nobody(), "GET", path).status, 401);
  EXPECT_EQ(get("?format=xlsx").status, 422);
  EXPECT_EQ(get("?since=yesterday").status, 422);
}

}  // namespace
}  // namespace control_plane_test

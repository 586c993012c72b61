#include <gmock/gmock.h>

#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;

struct PlacesTest : testing::Test {
  World world;
  People people{world};
  Caller owner = people.operator_();
  const std::string projects = "/api/v1/orgs/default/projects";

  Said make(const std::string& slug) { return people.ask(owner, "POST", projects, R"({"slug":")" + slug + R"("})"); }
};

TEST_F(PlacesTest, a_project_begins_with_production_and_can_be_renamed) {
  ASSERT_EQ(make("shop").status, 201);
  EXPECT_THAT(people.ask(owner, "GET", projects + "/shop/environments").body, HasSubstr(R"("name":"production")"));
  EXPECT_EQ(make("shop").code(), "project.slug_taken");
  EXPECT_EQ(people.ask(owner, "PATCH", projects + "/shop", R"({"slug":"store","name":"Store"})").status, 200);
  EXPECT_EQ(people.ask(owner, "GET", projects + "/shop").status, 404);
  EXPECT_EQ(people.ask(owner, "GET", projects + "/store").status, 200);
}

TEST_F(PlacesTest, org_06_a_project_with_apps_is_not_deleted_and_says_why) {
  ASSERT_EQ(make("shop").status, 201);
  ASSERT_EQ(people
                .ask(owner, "POST", projects + "/shop/apps",
                     R"({"name":"web","source":{"git_url":"https://git.example.com/x.git"}})")
                .status,
            201);
  const auto refused = people.ask(owner, "DELETE", projects + "/shop");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "project.not_empty");
  EXPECT_THAT(refused.body, HasSubstr("has 1 app"));

  ASSERT_EQ(make("empty").status, 201);
  EXPECT_EQ(people.ask(owner, "DELETE", projects + "/empty").status, 200);
  EXPECT_EQ(people.ask(owner, "GET", projects + "/empty").status, 404);
}

TEST_F(PlacesTest, org_08_environments_have_branch_patterns) {
  ASSERT_EQ(make("shop").status, 201);
  const auto environments = projects + "/shop/environments";
  const auto made =
      people.ask(owner, "POST", environments, R"({"name":"staging","branch_patterns":["staging","release/*"]})");
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.body, HasSubstr(R"(["staging","release/*"])"));
  EXPECT_EQ(people.ask(owner, "POST", environments, R"({"name":"staging"})").code(), "environment.name_taken");
  EXPECT_EQ(people.ask(owner, "POST", environments, R"({"name":"x","branch_patterns":["--upload-pack=x"]})").status,
            422);
  EXPECT_EQ(people.ask(owner, "PATCH", environments + "/staging", R"({"branch_patterns":["*"]})").status, 200);
  EXPECT_EQ(people.ask(owner, "DELETE", environments + "/production").code(), "environment.production");
  EXPECT_EQ(people.ask(owner, "DELETE", environments + "/staging").status, 200);
}

}  // namespace
}  // namespace control_plane_test

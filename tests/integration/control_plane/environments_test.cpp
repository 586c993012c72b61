// One app in several environments of its project.

#include <gmock/gmock.h>

#include "tests/integration/control_plane/agent.hpp"
#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct EnvironmentsTest : testing::Test {
  EnvironmentsTest() {
    agent.greet();
    agent.barrier();
    world.create_app("hello");
    const auto made = people.ask(owner, "POST", "/api/v1/orgs/default/projects/default/environments",
                                 R"({"name":"staging","branch_patterns":["release/*","next"]})");
    EXPECT_EQ(made.status, 201) << made.body;
  }
  Said ask(const std::string& method, const std::string& rest, const std::string& body = "") {
    return people.ask(owner, method, apps + rest, body);
  }
  std::string value(const std::string& sql) { return world.database.value(sql); }

  World world;
  People people{world};
  Caller owner = people.operator_();
  Credentials worker = world.enrol("host-1", {"run", "build", "edge", "registry"});
  Agent agent{world, worker, {.converge = true, .build = false}};
  const std::string apps = "/api/v1/orgs/default/apps/";
};

TEST_F(EnvironmentsTest, ORG_08_a_deploy_puts_the_app_into_the_environment_with_its_branch_and_an_address_of_its_own) {
  const auto deployed = ask("POST", "hello/deployments", R"({"environment":"staging"})");

  ASSERT_EQ(deployed.status, 202) << deployed.body;
  EXPECT_THAT(deployed.body, HasSubstr(R"("app_name":"hello@staging")"));
  const auto shown = ask("GET", "hello@staging");
  EXPECT_EQ(shown.status, 200);
  EXPECT_THAT(shown.body, HasSubstr(R"("environment":"staging")"));
  EXPECT_THAT(shown.body, HasSubstr("http://hello-staging.localhost"));
  EXPECT_THAT(shown.body, HasSubstr(R"("branch":"next")"));
  const auto all = ask("GET", "hello/environments");
  EXPECT_THAT(all.body, HasSubstr(R"("name":"hello")"));
  EXPECT_THAT(all.body, HasSubstr(R"("name":"hello@staging")"));
  EXPECT_THAT(people.ask(owner, "GET", "/api/v1/orgs/default/apps").body, Not(HasSubstr("staging")));
}

TEST_F(EnvironmentsTest, ORG_08_a_branch_goes_to_the_environment_whose_patterns_match_it) {
  const auto place_of = [&](const std::string& app, const std::string& body) {
    const auto said = ask("POST", app + "/deployments", body);
    EXPECT_EQ(said.status, 202) << said.body;
    const auto at = said.body.find(R"("app_name":")") + 12;
    return said.body.substr(at, said.body.find('"', at) - at);
  };
  EXPECT_EQ(place_of("hello", R"({"branch":"release/7"})"), "hello@staging");
  EXPECT_EQ(place_of("hello", R"({"branch":"main"})"), "hello");
  EXPECT_EQ(place_of("hello", R"({"branch":"feature"})"), "hello") << "no pattern matches it";
  EXPECT_EQ(place_of("hello", "{}"), "hello");
  EXPECT_EQ(place_of("hello", R"({"branch":"next","environment":"production"})"), "hello") << "what is said counts";
  EXPECT_EQ(place_of("hello@staging", R"({"branch":"main"})"), "hello@staging");
  EXPECT_EQ(value("SELECT branch FROM deployments ORDER BY created_at LIMIT 1"), "release/7");
}

TEST_F(EnvironmentsTest, its_images_its_variables_and_its_releases_are_its_own) {
  EXPECT_EQ(ask("PUT", "hello/variables/PLACE", R"({"value":"production-only"})").status, 200);
  ASSERT_EQ(ask("POST", "hello/environments", R"({"environment":"staging","branch":"main"})").status, 201);
  EXPECT_EQ(ask("PUT", "hello@staging/variables/PLACE", R"({"value":"staging-only"})").status, 200);
  EXPECT_THAT(ask("GET", "hello@staging/variables").body, HasSubstr("PLACE"));
  EXPECT_THAT(ask("POST", "hello@staging/variables/reveal", R"({"names":["PLACE"]})").body, HasSubstr("staging-only"));
  EXPECT_THAT(ask("POST", "hello/variables/reveal", R"({"names":["PLACE"]})").body, HasSubstr("production-only"));

  ASSERT_EQ(ask("POST", "hello@staging/deployments", "{}").status, 202);
  world.settle();
  const auto job = agent.expect_job();

  EXPECT_THAT(job.spec.text, HasSubstr(R"("repository":"default/hello/staging")"));
  agent.send(built(job));
  world.until("staging is live", [&] { return value("SELECT state FROM deployments") == "live"; });
  EXPECT_THAT(ask("GET", "hello@staging/releases").body, HasSubstr(R"("number":1)"));
  EXPECT_THAT(ask("GET", "hello/releases").body, Not(HasSubstr(R"("number":1)")));
  EXPECT_THAT(ask("GET", "hello").body, HasSubstr(R"("state":"empty")"));
  EXPECT_THAT(ask("GET", "hello@staging/history").body, HasSubstr(R"("name":"hello@staging")"));
}

TEST_F(EnvironmentsTest, an_environment_is_left_alone_and_the_app_leaves_all) {
  ASSERT_EQ(ask("POST", "hello/environments", R"({"environment":"staging"})").status, 201);
  ASSERT_EQ(ask("DELETE", "hello@staging").status, 202);
  EXPECT_EQ(value("SELECT count(*) FROM app_environments WHERE deleting_at IS NULL"), "1");
  ASSERT_EQ(ask("POST", "hello@staging/undo").status, 202);

  ASSERT_EQ(ask("DELETE", "hello").status, 202);
  EXPECT_EQ(value("SELECT count(*) FROM app_environments WHERE deleting_at IS NULL"), "0");
  ASSERT_EQ(ask("POST", "hello/undo").status, 202);
  EXPECT_EQ(value("SELECT count(*) FROM app_environments WHERE deleting_at IS NULL"), "2");
  ASSERT_EQ(ask("DELETE", "hello?now=true").status, 202);
  world.until("nothing is left", [&] { return value("SELECT count(*) FROM apps") == "0"; });
}

TEST_F(EnvironmentsTest, what_cannot_be_is_said) {
  EXPECT_EQ(ask("POST", "hello/deployments", R"({"environment":"nowhere"})").code(), "environment.not_found");
  EXPECT_EQ(ask("GET", "hello@staging").code(), "app.not_found");
  EXPECT_EQ(ask("GET", "hello@").code(), "app.not_found");
  EXPECT_EQ(ask("GET", "hello@production").status, 200);
  ASSERT_EQ(ask("POST", "hello/environments", R"({"environment":"staging"})").status, 201);
  EXPECT_EQ(ask("POST", "hello/environments", R"({"environment":"staging"})").code(), "app.in_environment");
  EXPECT_EQ(ask("POST", "hello/environments", R"({"environment":"staging","branch":"--x"})").status, 422);
}

TEST_F(EnvironmentsTest, who_may_only_deploy_puts_an_app_nowhere_new) {
  const auto token = people.token(owner, "deploy");
  const auto target = apps + "hello/deployments";
  EXPECT_EQ(people.ask(token, "POST", target, R"({"environment":"staging"})").code(), "token.scope");

  ASSERT_EQ(ask("POST", "hello/environments", R"({"environment":"staging"})").status, 201);
  EXPECT_EQ(people.ask(token, "POST", target, R"({"environment":"staging"})").status, 202);
}

TEST_F(EnvironmentsTest, AZ_11_names_that_begin_alike_are_not_taken_for_each_other) {
  world.create_app("hello-staging");
  EXPECT_EQ(ask("POST", "hello/environments", R"({"environment":"staging"})").code(), "app.host_taken");
  EXPECT_EQ(ask("GET", "hello-stagin").status, 404);
  EXPECT_EQ(ask("GET", "hello%25").status, 404);
  EXPECT_EQ(ask("GET", "hello*").status, 404);
}

}  // namespace
}  // namespace control_plane_test

#include <gmock/gmock.h>

#include "tests/integration/control_plane/people.hpp"

// What happened, page by page, and what it happened to by name, also when that is gone.
namespace control_plane_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Values of a string member of all items, in their order; `null` as it stands.
std::vector<std::string> values(const Said& said, const std::string& member) {
  std::vector<std::string> found;
  const auto key = "\"" + member + "\":";
  for (auto at = said.body.find(key); at != std::string::npos; at = said.body.find(key, at + 1)) {
    const auto from = at + key.size();
    const bool quoted = said.body[from] == '"';
    const auto end = said.body.find_first_of(quoted ? "\"" : ",}", from + (quoted ? 1 : 0));
    found.push_back(quoted ? said.body.substr(from + 1, end - from - 1) : said.body.substr(from, end - from));
  }
  return found;
}

struct ActivityTest : testing::Test {
  ActivityTest() {
    make_organization("acme");
    people.ask(owner, "POST", "/api/v1/orgs/acme/projects", R"({"slug":"shop"})");
    create_app("cart", "shop");
  }
  void make_organization(const std::string& slug) {
    ASSERT_EQ(people.ask(owner, "POST", "/api/v1/orgs", R"({"name":"Acme","slug":")" + slug + R"("})").status, 201);
  }
  void create_app(const std::string& name, const std::string& project) {
    const auto made = people.ask(owner, "POST", "/api/v1/orgs/acme/apps",
                                 R"({"name":")" + name + R"(","project":")" + project +
                                     R"(","source":{"git_url":"https://git.example.com/x.git"}})");
    ASSERT_EQ(made.status, 201) << made.body;
  }
  Said activity(const std::string& query = "", const Caller* as = nullptr) {
    return people.ask(as == nullptr ? owner : *as, "GET", "/api/v1/orgs/acme/activity" + query);
  }
  std::string value(const std::string& sql) const { return world.database.value(sql); }
  void append(const feed::Change& change) {
    world.plain([&](Tx& tx) {
      world.modules.feed.append(tx, change);
      return true;
    });
  }

  World world;
  People people{world};
  Caller owner = people.person("Olga");
};

TEST_F(ActivityTest, pages_back_to_the_beginning_without_a_gap) {
  const auto all = values(activity("?limit=100"), "id");
  ASSERT_GE(all.size(), 3U);

  std::vector<std::string> paged;
  for (std::string before; paged.size() <= all.size();) {
    const auto page = activity("?limit=1" + (before.empty() ? "" : "&before=" + before));
    for (const auto& id : values(page, "id")) paged.push_back(id);
    before = values(page, "next_cursor").at(0);
    if (before == "null") break;
  }

  EXPECT_EQ(paged, all);
}

TEST_F(ActivityTest, says_the_names_of_what_it_is_about) {
  const auto app = values(activity("?kind=app."), "app_name");
  const auto project = activity("?kind=project.created").body;

  EXPECT_THAT(app, ElementsAre("cart"));
  EXPECT_THAT(project, HasSubstr(R"("data":{"name": "shop"})"));
}

TEST_F(ActivityTest, a_deployment_has_the_name_and_number_that_people_know) {
  ASSERT_EQ(people.ask(owner, "POST", "/api/v1/orgs/acme/apps/cart/deployments", "{}").status, 202);

  const auto said = activity("?kind=deployment.");

  EXPECT_THAT(values(said, "app_name"), ElementsAre("cart"));
  EXPECT_THAT(values(said, "deployment_number"), ElementsAre("1"));
}

TEST_F(ActivityTest, leaves_out_steps_of_builds_and_the_ordinary_life_of_replicas) {
  feed::Change change;
  change.organization = *base::OrganizationId::parse(value("SELECT id FROM organizations WHERE slug = 'acme'"));
  for (const auto* kind : {"deployment.progress", "replica.healthy", "replica.failed"}) {
    change.kind = kind;
    append(change);
  }

  EXPECT_THAT(values(activity("?kind=deployment.,replica."), "kind"), ElementsAre("replica.failed"));
}

TEST_F(ActivityTest, an_erased_app_keeps_its_name) {
  const auto app = value("SELECT id FROM apps WHERE name = 'cart'");
  world.database.run("DELETE FROM apps WHERE name = 'cart'");

  EXPECT_THAT(values(activity("?app_id=" + app), "app_name"), ElementsAre("cart"));
}

TEST_F(ActivityTest, what_is_no_place_or_app_is_refused) {
  for (const auto* query : {"?before=x", "?before=1", "?app_id=x", "?limit=0"})
    EXPECT_EQ(activity(query).status, 422) << query;
}

TEST_F(ActivityTest, who_is_limited_to_other_projects_sees_neither_the_app_nor_its_deployments_nor_the_project) {
  ASSERT_EQ(people.ask(owner, "POST", "/api/v1/orgs/acme/apps/cart/deployments", "{}").status, 202);
  auto limited = people.person("Lea", "acme", "member");
  world.database.run("UPDATE memberships SET limited_to_projects = true WHERE person_id = '" +
                     limited.person.to_string() + "'");
  // As modules write it who know the deployment only.
  feed::Change change;
  change.kind = "deployment.failed";
  change.organization = *base::OrganizationId::parse(value("SELECT id FROM organizations WHERE slug = 'acme'"));
  change.deployment = *base::DeploymentId::parse(value("SELECT id FROM deployments"));
  append(change);

  const auto said = activity("", &limited);

  EXPECT_EQ(said.status, 200);
  EXPECT_THAT(said.body, Not(HasSubstr("cart")));
  EXPECT_THAT(said.body, Not(HasSubstr("shop")));
  EXPECT_THAT(said.body, Not(HasSubstr(change.deployment->to_string())));
}

TEST_F(ActivityTest, the_change_of_a_deployment_or_replica_says_whose_app_it_is) {
  ASSERT_EQ(people.ask(owner, "POST", "/api/v1/orgs/acme/apps/cart/deployments", "{}").status, 202);
  feed::Change change;
  change.kind = "deployment.failed";
  change.deployment = *base::DeploymentId::parse(value("SELECT id FROM deployments"));
  append(change);

  EXPECT_EQ(value("SELECT a.name FROM feed f JOIN apps a ON a.id = f.app_id WHERE f.kind = 'deployment.failed'"),
            "cart");
}

TEST_F(ActivityTest, the_audit_log_names_what_was_removed) {
  const auto mate = people.person("Mara", "acme", "member");
  const auto token = people.ask(owner, "POST", "/api/v1/orgs/acme/tokens", R"({"name":"ci","scope":"read"})");
  ASSERT_EQ(token.status, 201) << token.body;
  const auto token_id = value("SELECT id FROM tokens WHERE name = 'ci'");
  people.ask(owner, "DELETE", "/api/v1/orgs/acme/tokens/" + token_id);
  people.ask(owner, "DELETE", "/api/v1/orgs/acme/members/" + mate.person.to_string());
  people.ask(owner, "PATCH", "/api/v1/orgs/acme/apps/cart", R"({"port":9000})");

  const auto named = [&](const std::string& action) {
    return values(people.ask(owner, "GET", "/api/v1/orgs/acme/audit?action=" + action), "object_name");
  };

  EXPECT_THAT(named("token.revoke"), ElementsAre("ci"));
  EXPECT_THAT(named("member.remove"), ElementsAre("Mara"));
  EXPECT_THAT(named("app.change"), ElementsAre("cart"));
  EXPECT_THAT(values(people.ask(owner, "GET", "/api/v1/orgs/acme/audit?object=Mara"), "action"),
              ElementsAre("member.remove"));
}

}  // namespace
}  // namespace control_plane_test

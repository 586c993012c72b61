#include <gmock/gmock.h>

#include "control-plane/modules/organizations/limits.hpp"
#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using testing::HasSubstr;

struct OrganizationsTest : testing::Test {
  World world;
  People people{world};
  Caller owner = people.person("Olga");

  std::string value(const std::string& sql) const { return world.database.value(sql); }
  void make(const std::string& slug) {
    ASSERT_EQ(people.ask(owner, "POST", "/api/v1/orgs", R"({"name":"Acme","slug":")" + slug + R"("})").status, 201);
  }
  Said create_app(const std::string& name) {
    return people.ask(owner, "POST", "/api/v1/orgs/acme/apps",
                      R"({"name":")" + name + R"(","source":{"git_url":"https://git.example.com/x.git"}})");
  }
  void limit(const organizations::Limits& limits) {
    world.tx([&](Tx& tx) { return world.modules.organizations.set_limits(tx, "acme", limits); });
  }
};

TEST_F(OrganizationsTest, whoever_makes_one_owns_it_and_sees_only_theirs) {
  const auto made = people.ask(owner, "POST", "/api/v1/orgs", R"({"name":"Acme & Sons"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_THAT(made.body, HasSubstr(R"("slug":"acme-sons")"));
  EXPECT_THAT(made.body, HasSubstr(R"("role":"owner")"));

  const auto mine = people.ask(owner, "GET", "/api/v1/orgs");
  EXPECT_THAT(mine.body, HasSubstr("acme-sons"));
  EXPECT_THAT(mine.body, testing::Not(HasSubstr("\"default\"")));
  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme-sons").status, 200);
  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/default").status, 404);
  EXPECT_EQ(value("SELECT o.slug FROM audit_events a JOIN organizations o ON o.id = a.organization_id WHERE action = "
                  "'organization.create'"),
            "acme-sons");
}

TEST_F(OrganizationsTest, names_and_addresses_are_checked_and_addresses_are_unique) {
  make("acme");
  const auto other = people.person("Otto");
  const auto taken = people.ask(other, "POST", "/api/v1/orgs", R"({"name":"X","slug":"acme"})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.code(), "organization.slug_taken");
  for (const auto* slug : {"Acme", "-a", "a-", "1a", "a_b", "../x"}) {
    EXPECT_EQ(people.ask(other, "POST", "/api/v1/orgs", R"({"name":"X","slug":")" + std::string(slug) + R"("})").status,
              422)
        << slug;
  }
  EXPECT_EQ(people.ask(owner, "PATCH", "/api/v1/orgs/acme", R"({"slug":"default"})").code(), "organization.slug_taken");
}

TEST_F(OrganizationsTest, a_renamed_one_is_reached_under_its_new_address_only) {
  make("acme");
  ASSERT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme").status, 200);

  EXPECT_EQ(people.ask(owner, "PATCH", "/api/v1/orgs/acme", R"({"slug":"umbrella","name":"Umbrella"})").status, 200);

  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme").status, 404);
  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/umbrella").status, 200);
}

TEST_F(OrganizationsTest, deleting_stops_its_apps_and_for_24_hours_can_be_taken_back) {
  make("acme");
  ASSERT_EQ(create_app("hello").status, 201);

  const auto deleted = people.ask(owner, "DELETE", "/api/v1/orgs/acme");
  EXPECT_EQ(deleted.status, 202) << deleted.body;
  EXPECT_EQ(value("SELECT deleting_at IS NOT NULL FROM app_environments"), "t");
  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme/apps").code(), "organization.deleted");
  EXPECT_EQ(create_app("more").status, 409);
  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme").status, 200) << "it says until when";

  EXPECT_EQ(people.ask(owner, "POST", "/api/v1/orgs/acme/undo").status, 202);
  EXPECT_EQ(value("SELECT deleting_at IS NULL FROM app_environments"), "t");
  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme/apps").status, 200);
  EXPECT_EQ(people.ask(owner, "POST", "/api/v1/orgs/acme/undo").code(), "organization.not_deleted");
}

TEST_F(OrganizationsTest, after_24_hours_everything_of_it_is_gone_but_its_audit_log) {
  make("acme");
  const auto erase = [&] {
    world.plain([&](Tx& tx) {
      world.modules.organizations.erase_due(tx);
      return true;
    });
  };
  ASSERT_EQ(people.ask(owner, "POST", "/api/v1/orgs/acme/projects", R"({"slug":"p"})").status, 201);
  ASSERT_EQ(people.ask(owner, "DELETE", "/api/v1/orgs/acme").status, 202);
  erase();
  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme").status, 200);

  world.clock.advance(std::chrono::hours(24) + std::chrono::minutes(1));
  world.database.run(
      "UPDATE sessions SET last_used_at = now() + interval '25 hours', expires_at = now() + interval '9 "
      "days'");
  erase();

  EXPECT_EQ(people.ask(owner, "GET", "/api/v1/orgs/acme").status, 404);
  const std::string its = " WHERE organization_id = (SELECT id FROM organizations WHERE erased_at IS NOT NULL)";
  for (const auto* table : {"memberships", "projects", "environments", "data_keys", "invitations"}) {
    EXPECT_EQ(value(std::string("SELECT count(*) FROM ") + table + its), "0") << table;
  }
  EXPECT_GT(std::stoi(value("SELECT count(*) FROM audit_events" + its)), 1);
  make("acme");  // its address is free
}

TEST_F(OrganizationsTest, deleting_one_needs_a_proof_of_lately_and_a_person) {
  make("acme");
  world.database.run("UPDATE sessions SET proved_at = now() - interval '11 minutes'");
  world.modules.credentials.hear("");

  EXPECT_EQ(people.ask(owner, "DELETE", "/api/v1/orgs/acme").code(), "reauthentication.required");
  EXPECT_EQ(people.ask(people.token(owner, "admin"), "DELETE", "/api/v1/orgs/acme").code(),
            "reauthentication.impossible");
}

TEST_F(OrganizationsTest, org_11_one_app_more_than_the_limit_is_refused_with_a_clear_message) {
  make("acme");
  limit({.apps = 2, .replicas = {}, .memory_bytes = {}, .build_minutes = {}});
  ASSERT_EQ(create_app("one").status, 201);
  ASSERT_EQ(create_app("two").status, 201);

  const auto third = create_app("three");
  EXPECT_EQ(third.status, 403);
  EXPECT_EQ(third.code(), "plan_limit");
  EXPECT_THAT(third.body, HasSubstr("limit is 2 apps"));
  EXPECT_THAT(people.ask(owner, "GET", "/api/v1/orgs/acme").body, HasSubstr(R"("apps":{"used":2,"most":2})"));

  limit({});
  EXPECT_EQ(create_app("three").status, 201) << "the operator can change it at any time";
}

TEST_F(OrganizationsTest, org_11_replicas_and_memory_count_over_all_apps) {
  make("acme");
  limit({.apps = {}, .replicas = 5, .memory_bytes = std::int64_t{2} << 30U, .build_minutes = {}});
  ASSERT_EQ(create_app("one").status, 201);
  ASSERT_EQ(create_app("two").status, 201);
  const auto change = [&](const std::string& app, const std::string& body) {
    return people.ask(owner, "PATCH", "/api/v1/orgs/acme/apps/" + app, body);
  };
  EXPECT_EQ(change("one", R"({"desired_replicas":4})").status, 200);
  EXPECT_EQ(change("two", R"({"desired_replicas":2})").code(), "plan_limit");
  EXPECT_EQ(change("one", R"({"limits":{"memory_bytes":1073741824}})").code(), "plan_limit");
  EXPECT_EQ(change("one", R"({"desired_replicas":1})").status, 200) << "less is always allowed";
  EXPECT_EQ(change("two", R"({"desired_replicas":2})").status, 200);
}

TEST_F(OrganizationsTest, org_11_build_minutes_of_the_month_end_builds) {
  make("acme");
  ASSERT_EQ(create_app("one").status, 201);
  const auto deploy = [&] { return people.ask(owner, "POST", "/api/v1/orgs/acme/apps/one/deployments", "{}"); };
  ASSERT_EQ(deploy().status, 202);
  limit({.apps = {}, .replicas = {}, .memory_bytes = {}, .build_minutes = 10});
  ASSERT_EQ(deploy().status, 202);
  world.settle();  // makes the builds' jobs
  ASSERT_NE(value("SELECT count(*) FROM jobs WHERE kind = 'build'"), "0");
  world.database.run("UPDATE jobs SET assigned_at = now() - interval '11 minutes', finished_at = now()");

  EXPECT_EQ(deploy().code(), "plan_limit");
}

}  // namespace
}  // namespace control_plane_test

#include <gmock/gmock.h>

#include <future>

#include "tests/integration/control_plane/people.hpp"

namespace control_plane_test {
namespace {

using auth::Role;

struct MembersTest : testing::Test {
  World world;
  People people{world};
  Caller owner = people.person("Olga", "acme", "owner");
  Caller admin = people.person("Ada", "acme", "admin");
  Caller member = people.person("Max", "acme", "member");
  Caller viewer = people.person("Vera", "acme", "viewer");
  const std::string org = "/api/v1/orgs/acme";

  std::string of(const Caller& caller) const { return org + "/members/" + caller.person.to_string(); }
  std::string role_of(const Caller& caller) const {
    return world.database.value("SELECT role FROM memberships WHERE person_id = '" + caller.person.to_string() + "'");
  }
  Said invite(const Caller& by, const std::string& role) {
    return people.ask(by, "POST", org + "/invitations", R"({"role":")" + role + R"("})");
  }
  /// The token of an invitation's answer.
  static std::string token_of(const Said& said) {
    const auto hash = said.body.find('#');
    return said.body.substr(hash + 1, said.body.find('"', hash) - hash - 1);
  }
  Said accept(const Caller& who, const std::string& token) {
    return people.ask(who, "POST", "/api/v1/invitations/accept", R"({"token":")" + token + R"("})");
  }
};

TEST_F(MembersTest, an_invitation_makes_whoever_has_its_link_a_member_once) {
  const auto made = invite(admin, "member");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto token = token_of(made);
  const auto guest = people.person("Gus");

  const auto look = people.ask(people.nobody(), "POST", "/api/v1/invitations/look", R"({"token":")" + token + R"("})");
  EXPECT_EQ(look.status, 200);
  EXPECT_THAT(look.body, testing::HasSubstr(R"("role":"member")"));

  EXPECT_EQ(accept(guest, token).status, 200);
  EXPECT_EQ(role_of(guest), "member");
  EXPECT_EQ(people.ask(guest, "GET", org + "/apps").status, 200);
  EXPECT_EQ(accept(people.person("Second"), token).code(), "invitation.invalid");
  EXPECT_EQ(world.database.value("SELECT count(*) FROM invitations WHERE token_sha256 = sha256('" + token +
                                 "'::bytea) AND accepted_by IS NOT NULL"),
            "1")
      << "only the hash is kept";
}

TEST_F(MembersTest, an_invitation_ends_after_seven_days_when_taken_back_and_when_its_giver_has_less) {
  const auto guest = people.person("Gus");
  const auto old = token_of(invite(admin, "viewer"));
  world.database.run("UPDATE invitations SET expires_at = now()");
  EXPECT_EQ(accept(guest, old).code(), "invitation.invalid");

  const auto revoked = token_of(invite(admin, "viewer"));
  const auto id = world.database.value("SELECT id FROM invitations WHERE expires_at > now()");
  EXPECT_EQ(people.ask(admin, "DELETE", org + "/invitations/" + id).status, 204);
  EXPECT_EQ(accept(guest, revoked).code(), "invitation.invalid");

  const auto orphaned = token_of(invite(admin, "admin"));
  world.database.run("UPDATE memberships SET role = 'member' WHERE person_id = '" + admin.person.to_string() + "'");
  EXPECT_EQ(accept(guest, orphaned).code(), "invitation.invalid");
  EXPECT_EQ(accept(guest, "nonsense").code(), "invitation.invalid");
  EXPECT_EQ(role_of(guest), "");
}

TEST_F(MembersTest, az_05_nobody_invites_or_makes_somebody_more_than_they_are_themselves) {
  EXPECT_EQ(invite(member, "owner").status, 403);
  EXPECT_EQ(invite(member, "owner").status, 403) << "also the second time";
  EXPECT_EQ(invite(viewer, "viewer").status, 403);
  EXPECT_EQ(invite(admin, "owner").code(), "role.too_high");
  EXPECT_EQ(people.ask(admin, "PATCH", of(viewer), R"({"role":"owner"})").code(), "role.too_high");
  EXPECT_EQ(people.ask(admin, "PATCH", of(owner), R"({"role":"viewer"})").code(), "role.too_high");
  EXPECT_EQ(people.ask(admin, "DELETE", of(owner)).code(), "role.too_high");
  EXPECT_EQ(people.ask(member, "PATCH", of(member), R"({"role":"owner"})").status, 403);
  EXPECT_EQ(world.database.value("SELECT count(*) FROM invitations"), "0");
}

TEST_F(MembersTest, az_05_lists_never_hold_an_invitations_token) {
  const auto made = invite(admin, "viewer");
  const auto listed = people.ask(admin, "GET", org + "/invitations");
  EXPECT_EQ(listed.status, 200);
  EXPECT_EQ(listed.body.find(token_of(made)), std::string::npos);
  EXPECT_EQ(people.ask(member, "GET", org + "/invitations").status, 403);
}

TEST_F(MembersTest, az_07_an_answer_with_a_token_in_it_is_kept_for_no_idempotency_key) {
  const std::vector<std::pair<std::string, std::string>> key{{"Idempotency-Key", "once"}};
  const auto made = people.ask(admin, "POST", org + "/invitations", R"({"role":"viewer"})", key);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto enrolment = people.ask(people.operator_(), "POST", "/api/v1/orgs/default/workers/enrolment-tokens",
                                    R"({"name":"host-2"})", key);
  ASSERT_EQ(enrolment.status, 201) << enrolment.body;
  const auto begin = enrolment.body.find("\"token\":\"") + 9;

  for (const auto& token : {token_of(made), enrolment.body.substr(begin, 30)}) {
    EXPECT_EQ(world.database.value("SELECT count(*) FROM idempotency_keys WHERE strpos(body, '" + token + "') > 0"),
              "0");
  }
}

TEST_F(MembersTest, az_05_who_owns_an_organization_enrols_no_machine_that_would_run_everybodys_apps) {
  for (const auto& caller : {owner, admin, people.token(owner, "admin"), people.token(people.operator_(), "admin")}) {
    const auto said = people.ask(
        caller, "POST",
        "/api/v1/orgs/" + std::string(caller.person == owner.person ? "acme" : "default") + "/workers/enrolment-tokens",
        R"({"name":"host-2"})");
    EXPECT_TRUE(said.status == 403 || said.status == 404) << caller.name << " " << said.body;
  }
  EXPECT_EQ(world.database.value("SELECT count(*) FROM enrolment_tokens WHERE worker_name = 'host-2'"), "0");
}

TEST_F(MembersTest, two_at_once_accept_one_invitation_once) {
  const auto token = token_of(invite(admin, "member"));
  const auto first = people.person("First");
  const auto second = people.person("Second");

  auto a = std::async(std::launch::async, [&] { return accept(first, token).status; });
  auto b = std::async(std::launch::async, [&] { return accept(second, token).status; });

  EXPECT_THAT((std::vector{a.get(), b.get()}), testing::UnorderedElementsAre(200, 403));
}

TEST_F(MembersTest, the_last_owner_stays) {
  for (const auto& said : {people.ask(owner, "POST", org + "/leave"), people.ask(owner, "DELETE", of(owner)),
                           people.ask(owner, "PATCH", of(owner), R"({"role":"admin"})")}) {
    EXPECT_EQ(said.status, 409);
    EXPECT_EQ(said.code(), "organization.last_owner");
  }
  EXPECT_EQ(role_of(owner), "owner");
}

TEST_F(MembersTest, of_two_owners_who_leave_at_once_one_stays) {
  for (int round = 0; round < 5; ++round) {
    const auto a = people.person("A", "org" + std::to_string(round), "owner");
    const auto b = people.person("B", "org" + std::to_string(round), "owner");
    const auto path = "/api/v1/orgs/org" + std::to_string(round) + "/leave";

    auto first = std::async(std::launch::async, [&] { return people.ask(a, "POST", path).status; });
    auto second = std::async(std::launch::async, [&] { return people.ask(b, "POST", path).status; });

    EXPECT_THAT((std::vector{first.get(), second.get()}), testing::UnorderedElementsAre(204, 409));
  }
}

TEST_F(MembersTest, two_owners_who_demote_each_other_at_once_leave_one) {
  const auto other = people.person("Otto", "acme", "owner");
  auto first = std::async(std::launch::async,
                          [&] { return people.ask(owner, "PATCH", of(other), R"({"role":"viewer"})").status; });
  auto second = std::async(std::launch::async,
                           [&] { return people.ask(other, "PATCH", of(owner), R"({"role":"viewer"})").status; });
  EXPECT_EQ(std::max(first.get(), second.get()), 403) << "the second is an owner no more";
  EXPECT_EQ(world.database.value("SELECT count(*) FROM memberships WHERE role = 'owner' AND organization_id = '" +
                                 people.organization("acme").to_string() + "'"),
            "1");
}

TEST_F(MembersTest, ownership_passes_to_another_member) {
  EXPECT_EQ(people.ask(admin, "POST", org + "/transfer", R"({"person":")" + admin.person.to_string() + R"("})").status,
            403);
  const auto said =
      people.ask(owner, "POST", org + "/transfer", R"({"person":")" + member.person.to_string() + R"("})");
  EXPECT_EQ(said.status, 200) << said.body;
  EXPECT_EQ(role_of(member), "owner");
  EXPECT_EQ(role_of(owner), "admin");
}

TEST_F(MembersTest, org_05_chosen_permissions_are_all_that_somebody_has) {
  ASSERT_EQ(
      people
          .ask(owner, "POST", org + "/apps", R"({"name":"hello","source":{"git_url":"https://git.example.com/x.git"}})")
          .status,
      201);
  ASSERT_EQ(people.ask(admin, "PATCH", of(viewer), R"({"permissions":["app:deploy"]})").status, 200);

  EXPECT_EQ(people.ask(viewer, "POST", org + "/apps/hello/deployments", "{}").status, 202);
  EXPECT_EQ(people.ask(viewer, "GET", org + "/apps/hello/variables").status, 403);
  EXPECT_EQ(people.ask(viewer, "GET", org + "/apps/hello").status, 403);
  EXPECT_EQ(people.ask(admin, "PATCH", of(viewer), R"({"permissions":["organization:delete"]})").code(),
            "role.too_high");
  EXPECT_EQ(people.ask(admin, "PATCH", of(viewer), R"({"permissions":["app:fly"]})").status, 422);
  EXPECT_EQ(people.ask(admin, "PATCH", of(viewer), R"({"permissions":[]})").status, 200);
  EXPECT_EQ(people.ask(viewer, "GET", org + "/apps/hello").status, 200);
}

struct ProjectRolesTest : MembersTest {
  ProjectRolesTest() {
    for (const auto* project : {"shop", "lab"}) {
      EXPECT_EQ(people.ask(owner, "POST", org + "/projects", R"({"slug":")" + std::string(project) + R"("})").status,
                201);
      EXPECT_EQ(people
                    .ask(owner, "POST", org + "/projects/" + project + "/apps",
                         R"({"name":")" + std::string(project) +
                             R"(-app","source":{"git_url":"https://git.example.com/x.git"}})")
                    .status,
                201);
    }
  }
  int deploy(const Caller& who, const std::string& app) {
    return people.ask(who, "POST", org + "/apps/" + app + "/deployments", "{}").status;
  }
  Said give(const Caller& who, const std::string& project, const std::string& role) {
    return people.ask(admin, "PUT", of(who) + "/projects/" + project, R"({"role":")" + role + R"("})");
  }
};

TEST_F(ProjectRolesTest, a_role_in_a_project_raises_what_somebody_may_there_and_nowhere_else) {
  EXPECT_EQ(deploy(viewer, "shop-app"), 403);
  ASSERT_EQ(give(viewer, "shop", "member").status, 200);

  EXPECT_EQ(deploy(viewer, "shop-app"), 202);
  EXPECT_EQ(deploy(viewer, "lab-app"), 403);
  EXPECT_EQ(people.ask(viewer, "GET", org + "/apps/lab-app").status, 200) << "what they had stays";
  EXPECT_EQ(people.ask(admin, "DELETE", of(viewer) + "/projects/shop").status, 200);
  EXPECT_EQ(deploy(viewer, "shop-app"), 403);
}

TEST_F(ProjectRolesTest, a_lower_role_in_a_project_takes_nothing_away) {
  ASSERT_EQ(give(member, "shop", "viewer").status, 200);
  EXPECT_EQ(deploy(member, "shop-app"), 202);
}

TEST_F(ProjectRolesTest, who_is_limited_to_projects_sees_only_those) {
  ASSERT_EQ(give(member, "shop", "member").status, 200);
  ASSERT_EQ(people.ask(admin, "PATCH", of(member), R"({"limited_to_projects":true})").status, 200);

  EXPECT_EQ(deploy(member, "shop-app"), 202);
  EXPECT_EQ(deploy(member, "lab-app"), 404);
  EXPECT_EQ(people.ask(member, "GET", org + "/apps/lab-app").code(), "app.not_found");
  const auto apps = people.ask(member, "GET", org + "/apps").body;
  EXPECT_THAT(apps, testing::HasSubstr("shop-app"));
  EXPECT_THAT(apps, testing::Not(testing::HasSubstr("lab-app")));
  const auto projects = people.ask(member, "GET", org + "/projects").body;
  EXPECT_THAT(projects, testing::Not(testing::HasSubstr("lab")));
  EXPECT_EQ(people
                .ask(member, "POST", org + "/projects/shop/apps",
                     R"({"name":"more","source":{"git_url":"https://git.example.com/x.git"}})")
                .status,
            201);
  EXPECT_EQ(people.ask(owner, "PATCH", of(admin), R"({"limited_to_projects":true})").status, 422);
}

TEST_F(ProjectRolesTest, a_token_narrowed_to_a_project_reaches_nothing_else) {
  const auto token = people.token(owner, "admin");
  world.database.run("UPDATE tokens SET projects = ARRAY(SELECT id FROM projects WHERE slug = 'shop')");

  EXPECT_EQ(deploy(token, "shop-app"), 202);
  EXPECT_EQ(deploy(token, "lab-app"), 404);
  EXPECT_THAT(people.ask(token, "GET", org + "/apps").body, testing::Not(testing::HasSubstr("lab-app")));
  EXPECT_EQ(people.ask(token, "POST", org + "/projects", R"({"slug":"new"})").status, 403);
}

TEST_F(ProjectRolesTest, az_05_a_token_narrowed_to_a_project_invites_nobody_and_changes_no_account) {
  const auto token = people.token(owner, "admin");
  world.database.run("UPDATE tokens SET projects = ARRAY(SELECT id FROM projects WHERE slug = 'shop')");

  EXPECT_EQ(people.ask(token, "POST", org + "/invitations", R"({"role":"admin"})").code(), "token.projects");
  EXPECT_EQ(people.ask(token, "GET", org + "/audit").code(), "token.projects");
  EXPECT_EQ(people.ask(token, "PATCH", org, R"({"name":"Mine"})").code(), "token.projects");
  EXPECT_EQ(people.ask(token, "POST", "/api/v1/orgs", R"({"name":"Mine"})").code(), "token.projects");
  EXPECT_EQ(people.ask(token, "GET", org + "/members").status, 200);
}

}  // namespace
}  // namespace control_plane_test

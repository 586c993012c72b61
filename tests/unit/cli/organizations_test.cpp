#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/unit/cli/fake_api.hpp"

namespace cli_test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kAcme =
    R"({"id":"1","slug":"acme","name":"Acme","role":"owner","created_at":"2026-11-21T10:00:00.000Z"})";
constexpr const char* kMembers =
    R"({"items":[{"id":"p-1","name":"Ada","email":"ada@example.com","role":"admin","since":"2026-11-21T10:00:00.000Z"},
       {"id":"p-2","name":"Max","role":"member","limited_to_projects":true,"projects":[{"slug":"shop","role":"viewer"}],
        "since":"2026-11-21T10:00:00.000Z"},
       {"id":"p-3","name":"Max","role":"viewer","since":"2026-11-21T10:00:00.000Z"}],"next_cursor":null})";

struct OrganizationsTest : ::testing::Test {
  OrganizationsTest() {
    person.sign_in(api);
    api.tell("GET /api/v1/orgs/acme/members?limit=100", {200, kMembers, "", false});
  }
  std::string context() const {
    std::ifstream in(person.context_file());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  FakeApi api;
  Person person;
};

TEST_F(OrganizationsTest, switches_to_another_organization_for_later_commands) {
  api.tell("GET /api/v1/orgs/umbrella", {200, R"({"slug":"umbrella","name":"Umbrella","role":"viewer"})", "", false});
  EXPECT_EQ(person.wh({"orgs", "use", "umbrella"}), 0) << person.complaints();
  EXPECT_THAT(context(), HasSubstr("umbrella"));
}

TEST_F(OrganizationsTest, a_link_is_passed_on_as_the_only_output) {
  api.tell("POST /api/v1/orgs/acme/invitations",
           {201, R"({"invitation":{"id":"i"},"link":"http://x/invitation#tok","mailed":false})", "", false});
  EXPECT_EQ(person.wh({"--quiet", "members", "invite", "viewer"}), 0) << person.complaints();
  EXPECT_EQ(person.seen(), "http://x/invitation#tok\n");
  EXPECT_EQ(api.last("POST", "/api/v1/orgs/acme/invitations").body, R"({"role":"viewer"})");
}

TEST_F(OrganizationsTest, an_invitation_is_accepted_by_its_link_whose_token_is_in_no_address) {
  api.tell("POST /api/v1/invitations/accept", {200, kAcme, "", false});
  EXPECT_EQ(person.wh({"join", "http://x/invitation#tok-1"}), 0) << person.complaints();
  EXPECT_EQ(api.last("POST", "/api/v1/invitations/accept").body, R"({"token":"tok-1"})");
}

TEST_F(OrganizationsTest, people_are_found_by_address_and_by_a_name_that_only_one_has) {
  api.tell("PATCH /api/v1/orgs/acme/members/p-1", {200, "{}", "", false});
  EXPECT_EQ(person.wh({"members", "role", "ada@example.com", "viewer"}), 0) << person.complaints();
  EXPECT_EQ(api.last("PATCH", "/api/v1/orgs/acme/members/p-1").body, R"({"role":"viewer"})");
  EXPECT_EQ(person.wh({"members", "role", "Ada", "viewer"}), 0);
  EXPECT_EQ(person.wh({"members", "role", "Max", "viewer"}), 4);
  EXPECT_THAT(person.complaints(), HasSubstr("Several people"));
}

TEST_F(OrganizationsTest, members_are_listed_with_the_projects_that_they_see) {
  EXPECT_EQ(person.wh({"members"}), 0) << person.complaints();
  EXPECT_THAT(person.seen(), HasSubstr("only shop (viewer)"));
}

TEST_F(OrganizationsTest, deleting_asks_for_the_name_and_stops_at_another_one) {
  person.types = "no\n";
  EXPECT_EQ(person.wh({"orgs", "delete", "acme"}), 1);
  for (const auto& asked : api.asked()) EXPECT_NE(asked.method, "DELETE");
}

TEST_F(OrganizationsTest, an_environment_is_made_with_its_branches_and_deleted) {
  api.tell("POST /api/v1/orgs/acme/projects/shop/environments", {201, "{}", "", false});
  api.tell("DELETE /api/v1/orgs/acme/projects/shop/environments/staging", {200, "{}", "", false});
  EXPECT_EQ(person.wh({"projects", "create-environment", "shop", "staging", "--branch", "next", "--branch", "r/*"}), 0)
      << person.complaints();
  EXPECT_EQ(api.last("POST", "/api/v1/orgs/acme/projects/shop/environments").body,
            R"({"name":"staging","branch_patterns":["next","r/*"]})");
  EXPECT_EQ(person.wh({"projects", "delete-environment", "shop", "staging"}), 0) << person.complaints();
}

}  // namespace
}  // namespace cli_test

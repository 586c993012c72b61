// The one authorisation path, pure: what a credential, a membership and a project together allow.

#include <gtest/gtest.h>

#include "control-plane/platform/auth/actor.hpp"

namespace auth {
namespace {

const base::SystemClock kClock;
const base::UtcTime kNow = kClock.utc_now();
const base::ProjectId kShop = base::ProjectId::make(kClock);
const base::ProjectId kLab = base::ProjectId::make(kClock);

Principal person() {
  Principal principal;
  principal.person = base::PersonId::make(kClock);
  principal.proved_at = kNow;
  return principal;
}

Actor actor(Role role, std::vector<ProjectRole> projects = {}, bool limited = false, Principal who = person()) {
  Membership membership;
  membership.organization = base::OrganizationId::make(kClock);
  membership.role = role;
  membership.projects = std::move(projects);
  membership.limited_to_projects = limited;
  return Actor::of(std::move(who), membership);
}

std::string code(const base::Result<void>& result) {
  return result ? "" : result.error().code;
}

TEST(Authorise, every_permission_needs_its_least_role) {
  for (std::size_t i = 0; i < kPermissions; ++i) {
    const auto permission = static_cast<Permission>(i);
    for (const Role role : {Role::viewer, Role::member, Role::admin, Role::owner}) {
      EXPECT_EQ(authorise(actor(role), permission, kNow).has_value(), role >= least_role(permission))
          << to_string(permission) << " as " << to_string(role);
    }
  }
}

TEST(Authorise, names_of_permissions_are_unique_and_read_back) {
  for (const auto& name : names_of(permissions_of(Role::owner))) {
    EXPECT_EQ(to_string(parse_permission(name).value()), name);
  }
  EXPECT_FALSE(parse_permission("nobody"));
  EXPECT_FALSE(parse_permission("signed-in"));
}

TEST(Authorise, a_role_in_a_project_raises_there_only_and_lowers_nowhere) {
  const auto raised = actor(Role::viewer, {{kShop, Role::member}});
  EXPECT_TRUE(authorise(raised, Permission::app_deploy, kShop, kNow));
  EXPECT_EQ(code(authorise(raised, Permission::app_deploy, kLab, kNow)), "forbidden");
  EXPECT_EQ(code(authorise(raised, Permission::app_deploy, kNow)), "forbidden");
  EXPECT_TRUE(authorise(raised, Permission::app_read, kLab, kNow));
  EXPECT_TRUE(authorise(actor(Role::admin, {{kShop, Role::viewer}}), Permission::app_deploy, kShop, kNow));
}

TEST(Authorise, who_is_limited_does_not_know_of_other_projects) {
  const auto limited = actor(Role::member, {{kShop, Role::viewer}}, true);
  EXPECT_TRUE(authorise(limited, Permission::app_deploy, kShop, kNow));
  EXPECT_EQ(code(authorise(limited, Permission::app_read, kLab, kNow)), "project.not_found");
  EXPECT_EQ(code(authorise(limited, Permission::app_read, kNow)), "forbidden");
  EXPECT_TRUE(authorise_any(limited, Permission::app_read, kNow));
  EXPECT_EQ(limited.visible_projects(), std::vector<std::string>{kShop.to_string()});
}

TEST(Authorise, a_token_is_bounded_by_its_scope_and_its_projects) {
  auto token = person();
  token.kind = CredentialKind::personal_token;
  token.scope = Scope::deploy;
  token.projects = {kShop};
  const auto caller = actor(Role::owner, {}, false, token);
  EXPECT_TRUE(authorise(caller, Permission::app_deploy, kShop, kNow));
  EXPECT_EQ(code(authorise(caller, Permission::app_write, kShop, kNow)), "token.scope");
  EXPECT_EQ(code(authorise(caller, Permission::app_deploy, kLab, kNow)), "project.not_found");
  EXPECT_EQ(code(authorise(caller, Permission::app_deploy, kNow)), "forbidden");
  EXPECT_EQ(caller.visible_projects(), std::vector<std::string>{kShop.to_string()});
}

TEST(Authorise, who_is_limited_to_projects_changes_nothing_of_what_they_have_in_common) {
  auto token = person();
  token.kind = CredentialKind::personal_token;
  token.scope = Scope::admin;
  token.projects = {kShop};
  const auto narrowed = actor(Role::owner, {}, false, token);
  auto limited = actor(Role::member, {{kShop, Role::admin}}, true);
  limited.membership.custom = permissions_of(Role::owner);

  for (const auto permission : {Permission::organization_write, Permission::organization_own, Permission::member_manage,
                                Permission::token_manage, Permission::audit_read, Permission::worker_manage}) {
    EXPECT_EQ(code(authorise(narrowed, permission, kNow)), "token.projects") << to_string(permission);
    EXPECT_EQ(code(authorise(limited, permission, kNow)), "forbidden") << to_string(permission);
  }
  EXPECT_EQ(code(authorise(narrowed, Permission::member_leave, kNow)), "token.projects");
  EXPECT_TRUE(authorise(limited, Permission::member_leave, kNow));
  for (const auto& caller : {narrowed, limited}) {
    EXPECT_TRUE(authorise(caller, Permission::organization_read, kNow));
    EXPECT_TRUE(authorise(caller, Permission::member_read, kNow));
    EXPECT_TRUE(authorise(caller, Permission::app_write, kShop, kNow));
    const auto everywhere = authorise(caller, Permission::app_write, kNow);
    ASSERT_FALSE(everywhere);
    EXPECT_NE(everywhere.error().message.find("for some projects only"), std::string::npos)
        << everywhere.error().message;
  }
}

TEST(Authorise, what_needs_a_fresh_proof_is_refused_after_ten_minutes_and_to_programs) {
  auto stale = person();
  stale.proved_at = kNow - std::chrono::minutes(11);
  EXPECT_EQ(code(authorise(actor(Role::owner, {}, false, stale), Permission::organization_delete, kNow)),
            "reauthentication.required");
  auto program = person();
  program.kind = CredentialKind::personal_token;
  EXPECT_EQ(code(authorise(actor(Role::owner, {}, false, program), Permission::organization_delete, kNow)),
            "reauthentication.impossible");
  EXPECT_TRUE(authorise(actor(Role::owner), Permission::organization_delete, kNow));
}

TEST(Authorise, an_organization_may_ask_for_a_second_factor) {
  auto caller = actor(Role::owner);
  caller.membership.second_factor_required = true;
  EXPECT_EQ(code(authorise(caller, Permission::app_read, kNow)), "second_factor.required");
  EXPECT_TRUE(authorise(caller, Permission::signed_in, kNow));
  caller.principal.second_factor = true;
  EXPECT_TRUE(authorise(caller, Permission::app_read, kNow));
}

}  // namespace
}  // namespace auth

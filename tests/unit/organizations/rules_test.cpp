#include "control-plane/modules/organizations/rules.hpp"

#include <gtest/gtest.h>

namespace organizations::rules {
namespace {

using auth::Role;

constexpr std::array kRoles{Role::viewer, Role::member, Role::admin, Role::owner};

TEST(OrganizationRules, nobody_gives_a_role_above_their_own) {
  for (const Role giver : kRoles) {
    for (const Role given : kRoles) {
      EXPECT_EQ(may_give({giver, {}}, given, std::nullopt).has_value(), giver >= given)
          << auth::to_string(giver) << " gives " << auth::to_string(given);
    }
  }
}

TEST(OrganizationRules, who_has_chosen_permissions_gives_no_more_than_those) {
  const auto few = read_permissions({"app:deploy", "member:manage"}).value();
  EXPECT_FALSE(may_give({Role::admin, few}, Role::viewer, std::nullopt));
  EXPECT_TRUE(may_give({Role::admin, few}, Role::viewer, read_permissions({"app:deploy"}).value()));
  EXPECT_FALSE(may_give({Role::member, {}}, Role::viewer, read_permissions({"worker:manage"}).value()));
}

TEST(OrganizationRules, nobody_changes_somebody_above_them) {
  for (const Role changer : kRoles) {
    for (const Role member : kRoles) {
      EXPECT_EQ(may_change({changer, {}}, {member, {}}).has_value(), changer >= member);
    }
  }
}

TEST(OrganizationRules, the_last_owner_stays_owner) {
  EXPECT_FALSE(keeps_an_owner(1, Role::owner, std::nullopt));
  EXPECT_FALSE(keeps_an_owner(1, Role::owner, Role::admin));
  EXPECT_TRUE(keeps_an_owner(1, Role::owner, Role::owner));
  EXPECT_TRUE(keeps_an_owner(2, Role::owner, std::nullopt));
  EXPECT_TRUE(keeps_an_owner(1, Role::admin, std::nullopt));
}

TEST(OrganizationRules, a_slug_is_made_of_a_name_and_is_always_a_good_one) {
  EXPECT_EQ(slug_of("Acme & Sons"), "acme-sons");
  EXPECT_EQ(slug_of("42 Things"), "things");
  EXPECT_EQ(slug_of("  --  "), "org");
  EXPECT_EQ(slug_of("Größe"), "gr-e");
  for (const auto& name : {std::string(200, 'x'), std::string("a") + std::string(60, '-') + "b", std::string("é")}) {
    EXPECT_TRUE(check_slug(slug_of(name))) << name << " " << slug_of(name);
  }
}

TEST(OrganizationRules, an_address_that_would_break_a_header_is_none) {
  EXPECT_TRUE(check_email("ada@example.com"));
  for (const auto* bad : {"", "ada", "@x", "ada@", "a@b@c", "a b@c", "a@b\r\nBcc: x@y", "a@b,c@d", "<a@b>"}) {
    EXPECT_FALSE(check_email(bad)) << bad;
  }
}

}  // namespace
}  // namespace organizations::rules

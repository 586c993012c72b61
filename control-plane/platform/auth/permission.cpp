#include "control-plane/platform/auth/permission.hpp"

#include <array>

namespace auth {
namespace {

constexpr bool kInProject = true;
constexpr bool kAnywhere = false;
constexpr bool kFresh = true;
constexpr bool kAnyTime = false;

/// In the order of the enum.
constexpr std::array<PermissionRule, kPermissions> kRules{{
    {"nobody", Role::viewer, Scope::read, kAnywhere, kAnyTime},
    {"signed-in", Role::viewer, Scope::read, kAnywhere, kAnyTime},
    {"organization:read", Role::viewer, Scope::read, kAnywhere, kAnyTime},
    {"organization:write", Role::admin, Scope::admin, kAnywhere, kAnyTime},
    {"organization:delete", Role::owner, Scope::admin, kAnywhere, kFresh},
    {"organization:own", Role::owner, Scope::admin, kAnywhere, kAnyTime},
    {"member:read", Role::viewer, Scope::read, kAnywhere, kAnyTime},
    {"member:manage", Role::admin, Scope::admin, kAnywhere, kAnyTime},
    {"member:leave", Role::viewer, Scope::admin, kAnywhere, kAnyTime},
    {"token:manage", Role::admin, Scope::admin, kAnywhere, kAnyTime},
    {"audit:read", Role::admin, Scope::read, kAnywhere, kAnyTime},
    {"project:read", Role::viewer, Scope::read, kInProject, kAnyTime},
    {"project:write", Role::member, Scope::write, kInProject, kAnyTime},
    {"project:delete", Role::admin, Scope::write, kInProject, kAnyTime},
    {"app:read", Role::viewer, Scope::read, kInProject, kAnyTime},
    {"app:write", Role::member, Scope::write, kInProject, kAnyTime},
    {"app:deploy", Role::member, Scope::deploy, kInProject, kAnyTime},
    {"app:erase", Role::member, Scope::write, kInProject, kAnyTime},
    {"variable:read", Role::member, Scope::read, kInProject, kAnyTime},
    {"variable:write", Role::member, Scope::write, kInProject, kAnyTime},
    {"variable:reveal", Role::admin, Scope::admin, kInProject, kFresh},
    {"log:read", Role::viewer, Scope::read, kInProject, kAnyTime},
    {"worker:read", Role::viewer, Scope::read, kAnywhere, kAnyTime},
    {"worker:manage", Role::admin, Scope::admin, kAnywhere, kAnyTime},
}};

}  // namespace

const char* to_string(Role role) {
  switch (role) {
    case Role::viewer: return "viewer";
    case Role::member: return "member";
    case Role::admin: return "admin";
    case Role::owner: return "owner";
  }
  return "viewer";
}

base::Result<Role> parse_role(std::string_view text) {
  for (const Role role : {Role::viewer, Role::member, Role::admin, Role::owner}) {
    if (text == to_string(role)) return role;
  }
  return base::invalid("/role", "A role is one of owner, admin, member, viewer.");
}

const PermissionRule& rule(Permission permission) {
  return kRules.at(static_cast<std::size_t>(permission));
}

const char* to_string(Permission permission) {
  return rule(permission).name;
}

base::Result<Permission> parse_permission(std::string_view name) {
  for (std::size_t i = static_cast<std::size_t>(Permission::organization_read); i < kPermissions; ++i) {
    if (name == kRules.at(i).name) return static_cast<Permission>(i);
  }
  return base::invalid("/permissions", "There is no permission of this name.");
}

Role least_role(Permission permission) {
  return rule(permission).role;
}

PermissionSet permissions_of(Role role) {
  PermissionSet set;
  for (std::size_t i = 0; i < kPermissions; ++i) set.set(i, role >= kRules.at(i).role);
  return set;
}

std::vector<std::string> names_of(const PermissionSet& permissions) {
  std::vector<std::string> names;
  for (std::size_t i = static_cast<std::size_t>(Permission::organization_read); i < kPermissions; ++i) {
    if (permissions.test(i)) names.emplace_back(kRules.at(i).name);
  }
  return names;
}

}  // namespace auth

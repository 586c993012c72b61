#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "control-plane/platform/auth/principal.hpp"

namespace auth {

/// Roles in an organization or a project, weakest first, so that `>=` compares.
enum class Role { viewer, member, admin, owner };
const char* to_string(Role role);
base::Result<Role> parse_role(std::string_view text);

/// What a route asks of its caller. One table in permission.cpp says what each needs.
enum class Permission {
  nobody,     ///< open to everyone (setup, sign-in)
  signed_in,  ///< anyone with a credential, whatever their organization; for what is their own
  organization_read,
  organization_write,  ///< name, rules
  organization_delete,
  organization_own,  ///< what else only owners do: transfer, undo of a deletion
  member_read,
  member_manage,  ///< invite, change roles, remove
  member_leave,   ///< end one's own membership
  token_manage,   ///< the organization's own tokens
  audit_read,
  project_read,
  project_write,  ///< create, rename, environments
  project_delete,
  app_read,
  app_write,      ///< create, change, delete
  app_deploy,     ///< deploy, roll back, restart, stop, start, cancel
  app_erase,      ///< delete for good, without the time in which it can be brought back
  variable_read,  ///< names only; values are write-only
  variable_write,
  variable_reveal,  ///< see a value
  log_read,
  worker_read,
  worker_manage,
};
inline constexpr std::size_t kPermissions = static_cast<std::size_t>(Permission::worker_manage) + 1;

/// What stands behind a permission.
struct PermissionRule {
  const char* name;  ///< `app:deploy`
  Role role;         ///< the least role that has it
  Scope scope;       ///< the least scope of a token that may use it
  bool in_project;   ///< it concerns a project's things: roles in that project count
  bool fresh;        ///< a session must have proved itself lately (principal.hpp)
};
const PermissionRule& rule(Permission permission);
const char* to_string(Permission permission);
/// By its name. Error `invalid` for what is no permission that a person can be given.
base::Result<Permission> parse_permission(std::string_view name);
/// The least role that has the permission.
Role least_role(Permission permission);

using PermissionSet = std::bitset<kPermissions>;
/// What a role may do.
PermissionSet permissions_of(Role role);
/// Names in the order of the table.
std::vector<std::string> names_of(const PermissionSet& permissions);

}  // namespace auth

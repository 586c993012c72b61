#include "control-plane/platform/auth/actor.hpp"

namespace auth {

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
  return base::invalid("role", "A role is one of owner, admin, member, viewer.");
}

const char* to_string(Permission permission) {
  switch (permission) {
    case Permission::nobody: return "nobody";
    case Permission::signed_in: return "signed-in";
    case Permission::app_read: return "app:read";
    case Permission::app_write: return "app:write";
    case Permission::app_deploy: return "app:deploy";
    case Permission::variable_read: return "variable:read";
    case Permission::variable_write: return "variable:write";
    case Permission::variable_reveal: return "variable:reveal";
    case Permission::audit_read: return "audit:read";
    case Permission::log_read: return "log:read";
    case Permission::worker_read: return "worker:read";
    case Permission::worker_manage: return "worker:manage";
    case Permission::token_manage: return "token:manage";
  }
  return "";
}

Role least_role(Permission permission) {
  switch (permission) {
    case Permission::nobody:
    case Permission::signed_in:
    case Permission::app_read:
    case Permission::log_read:
    case Permission::worker_read: return Role::viewer;
    case Permission::app_write:
    case Permission::app_deploy:
    case Permission::variable_read:
    case Permission::variable_write: return Role::member;
    case Permission::variable_reveal:
    case Permission::audit_read:
    case Permission::worker_manage:
    case Permission::token_manage: return Role::admin;
  }
  return Role::owner;
}

base::Result<void> authorise(const Actor& actor, Permission permission) {
  if (actor.role >= least_role(permission)) return {};
  return base::fail(base::ErrorKind::forbidden, "forbidden",
                    std::string("This needs the role ") + to_string(least_role(permission)) + " or higher; yours is " +
                        to_string(actor.role) + ". Ask an owner of the organization.");
}

}  // namespace auth

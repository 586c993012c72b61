#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "control-plane/platform/auth/principal.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace auth {

/// Roles in an organization, weakest first, so that `>=` compares.
enum class Role { viewer, member, admin, owner };
const char* to_string(Role role);
base::Result<Role> parse_role(std::string_view text);

/// What a route asks of its caller. One table in actor.cpp says which role each needs.
enum class Permission {
  nobody,     ///< open to everyone (setup, health)
  signed_in,  ///< any signed-in person
  app_read,
  app_write,      ///< create, change, delete
  app_deploy,     ///< deploy, roll back, restart, stop, start, cancel
  variable_read,  ///< names only; values are write-only
  variable_write,
  variable_reveal,  ///< see a value
  audit_read,
  log_read,
  worker_read,
  worker_manage,
  token_manage,  ///< the organization's own tokens
};
const char* to_string(Permission permission);
/// The least role that has the permission.
Role least_role(Permission permission);

/// Who calls: a signed-in person or program, in at most one organization (the one that the route names).
struct Actor {
  /// What the credential says; `person`, `name` and `session` repeat it.
  Principal principal;
  base::PersonId person;
  std::string name;
  base::SessionId session;
  base::UtcTime session_expires_at;
  base::OrganizationId organization;  ///< nil when the route names none
  std::string organization_slug;
  Role role{Role::viewer};
};

/// What every use-case gets beside its transaction: the one authorised caller and the request's traits.
struct Call {
  Actor actor;
  std::string request_id;
  std::string remote_address;
  base::UtcTime now;

  base::OrganizationId organization() const { return actor.organization; }
};

/// Turns a session token into an Actor. `organization` is a slug or id from the route, empty when the route names none.
/// Errors: `unauthenticated`; `not_found` for an organization that the person is no member of.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual base::Result<Actor> authenticate(Tx& tx, std::string_view session_token, std::string_view organization,
                                           base::UtcTime now) = 0;
};

/// Error `forbidden` unless the actor's role has the permission.
base::Result<void> authorise(const Actor& actor, Permission permission);

}  // namespace auth

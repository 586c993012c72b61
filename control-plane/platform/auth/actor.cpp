#include "control-plane/platform/auth/actor.hpp"

#include <algorithm>

namespace auth {
namespace {

bool has(const PermissionSet& set, Permission permission) {
  return set.test(static_cast<std::size_t>(permission));
}

PermissionSet in_organization(const Membership& membership) {
  return membership.custom.value_or(permissions_of(membership.role));
}

const ProjectRole* role_in(const Membership& membership, base::ProjectId project) {
  const auto found = std::ranges::find(membership.projects, project, &ProjectRole::project);
  return found == membership.projects.end() ? nullptr : &*found;
}

PermissionSet in_project(const Membership& membership, base::ProjectId project) {
  auto set = in_organization(membership);
  if (const auto* role = role_in(membership, project)) set |= permissions_of(role->role);
  return set;
}

bool is_everywhere(const Actor& actor) {
  return !actor.membership.limited_to_projects && actor.principal.projects.empty();
}

std::unexpected<base::Error> refused(const Actor& actor, Permission permission) {
  const PermissionRule& needed = auth::rule(permission);
  if (!is_everywhere(actor) && has(in_organization(actor.membership), permission)) {
    return base::fail(base::ErrorKind::forbidden, "forbidden",
                      std::string("The permission ") + needed.name + " of yours is for some projects only, and this " +
                          "concerns the whole organization. Ask an owner of the organization.");
  }
  return base::fail(base::ErrorKind::forbidden, "forbidden",
                    std::string("This needs the permission ") + needed.name + ", which the role " +
                        to_string(needed.role) + " has; yours is " + to_string(actor.role) +
                        ". Ask an owner of the organization.");
}

/// What does not depend on where: the credential's own bounds.
base::Result<void> check_credential(const Actor& actor, Permission permission, base::UtcTime now) {
  const auto& needed = rule(permission);
  if (!actor.principal.grants(needed.scope)) {
    return base::fail(base::ErrorKind::forbidden, "token.scope",
                      std::string("This needs a token with the scope ") + to_string(needed.scope) + "; this one has " +
                          to_string(actor.principal.scope) + ".");
  }
  if (needed.fresh) return require_person_at_hand(actor.principal, now);
  return {};
}

/// What the organization itself asks of everybody in it.
base::Result<void> check_organization(const Actor& actor) {
  const auto& membership = actor.membership;
  if (membership.second_factor_required && !actor.principal.second_factor) {
    return base::fail(base::ErrorKind::forbidden, "second_factor.required",
                      "This organization asks for a second factor. Turn one on in your account, then sign in again.");
  }
  return {};
}

/// Who is limited to projects changes nothing of what they all have in common, and does not read the log of all: who
/// could invite somebody would not be limited.
base::Result<void> check_reach(const Actor& actor, Permission permission) {
  const auto& needed = rule(permission);
  if (is_everywhere(actor) || needed.in_project) return {};
  const bool leaves = permission == Permission::member_leave && actor.principal.projects.empty();
  if (leaves || (needed.scope == Scope::read && needed.role < Role::admin)) return {};
  if (actor.principal.projects.empty()) return refused(actor, permission);
  return base::fail(base::ErrorKind::forbidden, "token.projects",
                    std::string("This token is for some projects only; ") + needed.name +
                        " concerns the whole organization. Use a token without projects.");
}

}  // namespace

Actor Actor::of(Principal principal, std::optional<Membership> membership) {
  Actor actor;
  actor.person = principal.person;
  actor.name = principal.name;
  actor.session = base::SessionId(principal.credential);
  actor.session_expires_at = principal.expires_at;
  actor.principal = std::move(principal);
  if (!membership) return actor;
  actor.organization = membership->organization;
  actor.organization_slug = membership->slug;
  actor.role = membership->role;
  actor.membership = *std::move(membership);
  return actor;
}

bool Actor::differs_by_project() const {
  return !is_everywhere(*this) || !membership.projects.empty();
}

bool Actor::sees(base::ProjectId project) const {
  if (!principal.reaches(project)) return false;
  return !membership.limited_to_projects || role_in(membership, project) != nullptr;
}

std::optional<std::vector<std::string>> Actor::visible_projects() const {
  if (is_everywhere(*this)) return std::nullopt;
  std::vector<std::string> ids;
  if (membership.limited_to_projects) {
    for (const auto& place : membership.projects) {
      if (principal.reaches(place.project)) ids.push_back(place.project.to_string());
    }
  } else {
    for (const auto& project : principal.projects) ids.push_back(project.to_string());
  }
  return ids;
}

base::Result<void> authorise(const Actor& actor, Permission permission, base::UtcTime now) {
  TRY_CHECK(check_credential(actor, permission, now));
  if (permission == Permission::nobody || permission == Permission::signed_in) return {};
  TRY_CHECK(check_organization(actor));
  TRY_CHECK(check_reach(actor, permission));
  if (rule(permission).in_project && !is_everywhere(actor)) return refused(actor, permission);
  if (has(in_organization(actor.membership), permission)) return {};
  return refused(actor, permission);
}

base::Result<void> authorise(const Actor& actor, Permission permission, base::ProjectId project, base::UtcTime now) {
  if (!actor.sees(project)) return base::not_found("project.not_found", "The project");
  TRY_CHECK(check_credential(actor, permission, now));
  TRY_CHECK(check_organization(actor));
  if (has(in_project(actor.membership, project), permission)) return {};
  return refused(actor, permission);
}

base::Result<void> authorise_any(const Actor& actor, Permission permission, base::UtcTime now) {
  TRY_CHECK(check_credential(actor, permission, now));
  TRY_CHECK(check_organization(actor));
  if (has(in_organization(actor.membership), permission)) return {};
  for (const auto& role : actor.membership.projects) {
    if (actor.sees(role.project) && has(in_project(actor.membership, role.project), permission)) return {};
  }
  return refused(actor, permission);
}

}  // namespace auth

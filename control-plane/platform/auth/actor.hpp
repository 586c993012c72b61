#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/id.hpp"
#include "common/base/result.hpp"
#include "control-plane/platform/auth/permission.hpp"
#include "control-plane/platform/live/signal.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

/// What a caller may do: who they are (principal.hpp), in which organization, with which role. The one authorisation
/// path of the control plane; `api::Api` walks it for every request, stream and socket.
namespace auth {

/// A role in one project. It raises what the role in the organization gives, and never lowers it.
struct ProjectRole {
  base::ProjectId project;
  Role role{Role::viewer};
};

/// What somebody is in an organization.
struct Membership {
  base::OrganizationId organization;
  std::string slug;
  Role role{Role::viewer};
  /// Replaces what the role gives, for a person with a role of their own making.
  std::optional<PermissionSet> custom;
  /// Sees nothing of projects but those in `projects`.
  bool limited_to_projects{false};
  std::vector<ProjectRole> projects;
  bool second_factor_required{false};
  /// The organization is deleted; it can be brought back for a while, and nothing else.
  std::optional<base::UtcTime> deleted_at;
};

/// Who calls, in at most one organization (the one that the route names).
struct Actor {
  Principal principal;
  Membership membership;

  // What most of the program asks for, taken from the two above.
  base::PersonId person;
  std::string name;
  base::SessionId session;  ///< the session, the token or the CLI's grant
  base::UtcTime session_expires_at;
  base::OrganizationId organization;  ///< nil when the route names none
  std::string organization_slug;
  Role role{Role::viewer};

  static Actor of(Principal principal, std::optional<Membership> membership);
  bool is_anonymous() const { return person.is_nil() && organization.is_nil(); }
  /// Whether what they may do differs between projects, so that a decision needs the project.
  bool differs_by_project() const;
  /// Whether they may know that the project is there.
  bool sees(base::ProjectId project) const;
  /// The projects that they see, for lists; nothing when they see all.
  std::optional<std::vector<std::string>> visible_projects() const;
};

/// What every use-case gets beside its transaction: the one authorised caller and the request's traits.
struct Call {
  Actor actor;
  std::string request_id;
  std::string remote_address;
  std::string user_agent;  ///< as it was sent, at most 300 bytes
  base::UtcTime now;

  base::OrganizationId organization() const { return actor.organization; }
};

/// Whether the actor may do this in the organization as a whole. Errors: `forbidden`, `token.scope`,
/// `reauthentication.required`.
base::Result<void> authorise(const Actor& actor, Permission permission, base::UtcTime now);
/// Whether they may do it with this project's things. `project.not_found` when they may not know of it.
base::Result<void> authorise(const Actor& actor, Permission permission, base::ProjectId project, base::UtcTime now);
/// For lists over all projects: whether they may do it in any. The list itself keeps to `visible_projects`.
base::Result<void> authorise_any(const Actor& actor, Permission permission, base::UtcTime now);

/// What a principal is in an organization. Implemented by the organizations module. Thread-safe.
class Memberships {
 public:
  virtual ~Memberships() = default;

  /// From memory alone, without a query; nothing when it is not there. At most 30 s old, and what any instance took
  /// away is gone within a second. `organization` is a slug or id from the route, empty when it names none.
  virtual std::optional<Membership> remembered(const Principal& principal, std::string_view organization,
                                               base::UtcTime now) = 0;
  /// From memory, else from the tables, and remembers it; `tx` must see everything. With `organization` empty the
  /// oldest one counts, and one without any is a Membership of the nil organization. Error `organization.not_found`.
  virtual base::Result<Membership> look_up(Tx& tx, const Principal& principal, std::string_view organization,
                                           base::UtcTime now) = 0;
  /// The project of what a route names by its parameter `kind` (`app`, `deployment`, `project`); nothing when there is
  /// no such thing in the organization. `tx` may be narrowed to it.
  virtual std::optional<base::ProjectId> project_of(Tx& tx, base::OrganizationId organization, const std::string& kind,
                                                    const std::string& name_or_id) = 0;
  /// Notified when memberships ended or changed, here or on another instance. What changed is forgotten before.
  virtual live::Signal& endings() = 0;
};

}  // namespace auth

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/identity/service.hpp"
#include "control-plane/modules/organizations/memberships.hpp"
#include "control-plane/modules/organizations/model.hpp"

namespace organizations {

/// Changes one limit as an operator writes it: `apps=20`, `memory_mib=4096`, `replicas=none`. Error `invalid`.
base::Result<void> set_limit(Limits& limits, const std::string& change);
/// "apps=20 replicas=none …", as `set_limit` reads it.
std::string describe(const Limits& limits);

struct Options {
  /// What an organization may use until the operator says otherwise. The first one, the operator's own, has no limits.
  Limits limits;
};

/// What else must happen; bound in app/modules.cpp to modules further right.
struct Hooks {
  /// Its apps stop, with the time in which they can be brought back.
  std::function<void(Tx&, const auth::Call&)> deleted{[](Tx&, const auth::Call&) {}};
  /// Apps that went at `at` or later come back.
  std::function<void(Tx&, const auth::Call&, base::UtcTime at)> restored{[](Tx&, const auth::Call&, base::UtcTime) {}};
};

/// Organizations (tenants), their members and invitations. Every method runs in the caller's transaction.
class Service {
 public:
  Service(const base::Clock& clock, Options options, identity::Service& identity, feed::Feed& feed,
          Memberships& memberships)
      : clock_(clock), options_(std::move(options)), identity_(identity), feed_(feed), memberships_(memberships) {}

  Hooks hooks;

  /// Redeems a setup link: the operator becomes owner of the organization `default` (made at the first link).
  base::Result<identity::NewSession> set_up(Tx& tx, const auth::Call& call, const std::string& token,
                                            const std::string& user_agent);
  /// Makes a person owner of `default`, as the setup link does; idempotent. For the first one who comes.
  void make_first_owner(Tx& tx, base::PersonId person);

  /// By slug or id; nothing when it does not exist.
  std::optional<Organization> find(Tx& tx, const std::string& slug_or_id);
  std::vector<Mine> mine(Tx& tx, base::PersonId person);
  /// The caller becomes owner. An empty slug is made of the name. Errors: `invalid`, `organization.slug_taken`,
  /// `organization.too_many`.
  base::Result<Organization> create(Tx& tx, const auth::Call& call, const std::string& name, std::string slug);
  /// Errors: `invalid`, `organization.slug_taken`, `second_factor.own_first`.
  base::Result<Organization> change(Tx& tx, const auth::Call& call, Change change);
  /// Its apps stop now; it goes for good after kUndoTime. Error `organization.deleted`.
  base::Result<Organization> remove(Tx& tx, const auth::Call& call);
  /// Error `organization.not_deleted`.
  base::Result<Organization> undo_removal(Tx& tx, const auth::Call& call);
  /// Erases what was deleted long enough ago and has no apps left. Idempotent; for the leader.
  void erase_due(Tx& tx);
  /// For the operator. Error `organization.not_found`.
  base::Result<Organization> set_limits(Tx& tx, const std::string& slug_or_id, const Limits& limits);

  std::vector<Member> members(Tx& tx, base::OrganizationId organization);
  /// Errors: `member.not_found`, `role.too_high`, `organization.last_owner`, `invalid`.
  base::Result<Member> change_member(Tx& tx, const auth::Call& call, base::PersonId person, const MemberChange& change);
  /// Their access ends at once, on every instance. Who it was, as they were. Errors as above.
  base::Result<Member> remove_member(Tx& tx, const auth::Call& call, base::PersonId person);
  base::Result<void> leave(Tx& tx, const auth::Call& call);
  /// `person` becomes owner and the caller admin.
  base::Result<Member> transfer(Tx& tx, const auth::Call& call, base::PersonId person);
  /// Raises a member's role in one project, or takes that away again. Errors also `project.not_found`.
  base::Result<Member> set_project_role(Tx& tx, const auth::Call& call, base::PersonId person,
                                        const std::string& project, std::optional<auth::Role> role);

  /// Errors: `role.too_high`, `invalid`, `invitation.too_many`.
  base::Result<NewInvitation> invite(Tx& tx, const auth::Call& call, auth::Role role,
                                     const std::optional<std::string>& email);
  std::vector<Invitation> invitations(Tx& tx, base::OrganizationId organization);
  /// Whose address it was for; empty when it was for whoever has the link. Error `invitation.not_found`.
  base::Result<std::string> revoke_invitation(Tx& tx, const auth::Call& call, base::InvitationId id);
  /// Error `invitation.invalid`, the same for unknown, used, revoked and expired.
  base::Result<Offer> offer(Tx& tx, const std::string& token);
  /// The caller becomes a member. The one who invited must still be allowed to give that role. `tx` is left narrowed to
  /// the new organization. Errors: `invitation.invalid`, `invitation.already_member`.
  base::Result<Organization> accept(Tx& tx, auth::Call& call, const std::string& token);

 private:
  /// `member`: whom it is about, if one.
  void announce(Tx& tx, base::OrganizationId organization, const std::string& kind, const std::string& member = "");

  const base::Clock& clock_;
  Options options_;
  identity::Service& identity_;
  feed::Feed& feed_;
  Memberships& memberships_;
};

}  // namespace organizations

#include "common/base/bytes.hpp"
#include "common/crypto/hash.hpp"
#include "common/crypto/random.hpp"
#include "control-plane/modules/organizations/member_store.hpp"
#include "control-plane/modules/organizations/organizations.hpp"
#include "control-plane/modules/organizations/store.hpp"

namespace organizations {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kLongestToken = 200;

std::unexpected<base::Error> no_member() {
  return base::not_found("member.not_found", "The member");
}

std::unexpected<base::Error> no_invitation() {
  return base::fail(
      base::ErrorKind::forbidden, "invitation.invalid",
      "This invitation was used already, was taken back, or is older than seven days. Ask for a new one.");
}

/// What the caller holds now, not when they were admitted.
base::Result<rules::Standing> standing_of(Tx& tx, const auth::Call& call) {
  if (call.actor.person.is_nil()) return rules::Standing{call.actor.role, std::nullopt};  // an organization's token
  const auto found = store::standing(tx, call.organization(), call.actor.person);
  if (!found) return base::not_found("organization.not_found", "The organization");
  return *found;
}

/// Both sides of a change of a member, with the organization's members locked.
struct Sides {
  rules::Standing changer;
  rules::Standing member;
};
base::Result<Sides> lock_sides(Tx& tx, const auth::Call& call, base::PersonId person) {
  store::lock(tx, call.organization());
  TRY_ASSIGN(const auto changer, standing_of(tx, call));
  const auto member = store::standing(tx, call.organization(), person);
  if (!member) return no_member();
  TRY_CHECK(rules::may_change(changer, *member));
  return Sides{changer, *member};
}

}  // namespace

std::vector<Member> Service::members(Tx& tx, base::OrganizationId organization) {
  return store::members(tx, organization);
}

base::Result<Member> Service::change_member(Tx& tx, const auth::Call& call, base::PersonId person,
                                            const MemberChange& change) {
  TRY_ASSIGN(const auto sides, lock_sides(tx, call, person));
  const auto before = *store::member(tx, call.organization(), person);
  const auto role = change.role.value_or(before.role);
  auto permissions = change.permissions ? change.permissions : before.permissions;
  if (permissions && permissions->empty()) permissions.reset();
  if (change.role && !change.permissions) permissions.reset();  // a new role is that role, whole
  std::optional<auth::PermissionSet> custom;
  if (permissions) {
    TRY_ASSIGN(custom, rules::read_permissions(*permissions));
  }
  const bool limited = change.limited_to_projects.value_or(before.limited_to_projects);
  if (limited && role >= auth::Role::admin) {
    return base::invalid("/limited_to_projects", "Owners and admins see every project; make them member or viewer.");
  }
  TRY_CHECK(rules::may_give(sides.changer, role, custom));
  const int owners = store::count_owners(tx, call.organization());
  TRY_CHECK(rules::keeps_an_owner(owners, before.role, role));
  store::set_role(tx, call.organization(), person, role, permissions, limited);
  memberships_.changed(tx, call.organization());
  announce(tx, call.organization(), "member.updated", before.name);
  return *store::member(tx, call.organization(), person);
}

base::Result<Member> Service::remove_member(Tx& tx, const auth::Call& call, base::PersonId person) {
  TRY_ASSIGN(const auto sides, lock_sides(tx, call, person));
  auto removed = *store::member(tx, call.organization(), person);
  const int owners = store::count_owners(tx, call.organization());
  TRY_CHECK(rules::keeps_an_owner(owners, sides.member.role, std::nullopt));
  store::remove_member(tx, call.organization(), person);
  memberships_.changed(tx, call.organization());
  announce(tx, call.organization(), "member.removed", removed.name);
  return removed;
}

base::Result<void> Service::leave(Tx& tx, const auth::Call& call) {
  TRY_CHECK(remove_member(tx, call, call.actor.person));
  return {};
}

base::Result<Member> Service::transfer(Tx& tx, const auth::Call& call, base::PersonId person) {
  const auto organization = call.organization();
  TRY_ASSIGN(const auto sides, lock_sides(tx, call, person));
  if (sides.changer.role != auth::Role::owner || person == call.actor.person) {
    return base::fail(base::ErrorKind::forbidden, "role.too_high", "Only an owner gives an organization to another.");
  }
  store::set_role(tx, organization, person, auth::Role::owner, std::nullopt, false);
  store::set_role(tx, organization, call.actor.person, auth::Role::admin, std::nullopt, false);
  memberships_.changed(tx, organization);
  auto changed = *store::member(tx, organization, person);
  announce(tx, organization, "member.updated", changed.name);
  return changed;
}

base::Result<Member> Service::set_project_role(Tx& tx, const auth::Call& call, base::PersonId person,
                                               const std::string& project, std::optional<auth::Role> role) {
  const auto organization = call.organization();
  TRY_ASSIGN(const auto sides, lock_sides(tx, call, person));
  const auto id = store::project_of(tx, organization, "project", project);
  if (!id) return base::not_found("project.not_found", "The project");
  if (role) {
    if (*role == auth::Role::owner) return base::invalid("/role", "A project has no owner: admin, member or viewer.");
    TRY_CHECK(rules::may_give(sides.changer, *role, std::nullopt));
    store::set_project_role(tx, organization, *id, person, *role);
  } else {
    store::remove_project_role(tx, organization, *id, person);
  }
  memberships_.changed(tx, organization);
  auto changed = *store::member(tx, organization, person);
  announce(tx, organization, "member.updated", changed.name);
  return changed;
}

base::Result<NewInvitation> Service::invite(Tx& tx, const auth::Call& call, auth::Role role,
                                            const std::optional<std::string>& email) {
  if (email) TRY_CHECK(rules::check_email(*email));
  if (call.actor.person.is_nil()) {
    return base::fail(base::ErrorKind::forbidden, "person.required", "Only a person invites, no organization's token.");
  }
  const auto organization = call.organization();
  store::lock(tx, organization);
  TRY_ASSIGN(const auto giver, standing_of(tx, call));
  TRY_CHECK(rules::may_give(giver, role, std::nullopt));
  const auto now = clock_.utc_now();
  if (store::count_invitations(tx, organization, now) >= kMostInvitations) {
    return base::conflict("invitation.too_many",
                          "There are " + std::to_string(kMostInvitations) + " open invitations. Take some back first.");
  }
  NewInvitation made;
  made.token = base::base64url_encode(crypto::random_bytes(kTokenBytes));
  made.invitation = {base::InvitationId::make(clock_), email, role, call.actor.name, now, now + kInvitationLife};
  store::insert_invitation(tx, made.invitation.id, organization, crypto::sha256(made.token), email, role,
                           call.actor.person, made.invitation.expires_at);
  announce(tx, organization, "member.invited");
  return made;
}

std::vector<Invitation> Service::invitations(Tx& tx, base::OrganizationId organization) {
  return store::invitations(tx, organization, clock_.utc_now());
}

base::Result<std::string> Service::revoke_invitation(Tx& tx, const auth::Call& call, base::InvitationId id) {
  auto email = store::revoke_invitation(tx, call.organization(), id);
  if (!email) return base::not_found("invitation.not_found", "The invitation");
  announce(tx, call.organization(), "member.invited");
  return *std::move(email);
}

base::Result<Offer> Service::offer(Tx& tx, const std::string& token) {
  if (token.size() > kLongestToken) return no_invitation();
  auto found = store::offer(tx, crypto::sha256(token), clock_.utc_now());
  if (!found) return no_invitation();
  return *std::move(found);
}

base::Result<Organization> Service::accept(Tx& tx, auth::Call& call, const std::string& token) {
  if (call.actor.person.is_nil() || token.size() > kLongestToken) return no_invitation();
  tx.enter(postgres::Reach::all());  // the caller belongs to it only afterwards
  const auto accepted = store::accept_invitation(tx, crypto::sha256(token), call.actor.person, clock_.utc_now());
  if (!accepted) return no_invitation();
  store::lock(tx, accepted->organization);
  // Who was removed or made less since has nothing to give any more.
  const auto giver = store::standing(tx, accepted->organization, accepted->invited_by);
  if (!giver || !rules::may_give(*giver, accepted->role, std::nullopt)) return no_invitation();
  if (!giver->permissions().test(static_cast<std::size_t>(auth::Permission::member_manage))) return no_invitation();
  if (!store::add_member(tx, accepted->organization, call.actor.person, accepted->role)) {
    return base::conflict("invitation.already_member", "You are a member already; the invitation stays open.");
  }
  memberships_.changed(tx, accepted->organization);
  announce(tx, accepted->organization, "member.joined", call.actor.name);
  const auto joined = *store::find(tx, accepted->organization.to_string());
  // What is written about it belongs to the organization that they now are in.
  call.actor.organization = joined.id;
  call.actor.organization_slug = joined.slug;
  call.actor.role = accepted->role;
  return joined;
}

}  // namespace organizations

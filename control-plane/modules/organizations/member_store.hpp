#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/organizations/rules.hpp"

/// Members, their roles and invitations.
namespace organizations::store {

// For authorisation.
/// By slug or id; with an empty `organization` the person's oldest that is not deleted.
std::optional<auth::Membership> find_membership(Tx& tx, base::PersonId person, const std::string& organization);
std::optional<auth::Membership> find_for_token(Tx& tx, const std::string& organization, auth::Role role);
std::optional<base::ProjectId> project_of(Tx& tx, base::OrganizationId organization, const std::string& kind,
                                          const std::string& name_or_id);

/// Makes changes of one organization's members one after the other, until the end of the transaction.
void lock(Tx& tx, base::OrganizationId organization);
std::optional<rules::Standing> standing(Tx& tx, base::OrganizationId organization, base::PersonId person);
int count_owners(Tx& tx, base::OrganizationId organization);
/// False when they are a member already.
bool add_member(Tx& tx, base::OrganizationId organization, base::PersonId person, auth::Role role);
std::vector<Member> members(Tx& tx, base::OrganizationId organization);
std::optional<Member> member(Tx& tx, base::OrganizationId organization, base::PersonId person);
/// No `permissions`: what the role gives.
void set_role(Tx& tx, base::OrganizationId organization, base::PersonId person, auth::Role role,
              const std::optional<std::vector<std::string>>& permissions, bool limited_to_projects);
void remove_member(Tx& tx, base::OrganizationId organization, base::PersonId person);
void remove_all_members(Tx& tx, base::OrganizationId organization);
void set_project_role(Tx& tx, base::OrganizationId organization, base::ProjectId project, base::PersonId person,
                      auth::Role role);
bool remove_project_role(Tx& tx, base::OrganizationId organization, base::ProjectId project, base::PersonId person);

void insert_invitation(Tx& tx, base::InvitationId id, base::OrganizationId organization, std::string_view token_sha256,
                       const std::optional<std::string>& email, auth::Role role, base::PersonId invited_by,
                       base::UtcTime expires_at);
int count_invitations(Tx& tx, base::OrganizationId organization, base::UtcTime now);
std::vector<Invitation> invitations(Tx& tx, base::OrganizationId organization, base::UtcTime now);
/// False when there is no such open one.
/// The address that it was for, or empty; nothing when there is no such open invitation.
std::optional<std::string> revoke_invitation(Tx& tx, base::OrganizationId organization, base::InvitationId id);
struct Accepted {
  base::InvitationId id;
  base::OrganizationId organization;
  auth::Role role{auth::Role::viewer};
  base::PersonId invited_by;
};
/// Uses the invitation up; nothing when it is unknown, used, revoked or expired.
std::optional<Accepted> accept_invitation(Tx& tx, std::string_view token_sha256, base::PersonId person,
                                          base::UtcTime now);
std::optional<Offer> offer(Tx& tx, std::string_view token_sha256, base::UtcTime now);

}  // namespace organizations::store

#include "control-plane/modules/organizations/views.hpp"

namespace organizations {

OrganizationView show(const Organization& organization, auth::Role role) {
  OrganizationView view;
  view.id = organization.id;
  view.slug = organization.slug;
  view.name = organization.name;
  view.role = auth::to_string(role);
  view.second_factor_required = organization.second_factor_required;
  view.created_at = organization.created_at;
  view.deleted_at = organization.deleted_at;
  if (organization.deleted_at) view.erased_at = *organization.deleted_at + kUndoTime;
  return view;
}

LimitsView show(const Limits& most, const store::Usage& used) {
  return {{used.apps, most.apps},
          {used.replicas, most.replicas},
          {used.memory_bytes, most.memory_bytes},
          {used.build_minutes, most.build_minutes}};
}

MemberView show(const Member& member) {
  MemberView view;
  view.id = member.person;
  view.name = member.name;
  view.email = member.email;
  view.role = auth::to_string(member.role);
  view.custom = member.permissions.has_value();
  view.permissions = member.permissions.value_or(auth::names_of(auth::permissions_of(member.role)));
  view.limited_to_projects = member.limited_to_projects;
  for (const auto& place : member.projects) {
    view.projects.push_back({place.project, place.slug, auth::to_string(place.role)});
  }
  view.since = member.since;
  return view;
}

InvitationView show(const Invitation& invitation) {
  return {invitation.id,         auth::to_string(invitation.role),
          invitation.email,      invitation.invited_by,
          invitation.created_at, invitation.expires_at};
}

}  // namespace organizations

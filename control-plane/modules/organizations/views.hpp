#pragma once

#include "control-plane/modules/organizations/api.hpp"
#include "control-plane/modules/organizations/store.hpp"

namespace organizations {

OrganizationView show(const Organization& organization, auth::Role role);
LimitsView show(const Limits& most, const store::Usage& used);
MemberView show(const Member& member);
InvitationView show(const Invitation& invitation);

}  // namespace organizations

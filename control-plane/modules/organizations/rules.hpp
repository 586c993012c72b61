#pragma once

#include <string>
#include <string_view>

#include "control-plane/modules/organizations/model.hpp"

/// Pure decisions about who may give what to whom.
namespace organizations::rules {

base::Result<void> check_slug(const std::string& slug);
base::Result<void> check_name(const std::string& name);
/// Not whether it exists; only that it can be sent to and breaks no header.
base::Result<void> check_email(const std::string& email);
/// A slug made of a name; "org" when nothing of it can stand in one.
std::string slug_of(std::string_view name);

/// What somebody holds in an organization when they change others: read in the transaction of the change.
struct Standing {
  auth::Role role{auth::Role::viewer};
  std::optional<auth::PermissionSet> custom;
  auth::PermissionSet permissions() const { return custom.value_or(auth::permissions_of(role)); }
};

/// Nobody gives more than they have: a role at most their own, permissions only of theirs. Error `role.too_high`.
base::Result<void> may_give(const Standing& giver, auth::Role role, const std::optional<auth::PermissionSet>& custom);
/// Nobody touches somebody who stands above them. Error `role.too_high`.
base::Result<void> may_change(const Standing& changer, const Standing& member);
/// There is always an owner. `owners`: how many there are before the change. Error `organization.last_owner`.
base::Result<void> keeps_an_owner(int owners, auth::Role before, std::optional<auth::Role> after);

/// Names to a set; an Error for an unknown one.
base::Result<auth::PermissionSet> read_permissions(const std::vector<std::string>& names);

}  // namespace organizations::rules

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/platform/auth/actor.hpp"

namespace base {
using InvitationId = Id<struct InvitationTag>;
}

namespace organizations {

/// A deleted organization can be brought back for so long.
inline constexpr std::chrono::hours kUndoTime{24};
inline constexpr std::chrono::hours kInvitationLife{24 * 7};
/// How many organizations one person may own.
inline constexpr int kMostOwned = 50;
inline constexpr int kMostInvitations = 200;

/// What the operator allows an organization; nothing is without limit.
struct Limits {
  std::optional<std::int64_t> apps;
  std::optional<std::int64_t> replicas;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::int64_t> build_minutes;  ///< in a calendar month, UTC
};

struct Organization {
  base::OrganizationId id;
  std::string slug;
  std::string name;
  bool second_factor_required{false};
  std::optional<base::UtcTime> deleted_at;
  base::UtcTime created_at;
  Limits limits;
};

/// An organization as one of its members sees it in a list.
struct Mine {
  Organization organization;
  auth::Role role{auth::Role::viewer};
};

struct Member {
  base::PersonId person;
  std::string name;
  std::optional<std::string> email;
  auth::Role role{auth::Role::viewer};
  /// Instead of what the role gives; names of permissions.
  std::optional<std::vector<std::string>> permissions;
  bool limited_to_projects{false};
  struct Place {
    base::ProjectId project;
    std::string slug;
    auth::Role role{auth::Role::viewer};
  };
  std::vector<Place> projects;
  base::UtcTime since;
};

struct Invitation {
  base::InvitationId id;
  std::optional<std::string> email;
  auth::Role role{auth::Role::viewer};
  std::string invited_by;
  base::UtcTime created_at;
  base::UtcTime expires_at;
};

/// The only moment at which an invitation's token is known.
struct NewInvitation {
  Invitation invitation;
  std::string token;
};

/// What somebody with an invitation's link may know before they accept.
struct Offer {
  base::OrganizationId organization;
  std::string organization_name;
  auth::Role role{auth::Role::viewer};
  std::string invited_by;
  base::UtcTime expires_at;
};

/// Absent members stay as they are.
struct Change {
  std::optional<std::string> name;
  std::optional<std::string> slug;
  std::optional<bool> second_factor_required;
};
struct MemberChange {
  std::optional<auth::Role> role;
  /// An empty list: what the role gives.
  std::optional<std::vector<std::string>> permissions;
  std::optional<bool> limited_to_projects;
};

}  // namespace organizations

#include "control-plane/modules/organizations/rules.hpp"

#include <algorithm>

namespace organizations::rules {
namespace {

constexpr std::size_t kLongestSlug = 40;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestEmail = 320;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
}

std::unexpected<base::Error> too_high(std::string message) {
  return base::fail(base::ErrorKind::forbidden, "role.too_high", std::move(message));
}

}  // namespace

base::Result<void> check_slug(const std::string& slug) {
  const bool good = !slug.empty() && slug.size() <= kLongestSlug && is_lower(slug.front()) && slug.back() != '-' &&
                    std::ranges::all_of(slug, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
  if (good) return {};
  return base::invalid("/slug",
                       "Lower-case letters, digits and dashes, beginning with a letter and not ending with a dash, at "
                       "most 40.");
}

base::Result<void> check_name(const std::string& name) {
  const bool good = !name.empty() && name.size() <= kLongestName && !std::ranges::any_of(name, is_control) &&
                    name.find_first_not_of(' ') != std::string::npos;
  if (good) return {};
  return base::invalid("/name", "A name has 1 to 100 bytes and no control characters.");
}

base::Result<void> check_email(const std::string& email) {
  const auto at = email.find('@');
  const bool good = email.size() <= kLongestEmail && at != std::string::npos && at > 0 && at + 1 < email.size() &&
                    email.find('@', at + 1) == std::string::npos && std::ranges::none_of(email, [](char c) {
                      return is_control(c) || c == ' ' || c == ',' || c == ';' || c == '<' || c == '>' || c == '"';
                    });
  if (good) return {};
  return base::invalid("/email", "This is no e-mail address.");
}

std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char c : name) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool keeps = is_lower(low) || (is_digit(low) && !slug.empty());
    if (keeps) slug.push_back(low);
    if (!keeps && !slug.empty() && slug.back() != '-') slug.push_back('-');
    if (slug.size() == kLongestSlug) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "org" : slug;
}

base::Result<void> may_give(const Standing& giver, auth::Role role, const std::optional<auth::PermissionSet>& custom) {
  if (giver.role < role) {
    return too_high(std::string("You cannot make somebody ") + auth::to_string(role) + ": you are " +
                    auth::to_string(giver.role) + " yourself.");
  }
  const auto given = custom.value_or(auth::permissions_of(role));
  if ((given & ~giver.permissions()).none()) return {};
  return too_high("You cannot give permissions that you do not have yourself.");
}

base::Result<void> may_change(const Standing& changer, const Standing& member) {
  if (changer.role >= member.role) return {};
  return too_high(std::string("This person is ") + auth::to_string(member.role) + ", and you are " +
                  auth::to_string(changer.role) + ".");
}

base::Result<void> keeps_an_owner(int owners, auth::Role before, std::optional<auth::Role> after) {
  const bool one_less = before == auth::Role::owner && after != auth::Role::owner;
  if (!one_less || owners > 1) return {};
  return base::conflict("organization.last_owner",
                        "An organization always has an owner. Make somebody else owner first, or delete it.");
}

base::Result<auth::PermissionSet> read_permissions(const std::vector<std::string>& names) {
  auth::PermissionSet set;
  for (const auto& name : names) {
    TRY_ASSIGN(const auto permission, auth::parse_permission(name));
    set.set(static_cast<std::size_t>(permission));
  }
  set.set(static_cast<std::size_t>(auth::Permission::signed_in));
  set.set(static_cast<std::size_t>(auth::Permission::nobody));
  set.set(static_cast<std::size_t>(auth::Permission::organization_read));
  set.set(static_cast<std::size_t>(auth::Permission::member_leave));
  return set;
}

}  // namespace organizations::rules

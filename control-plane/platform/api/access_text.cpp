#include "control-plane/platform/api/access_text.hpp"

#include "control-plane/platform/auth/permission.hpp"

namespace api {
namespace {

std::string roles_from(auth::Role least) {
  switch (least) {
    case auth::Role::viewer: return "every member of the organization has it";
    case auth::Role::member: return "members, admins and owners have it";
    case auth::Role::admin: return "admins and owners have it";
    case auth::Role::owner: return "owners have it";
  }
  return "";
}

}  // namespace

http::Access describe_access(const std::string& permission) {
  for (std::size_t i = 0; i < auth::kPermissions; ++i) {
    const auto& rule = auth::rule(static_cast<auth::Permission>(i));
    if (permission != rule.name) continue;
    const std::string scope = auth::to_string(rule.scope);
    if (static_cast<auth::Permission>(i) == auth::Permission::signed_in) {
      return {"For anyone who is signed in; a token needs the scope `" + scope + "`.", scope};
    }
    std::string who = "Needs `" + permission + "`: " + roles_from(rule.role);
    if (rule.in_project) who += ", also through a role in the project alone";
    who += ". A token needs the scope `" + scope + "`.";
    if (rule.fresh) who += " A browser's session must have proved itself lately.";
    return {who, scope};
  }
  return {};
}

}  // namespace api

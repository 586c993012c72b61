#include "control-plane/modules/organizations/routes.hpp"
#include "control-plane/modules/organizations/views.hpp"

namespace organizations {
namespace {

using api::Effect;
using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;
using http::Method;

Result<base::PersonId> person_of(const Input& input) {
  const auto id = base::PersonId::parse(input.param("person"));
  if (!id) return base::not_found("member.not_found", "The member");
  return *id;
}

void note(Effect& effect, const Member& member) {
  effect.object_kind = "member";
  effect.object_id = member.person.to_string();
  effect.object_name = member.name;
  effect.after = json::encode(show(member));
}

}  // namespace

void Routes::add_members(api::Api& api) {
  api.read<api::List<MemberView>>("/api/v1/orgs/{org}/members", Permission::member_read,
                                  [this](Tx& tx, const Input& input) -> Result<api::List<MemberView>> {
                                    api::List<MemberView> list;
                                    for (const auto& member : organizations.members(tx, input.organization())) {
                                      list.items.push_back(show(member));
                                    }
                                    return list;
                                  })
      .summary("List an organization's members, their roles and projects")
      .tag("members");
  api.write<MemberChangeBody, MemberView>(
         Method::patch, "/api/v1/orgs/{org}/members/{person}", Permission::member_manage, "member.change", 200,
         [this](Tx& tx, const Input& input, const MemberChangeBody& body, Effect& effect) -> Result<MemberView> {
           TRY_ASSIGN(const auto person, person_of(input));
           MemberChange change{{}, body.permissions, body.limited_to_projects};
           if (body.role) {
             TRY_ASSIGN(change.role, auth::parse_role(*body.role));
           }
           TRY_ASSIGN(const auto member, organizations.change_member(tx, input, person, change));
           note(effect, member);
           return show(member);
         })
      .summary("Change a member's role, permissions, or whether they see all projects")
      .tag("members")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(
         Method::del, "/api/v1/orgs/{org}/members/{person}", Permission::member_manage, "member.remove", 204,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<api::Nothing> {
           TRY_ASSIGN(const auto person, person_of(input));
           effect.object_kind = "member";
           effect.object_id = person.to_string();
           TRY_ASSIGN(const auto removed, organizations.remove_member(tx, input, person));
           effect.object_name = removed.name;
           effect.before = json::encode(show(removed));
           return api::Nothing{};
         })
      .summary("Remove a member; their access ends at once")
      .tag("members")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(
         Method::post, "/api/v1/orgs/{org}/leave", Permission::member_leave, "member.leave", 204,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<api::Nothing> {
           effect.object_kind = "member";
           effect.object_id = input.actor.person.to_string();
           TRY_CHECK(organizations.leave(tx, input));
           return api::Nothing{};
         })
      .summary("Leave an organization")
      .tag("members")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  api.write<PersonBody, MemberView>(
         Method::post, "/api/v1/orgs/{org}/transfer", Permission::organization_own, "organization.transfer", 200,
         [this](Tx& tx, const Input& input, const PersonBody& body, Effect& effect) -> Result<MemberView> {
           TRY_ASSIGN(const auto member, organizations.transfer(tx, input, body.person));
           note(effect, member);
           return show(member);
         })
      .summary("Make another member owner; you become admin")
      .tag("members")
      .errors({ErrorKind::not_found, ErrorKind::invalid});
}

void Routes::add_project_roles(api::Api& api) {
  const std::string path = "/api/v1/orgs/{org}/members/{person}/projects/{project}";
  api.write<RoleBody, MemberView>(
         Method::put, path, Permission::member_manage, "member.project_role", 200,
         [this](Tx& tx, const Input& input, const RoleBody& body, Effect& effect) -> Result<MemberView> {
           TRY_ASSIGN(const auto person, person_of(input));
           TRY_ASSIGN(const auto role, auth::parse_role(body.role));
           TRY_ASSIGN(const auto member,
                      organizations.set_project_role(tx, input, person, input.param("project"), role));
           note(effect, member);
           return show(member);
         })
      .summary("Give a member a role in one project, above the one that they have everywhere")
      .tag("members")
      .errors({ErrorKind::not_found, ErrorKind::invalid});
  api.write<api::Nothing, MemberView>(
         Method::del, path, Permission::member_manage, "member.project_role", 200,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<MemberView> {
           TRY_ASSIGN(const auto person, person_of(input));
           TRY_ASSIGN(const auto member,
                      organizations.set_project_role(tx, input, person, input.param("project"), std::nullopt));
           note(effect, member);
           return show(member);
         })
      .summary("Take a role in one project back")
      .tag("members")
      .errors({ErrorKind::not_found});
}

}  // namespace organizations

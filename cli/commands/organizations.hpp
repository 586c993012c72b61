#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "common/async/task.hpp"

/// Commands about organizations, their members and projects. cli/parse_organizations.cpp says how they are typed.
namespace cli {

// organizations.cpp
struct OrganizationOptions {
  std::string name;
  std::optional<std::string> slug;
  bool yes{false};
};
async::Task<Outcome> list_organizations(Session& session);
/// Its limits and what it uses; the one that is in use when `slug` is empty.
async::Task<Outcome> show_organization(Session& session, std::string slug);
/// Every later command is about it.
async::Task<Outcome> use_organization(Session& session, std::string slug);
async::Task<Outcome> create_organization(Session& session, OrganizationOptions options);
async::Task<Outcome> rename_organization(Session& session, OrganizationOptions options);
async::Task<Outcome> delete_organization(Session& session, std::string slug, bool yes);
/// `action`: `undo` or `leave`.
async::Task<Outcome> act_on_organization(Session& session, std::string slug, std::string action);
/// Accepts an invitation's link, or its token.
async::Task<Outcome> join_organization(Session& session, std::string link);

// members.cpp. A person is named by id, e-mail address, or name where only one has it.
async::Task<Outcome> list_members(Session& session);
async::Task<Outcome> list_invitations(Session& session);
async::Task<Outcome> invite_member(Session& session, std::string role, std::optional<std::string> email);
async::Task<Outcome> revoke_invitation(Session& session, std::string id);
async::Task<Outcome> set_member_role(Session& session, std::string person, std::string role);
/// `role` none: takes the role in the project back.
async::Task<Outcome> set_project_role(Session& session, std::string person, std::string project, std::string role);
async::Task<Outcome> limit_member(Session& session, std::string person, bool limited);
async::Task<Outcome> remove_member(Session& session, std::string person);
async::Task<Outcome> transfer_organization(Session& session, std::string person);

// projects.cpp
async::Task<Outcome> list_projects(Session& session);
async::Task<Outcome> create_project(Session& session, std::string slug);
async::Task<Outcome> delete_project(Session& session, std::string slug);
async::Task<Outcome> list_environments(Session& session, std::string project);
/// `branches`: names and patterns with `*`; its apps deploy the first name by default.
async::Task<Outcome> create_environment(Session& session, std::string project, std::string name,
                                        std::vector<std::string> branches);
async::Task<Outcome> delete_environment(Session& session, std::string project, std::string name);

}  // namespace cli

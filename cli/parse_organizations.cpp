#include "cli/parse_organizations.hpp"

namespace cli {
namespace {

void needs(CLI::App* command, const std::string& name, std::string& into, const std::string& what) {
  command->add_option(name, into, what)->required();
}

void add_orgs(CLI::App& root, OrganizationWords& words, const AddCommand& add) {
  auto* orgs = add(root, "orgs", "List, make, switch and change organizations", "wh orgs\n  wh orgs use acme",
                   [](Session& session) { return list_organizations(session); });
  auto* show = add(*orgs, "show", "Limits of an organization and what it uses", "wh orgs show",
                   [&words](Session& session) { return show_organization(session, words.slug); });
  show->add_option("organization", words.slug, "Its slug; by default the one in use");
  needs(add(*orgs, "use", "Make later commands about an organization", "wh orgs use acme",
            [&words](Session& session) { return use_organization(session, words.slug); }),
        "organization", words.slug, "Its slug");
  auto* create = add(*orgs, "create", "Make an organization; you become its owner", "wh orgs create 'Acme Ltd'",
                     [&words](Session& session) { return create_organization(session, words.organization); });
  needs(create, "name", words.organization.name, "What it is called");
  create->add_option("--slug", words.organization.slug, "How it is addressed; by default made of the name");
  auto* rename = add(*orgs, "rename", "Change the name or address of the one in use", "wh orgs rename --name Acme",
                     [&words](Session& session) { return rename_organization(session, words.organization); });
  rename->add_option("--name", words.organization.name, "What it is called");
  rename->add_option("--slug", words.organization.slug, "How it is addressed");
  auto* remove =
      add(*orgs, "delete", "Delete an organization; for 24 hours it can be brought back", "wh orgs delete acme",
          [&words](Session& session) { return delete_organization(session, words.slug, words.yes); });
  needs(remove, "organization", words.slug, "Its slug");
  remove->add_flag("--yes", words.yes, "Do not ask");
  for (const std::string action : {"undo", "leave"}) {
    needs(add(*orgs, action, action == "undo" ? "Bring a deleted one back" : "End your own membership",
              "wh orgs " + action + " acme",
              [&words, action](Session& session) { return act_on_organization(session, words.slug, action); }),
          "organization", words.slug, "Its slug");
  }
  needs(add(*orgs, "transfer", "Make another member owner of the one in use; you become admin",
            "wh orgs transfer ada@example.com",
            [&words](Session& session) { return transfer_organization(session, words.person); }),
        "person", words.person, "Id, e-mail address or name");
  needs(add(root, "join", "Accept an invitation", "wh join 'http://localhost:7070/invitation#…'",
            [&words](Session& session) { return join_organization(session, words.link); }),
        "link", words.link, "The invitation's link, or - to read it from standard input");
}

void add_members(CLI::App& root, OrganizationWords& words, const AddCommand& add) {
  auto* members = add(root, "members", "List, invite and change members", "wh members\n  wh members invite admin",
                      [](Session& session) { return list_members(session); });
  auto* invite = add(*members, "invite", "Make a link that works once, for seven days",
                     "wh members invite member --email max@example.com",
                     [&words](Session& session) { return invite_member(session, words.role, words.email); });
  invite->add_option("role", words.role, "admin, member or viewer; by default member");
  invite->add_option("--email", words.email, "Send the link there");
  add(*members, "invitations", "List open invitations", "wh members invitations",
      [](Session& session) { return list_invitations(session); });
  needs(add(*members, "uninvite", "Take an invitation back", "wh members uninvite ID",
            [&words](Session& session) { return revoke_invitation(session, words.id); }),
        "id", words.id, "Of the invitation");
  auto* role = add(*members, "role", "Change somebody's role", "wh members role max@example.com admin",
                   [&words](Session& session) { return set_member_role(session, words.person, words.role); });
  needs(role, "person", words.person, "Id, e-mail address or name");
  needs(role, "role", words.role, "owner, admin, member or viewer");
  auto* project = add(*members, "project", "Give somebody a role in one project, or take it back with none",
                      "wh members project max@example.com shop member", [&words](Session& session) {
                        return set_project_role(session, words.person, words.project, words.role);
                      });
  needs(project, "person", words.person, "Id, e-mail address or name");
  needs(project, "project", words.project, "Its slug");
  needs(project, "role", words.role, "admin, member, viewer or none");
  for (const bool limited : {true, false}) {
    needs(
        add(*members, limited ? "limit" : "unlimit",
            limited ? "Let somebody see only the projects in which they have a role" : "Let somebody see every project",
            limited ? "wh members limit max@example.com" : "wh members unlimit max@example.com",
            [&words, limited](Session& session) { return limit_member(session, words.person, limited); }),
        "person", words.person, "Id, e-mail address or name");
  }
  needs(add(*members, "remove", "End somebody's membership, at once", "wh members remove max@example.com",
            [&words](Session& session) { return remove_member(session, words.person); }),
        "person", words.person, "Id, e-mail address or name");
}

void add_projects(CLI::App& root, OrganizationWords& words, const AddCommand& add) {
  auto* projects = add(root, "projects", "List, make and delete projects", "wh projects\n  wh projects create shop",
                       [](Session& session) { return list_projects(session); });
  needs(add(*projects, "create", "Make a project", "wh projects create shop",
            [&words](Session& session) { return create_project(session, words.project); }),
        "project", words.project, "Its slug");
  needs(add(*projects, "delete", "Delete a project that has no apps", "wh projects delete shop",
            [&words](Session& session) { return delete_project(session, words.project); }),
        "project", words.project, "Its slug");
  needs(add(*projects, "environments", "List a project's environments", "wh projects environments shop",
            [&words](Session& session) { return list_environments(session, words.project); }),
        "project", words.project, "Its slug");
}

}  // namespace

void add_organization_commands(CLI::App& root, OrganizationWords& words, const AddCommand& add) {
  add_orgs(root, words, add);
  add_members(root, words, add);
  add_projects(root, words, add);
}

}  // namespace cli

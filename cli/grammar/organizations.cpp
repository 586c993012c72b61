#include "cli/grammar/grammar.hpp"

namespace cli::grammar {
namespace {

void add_orgs(Grammar& g) {
  auto& w = g.words();
  auto* orgs = g.add("orgs", "List, make, switch and change organizations", "wh orgs\n  wh orgs use acme",
                     [](Session& session) { return list_organizations(session); });
  auto* show = g.add(*orgs, "show", "Limits of an organization and what it uses", "wh orgs show",
                     [&w](Session& session) { return show_organization(session, w.slug); });
  show->add_option("organization", w.slug, "Its slug; by default the one in use");
  g.needs(g.add(*orgs, "use", "Make later commands about an organization", "wh orgs use acme",
                [&w](Session& session) { return use_organization(session, w.slug); }),
          "organization", w.slug, "Its slug");
  auto* create = g.add(*orgs, "create", "Make an organization; you become its owner", "wh orgs create 'Acme Ltd'",
                       [&w](Session& session) { return create_organization(session, w.organization); });
  g.needs(create, "name", w.organization.name, "What it is called");
  create->add_option("--slug", w.organization.slug, "How it is addressed; by default made of the name");
  auto* rename = g.add(*orgs, "rename", "Change the name or address of the one in use", "wh orgs rename --name Acme",
                       [&w](Session& session) { return rename_organization(session, w.organization); });
  rename->add_option("--name", w.organization.name, "What it is called");
  rename->add_option("--slug", w.organization.slug, "How it is addressed");
  auto* remove =
      g.add(*orgs, "delete", "Delete an organization; for 24 hours it can be brought back", "wh orgs delete acme",
            [&w](Session& session) { return delete_organization(session, w.slug, w.yes); });
  g.needs(remove, "organization", w.slug, "Its slug");
  remove->add_flag("--yes", w.yes, "Do not ask");
  for (const std::string action : {"undo", "leave"}) {
    g.needs(g.add(*orgs, action, action == "undo" ? "Bring a deleted one back" : "End your own membership",
                  "wh orgs " + action + " acme",
                  [&w, action](Session& session) { return act_on_organization(session, w.slug, action); }),
            "organization", w.slug, "Its slug");
  }
  g.needs(g.add(*orgs, "transfer", "Make another member owner of the one in use; you become admin",
                "wh orgs transfer ada@example.com",
                [&w](Session& session) { return transfer_organization(session, w.person); }),
          "person", w.person, "Id, e-mail address or name");
  g.needs(g.add("join", "Accept an invitation", "wh join 'http://localhost:7070/invitation#…'",
                [&w](Session& session) { return join_organization(session, w.link); }),
          "link", w.link, "The invitation's link, or - to read it from standard input");
}

void add_members(Grammar& g) {
  auto& w = g.words();
  auto* members = g.add("members", "List, invite and change members", "wh members\n  wh members invite admin",
                        [](Session& session) { return list_members(session); });
  auto* invite = g.add(*members, "invite", "Make a link that works once, for seven days",
                       "wh members invite member --email max@example.com",
                       [&w](Session& session) { return invite_member(session, w.role, w.email); });
  invite->add_option("role", w.role, "admin, member or viewer; by default member");
  invite->add_option("--email", w.email, "Send the link there");
  g.add(*members, "invitations", "List open invitations", "wh members invitations",
        [](Session& session) { return list_invitations(session); });
  g.needs(g.add(*members, "uninvite", "Take an invitation back", "wh members uninvite ID",
                [&w](Session& session) { return revoke_invitation(session, w.id); }),
          "id", w.id, "Of the invitation");
  auto* role = g.add(*members, "role", "Change somebody's role", "wh members role max@example.com admin",
                     [&w](Session& session) { return set_member_role(session, w.person, w.role); });
  g.needs(role, "person", w.person, "Id, e-mail address or name");
  g.needs(role, "role", w.role, "owner, admin, member or viewer");
  auto* project = g.add(*members, "project", "Give somebody a role in one project, or take it back with none",
                        "wh members project max@example.com shop member",
                        [&w](Session& session) { return set_project_role(session, w.person, w.project, w.role); });
  g.needs(project, "person", w.person, "Id, e-mail address or name");
  g.needs(project, "project", w.project, "Its slug");
  g.needs(project, "role", w.role, "admin, member, viewer or none");
  for (const bool limited : {true, false}) {
    g.needs(g.add(*members, limited ? "limit" : "unlimit",
                  limited ? "Let somebody see only the projects in which they have a role"
                          : "Let somebody see every project",
                  limited ? "wh members limit max@example.com" : "wh members unlimit max@example.com",
                  [&w, limited](Session& session) { return limit_member(session, w.person, limited); }),
            "person", w.person, "Id, e-mail address or name");
  }
  g.needs(g.add(*members, "remove", "End somebody's membership, at once", "wh members remove max@example.com",
                [&w](Session& session) { return remove_member(session, w.person); }),
          "person", w.person, "Id, e-mail address or name");
}

void add_projects(Grammar& g) {
  auto& w = g.words();
  auto* projects = g.add("projects", "List, make and delete projects", "wh projects\n  wh projects create shop",
                         [](Session& session) { return list_projects(session); });
  g.needs(g.add(*projects, "create", "Make a project", "wh projects create shop",
                [&w](Session& session) { return create_project(session, w.project); }),
          "project", w.project, "Its slug");
  g.needs(g.add(*projects, "delete", "Delete a project that has no apps", "wh projects delete shop",
                [&w](Session& session) { return delete_project(session, w.project); }),
          "project", w.project, "Its slug");
  g.needs(g.add(*projects, "environments", "List a project's environments", "wh projects environments shop",
                [&w](Session& session) { return list_environments(session, w.project); }),
          "project", w.project, "Its slug");
  auto* add = g.add(*projects, "create-environment", "Make an environment of a project",
                    "wh projects create-environment shop staging --branch next --branch 'release/*'",
                    [&w](Session& session) { return create_environment(session, w.project, w.id, w.rest); });
  g.needs(add, "project", w.project, "Its slug");
  g.needs(add, "environment", w.id, "What it is called", "ENVIRONMENT");
  add->add_option("--branch", w.rest, "A branch that it is for, also with *; may be given several times")
      ->type_name("BRANCH");
  auto* remove = g.add(*projects, "delete-environment", "Delete an environment in which there are no apps",
                       "wh projects delete-environment shop staging",
                       [&w](Session& session) { return delete_environment(session, w.project, w.id); });
  g.needs(remove, "project", w.project, "Its slug");
  g.needs(remove, "environment", w.id, "Its name", "ENVIRONMENT");
}

}  // namespace

void add_organizations(Grammar& grammar) {
  add_orgs(grammar);
  add_members(grammar);
  add_projects(grammar);
}

}  // namespace cli::grammar

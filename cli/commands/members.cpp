#include "cli/commands/commands.hpp"
#include "cli/commands/organizations.hpp"

namespace cli {
namespace {

struct PlaceView {
  std::string slug;
  std::string role;
  template <class F>
  void map(F& f) {
    f.required("slug", slug);
    f.required("role", role);
  }
};
struct MemberView {
  std::string id;
  std::string name;
  std::optional<std::string> email;
  std::string role;
  bool custom{false};
  bool limited_to_projects{false};
  std::vector<PlaceView> projects;
  base::UtcTime since;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.defaulted("email", email);
    f.required("role", role);
    f.defaulted("custom", custom);
    f.defaulted("limited_to_projects", limited_to_projects);
    f.defaulted("projects", projects);
    f.required("since", since);
  }
};
struct InvitationView {
  std::string id;
  std::string role;
  std::optional<std::string> email;
  std::string invited_by;
  base::UtcTime expires_at;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("role", role);
    f.defaulted("email", email);
    f.required("invited_by", invited_by);
    f.required("expires_at", expires_at);
  }
};
struct NewInvitationView {
  std::string link;
  bool mailed{false};
  template <class F>
  void map(F& f) {
    f.required("link", link);
    f.defaulted("mailed", mailed);
  }
};
struct InviteBody {
  std::string role;
  std::optional<std::string> email;
  template <class F>
  void map(F& f) {
    f.required("role", role);
    f.optional("email", email);
  }
};
struct RoleBody {
  std::string role;
  template <class F>
  void map(F& f) {
    f.required("role", role);
  }
};
struct LimitedBody {
  bool limited_to_projects{false};
  template <class F>
  void map(F& f) {
    f.required("limited_to_projects", limited_to_projects);
  }
};
struct PersonBody {
  std::string person;
  template <class F>
  void map(F& f) {
    f.required("person", person);
  }
};

async::Task<base::Result<MemberView>> find_member(Session& session, std::string who) {
  CO_TRY_ASSIGN(const auto all, co_await list<MemberView>(session, session.org_path("/members")));
  std::vector<MemberView> found;
  for (const auto& member : all.items) {
    if (member.id == who || member.email == who) co_return member;
    if (member.name == who) found.push_back(member);
  }
  if (found.size() == 1) co_return found.front();
  const std::string why = found.empty() ? "Nobody here is called " + who : "Several people are called " + who;
  co_return base::fail(base::ErrorKind::not_found, "cli.member",
                       why + ". Give an e-mail address or an id: wh members --json");
}

std::string places(const MemberView& member) {
  std::string text = member.limited_to_projects ? "only " : "";
  for (std::size_t i = 0; i < member.projects.size(); ++i) {
    text += (i == 0 ? "" : ", ") + member.projects[i].slug + " (" + member.projects[i].role + ")";
  }
  if (member.projects.empty()) return member.limited_to_projects ? "none" : "all";
  return text;
}

async::Task<Outcome> change(Session& session, std::string method, std::string path, std::string body,
                            std::string done) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call(std::move(method), std::move(path), std::move(body)));
  session.done(answer.body, done + "\n");
  co_return kOk;
}

}  // namespace

async::Task<Outcome> list_members(Session& session) {
  CO_TRY_ASSIGN(const auto all, co_await list<MemberView>(session, session.org_path("/members")));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  Table table({"NAME", "E-MAIL", "ROLE", "PROJECTS", "SINCE"});
  for (const auto& member : all.items) {
    table.row({member.name, member.email.value_or("-"), member.custom ? member.role + " (own choice)" : member.role,
               places(member), format_age(member.since, session.clock.utc_now())},
              member.id);
  }
  session.show(table, 0);
  co_return kOk;
}

async::Task<Outcome> list_invitations(Session& session) {
  CO_TRY_ASSIGN(const auto all, co_await list<InvitationView>(session, session.org_path("/invitations")));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  if (all.items.empty()) session.say("Nobody is invited. To invite somebody: wh members invite\n");
  Table table({"ID", "ROLE", "E-MAIL", "INVITED BY", "UNTIL"});
  for (const auto& one : all.items) {
    table.row({one.id, one.role, one.email.value_or("-"), one.invited_by, base::format_utc(one.expires_at)});
  }
  if (!all.items.empty()) session.show(table, 0);
  co_return kOk;
}

async::Task<Outcome> invite_member(Session& session, std::string role, std::optional<std::string> email) {
  const InviteBody wanted{role, email};
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("POST", session.org_path("/invitations"), json::encode(wanted)));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto made, Api::read<NewInvitationView>(answer.body));
  session.say(made.mailed ? "The link is on its way to " + email.value_or("") + "; it works once, for seven days:\n"
                          : "Pass this link on; it works once, for seven days:\n");
  session.out() << made.link << "\n";
  co_return kOk;
}

async::Task<Outcome> revoke_invitation(Session& session, std::string id) {
  co_return co_await change(session, "DELETE", session.org_path("/invitations/" + percent_encode(id)), "",
                            "The invitation is taken back.");
}

async::Task<Outcome> set_member_role(Session& session, std::string person, std::string role) {
  CO_TRY_ASSIGN(const auto member, co_await find_member(session, person));
  co_return co_await change(session, "PATCH", session.org_path("/members/" + member.id), json::encode(RoleBody{role}),
                            member.name + " is " + role + " now.");
}

async::Task<Outcome> set_project_role(Session& session, std::string person, std::string project, std::string role) {
  CO_TRY_ASSIGN(const auto member, co_await find_member(session, person));
  const auto path = session.org_path("/members/" + member.id + "/projects/" + percent_encode(project));
  if (role == "none")
    co_return co_await change(session, "DELETE", path, "", member.name + " has no role of their own there now.");
  co_return co_await change(session, "PUT", path, json::encode(RoleBody{role}),
                            member.name + " is " + role + " in " + project + " now.");
}

async::Task<Outcome> limit_member(Session& session, std::string person, bool limited) {
  CO_TRY_ASSIGN(const auto member, co_await find_member(session, person));
  co_return co_await change(
      session, "PATCH", session.org_path("/members/" + member.id), json::encode(LimitedBody{limited}),
      member.name + (limited ? " sees only the projects in which they have a role now." : " sees every project now."));
}

async::Task<Outcome> remove_member(Session& session, std::string person) {
  CO_TRY_ASSIGN(const auto member, co_await find_member(session, person));
  co_return co_await change(session, "DELETE", session.org_path("/members/" + member.id), "",
                            member.name + " is no member any more; their access has ended.");
}

async::Task<Outcome> transfer_organization(Session& session, std::string person) {
  CO_TRY_ASSIGN(const auto member, co_await find_member(session, person));
  co_return co_await change(session, "POST", session.org_path("/transfer"), json::encode(PersonBody{member.id}),
                            member.name + " is owner now, and you are admin.");
}

}  // namespace cli

#include <algorithm>

#include "cli/commands/account.hpp"
#include "cli/commands/commands.hpp"
#include "cli/find_one.hpp"

namespace cli {
namespace {

constexpr const char* kMark = "wh_pat_";
constexpr std::size_t kShownLetters = 15;  ///< of a token, in lists: its mark and eight more

struct TokenView {
  std::string id;
  std::string name;
  std::string prefix;
  std::string scope;
  std::vector<std::string> projects;
  base::UtcTime expires_at;
  std::optional<base::UtcTime> last_used_at;
  std::string made_by;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("prefix", prefix);
    f.required("scope", scope);
    f.defaulted("projects", projects);
    f.required("expires_at", expires_at);
    f.defaulted("last_used_at", last_used_at);
    f.defaulted("made_by", made_by);
  }
};
struct NewTokenView {
  std::string token;
  TokenView info;
  template <class F>
  void map(F& f) {
    f.required("token", token);
    f.required("info", info);
  }
};
struct CreateBody {
  std::string name;
  std::string scope;
  std::vector<std::string> projects;
  int days{90};
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("scope", scope);
    f.required("projects", projects);
    f.required("days", days);
  }
};
struct ProjectView {
  std::string id;
  std::string slug;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("slug", slug);
  }
};

std::string path_of(const Session& session, bool organization) {
  return organization ? session.org_path("/tokens") : "/api/v1/me/tokens";
}

async::Task<base::Result<std::vector<ProjectView>>> all_projects(Session& session) {
  CO_TRY_ASSIGN(auto all, co_await list<ProjectView>(session, session.org_path("/projects")));
  co_return std::move(all.items);
}

async::Task<base::Result<std::vector<std::string>>> ids_of(Session& session, std::vector<std::string> wanted) {
  std::vector<std::string> ids;
  if (wanted.empty()) co_return ids;
  CO_TRY_ASSIGN(const auto projects, co_await all_projects(session));
  for (const auto& name : wanted) {
    const auto found =
        std::ranges::find_if(projects, [&](const auto& project) { return project.slug == name || project.id == name; });
    if (found == projects.end()) {
      co_return base::fail(base::ErrorKind::not_found, "cli.project", "There is no project " + name + ".");
    }
    ids.push_back(found->id);
  }
  co_return ids;
}

std::string names_of(const std::vector<std::string>& ids, const std::vector<ProjectView>& projects) {
  if (ids.empty()) return "all";
  std::string text;
  for (const auto& id : ids) {
    const auto found = std::ranges::find(projects, id, &ProjectView::id);
    text += (text.empty() ? "" : ", ") + (found == projects.end() ? id : found->slug);
  }
  return text;
}

}  // namespace

async::Task<Outcome> list_tokens(Session& session, bool organization) {
  CO_TRY_ASSIGN(const auto all, co_await list<TokenView>(session, path_of(session, organization)));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  if (all.items.empty()) session.say("There are no tokens. To make one: wh tokens create NAME\n");
  std::vector<ProjectView> projects;
  if (std::ranges::any_of(all.items, [](const auto& token) { return !token.projects.empty(); })) {
    // Projects of other organizations stay ids.
    projects = (co_await all_projects(session)).value_or(std::vector<ProjectView>{});
  }
  const auto now = session.clock.utc_now();
  Table table({"NAME", "TOKEN", "SCOPE", "PROJECTS", "UNTIL", "USED", "BY"});
  for (const auto& token : all.items) {
    table.row({token.name, token.prefix + "…", token.scope, names_of(token.projects, projects),
               token.expires_at <= now ? "expired" : base::format_utc(token.expires_at),
               token.last_used_at ? format_age(*token.last_used_at, now) : "never", token.made_by});
  }
  if (!all.items.empty()) session.show(table);
  co_return kOk;
}

async::Task<Outcome> create_token(Session& session, TokenOptions options) {
  CO_TRY_ASSIGN(auto projects, co_await ids_of(session, options.projects));
  const CreateBody body{options.name, options.scope, std::move(projects), options.days};
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("POST", path_of(session, options.organization), json::encode(body)));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto made, Api::read<NewTokenView>(answer.body));
  session.say("This token is shown once. It is good for " + made.info.scope + " until " +
              base::format_utc(made.info.expires_at) + ":\n");
  session.out() << made.token << "\n";
  co_return kOk;
}

async::Task<Outcome> revoke_token(Session& session, std::string which, bool organization) {
  if (which.starts_with(kMark)) which.resize(std::min(which.size(), kShownLetters));
  CO_TRY_ASSIGN(const auto all, co_await list<TokenView>(session, path_of(session, organization)));
  const std::string listed = organization ? "wh tokens --organization" : "wh tokens";
  CO_TRY_ASSIGN(const auto token, find_one(all.items, which, {"token", "cli.token", "its first letters: " + listed},
                                           [&](const TokenView& each) {
                                             return each.id == which || each.prefix == which || each.name == which;
                                           }));
  const auto path = path_of(session, organization) + "/" + percent_encode(token.id);
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("DELETE", path));
  session.done(answer.body, "The token " + token.name + " (" + token.prefix + "…) is void.\n");
  co_return kOk;
}

}  // namespace cli

#include "cli/commands/commands.hpp"
#include "cli/commands/organizations.hpp"

namespace cli {
namespace {

struct ProjectView {
  std::string slug;
  std::string name;
  std::int64_t apps{0};
  base::UtcTime created_at;
  template <class F>
  void map(F& f) {
    f.required("slug", slug);
    f.required("name", name);
    f.required("apps", apps);
    f.required("created_at", created_at);
  }
};
struct EnvironmentView {
  std::string name;
  std::vector<std::string> branch_patterns;
  std::int64_t apps{0};
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("branch_patterns", branch_patterns);
    f.required("apps", apps);
  }
};
struct SlugBody {
  std::string slug;
  template <class F>
  void map(F& f) {
    f.required("slug", slug);
  }
};

struct NewEnvironmentBody {
  std::string name;
  std::vector<std::string> branch_patterns;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("branch_patterns", branch_patterns);
  }
};

std::string environments_path(const Session& session, const std::string& project) {
  return session.org_path("/projects/" + percent_encode(project) + "/environments");
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "-" : text;
}

}  // namespace

async::Task<Outcome> list_projects(Session& session) {
  CO_TRY_ASSIGN(const auto all, co_await list<ProjectView>(session, session.org_path("/projects")));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  Table table({"PROJECT", "NAME", "APPS", "MADE"});
  for (const auto& one : all.items) {
    table.row({one.slug, one.name, std::to_string(one.apps), format_age(one.created_at, session.clock.utc_now())});
  }
  session.show(table, 0);
  co_return kOk;
}

async::Task<Outcome> create_project(Session& session, std::string slug) {
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("POST", session.org_path("/projects"), json::encode(SlugBody{slug})));
  session.done(answer.body, "Made the project " + slug + " with its environment production.\n");
  co_return kOk;
}

async::Task<Outcome> delete_project(Session& session, std::string slug) {
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("DELETE", session.org_path("/projects/" + percent_encode(slug))));
  session.done(answer.body, "The project " + slug + " is deleted.\n");
  co_return kOk;
}

async::Task<Outcome> list_environments(Session& session, std::string project) {
  CO_TRY_ASSIGN(const auto all, co_await list<EnvironmentView>(session, environments_path(session, project)));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  Table table({"ENVIRONMENT", "BRANCHES", "APPS"});
  for (const auto& one : all.items) {
    table.row({one.name, joined(one.branch_patterns), std::to_string(one.apps)});
  }
  session.show(table, 0);
  co_return kOk;
}

async::Task<Outcome> create_environment(Session& session, std::string project, std::string name,
                                        std::vector<std::string> branches) {
  const NewEnvironmentBody body{name, branches};
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("POST", environments_path(session, project), json::encode(body)));
  session.done(answer.body, "Made the environment " + name + " of " + project +
                                ". To put an app there: wh deploy APP --environment " + name + "\n");
  co_return kOk;
}

async::Task<Outcome> delete_environment(Session& session, std::string project, std::string name) {
  const auto path = environments_path(session, project) + "/" + percent_encode(name);
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("DELETE", path));
  session.done(answer.body, "The environment " + name + " of " + project + " is deleted.\n");
  co_return kOk;
}

}  // namespace cli

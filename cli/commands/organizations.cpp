#include "cli/commands/organizations.hpp"

#include <istream>

#include "cli/commands/commands.hpp"
#include "cli/commands/sign_in.hpp"

namespace cli {
namespace {

struct UsageView {
  std::int64_t used{0};
  std::optional<std::int64_t> most;
  template <class F>
  void map(F& f) {
    f.required("used", used);
    f.defaulted("most", most);
  }
};
struct LimitView {
  UsageView apps;
  UsageView replicas;
  UsageView memory_bytes;
  UsageView build_minutes;
  template <class F>
  void map(F& f) {
    f.required("apps", apps);
    f.required("replicas", replicas);
    f.required("memory_bytes", memory_bytes);
    f.required("build_minutes", build_minutes);
  }
};
struct OrganizationView {
  std::string slug;
  std::string name;
  std::string role;
  std::optional<base::UtcTime> erased_at;
  std::optional<LimitView> limits;
  template <class F>
  void map(F& f) {
    f.required("slug", slug);
    f.required("name", name);
    f.required("role", role);
    f.defaulted("erased_at", erased_at);
    f.defaulted("limits", limits);
  }
};
struct NameBody {
  std::optional<std::string> name;
  std::optional<std::string> slug;
  template <class F>
  void map(F& f) {
    f.optional("name", name);
    f.optional("slug", slug);
  }
};
struct TokenBody {
  std::string token;
  template <class F>
  void map(F& f) {
    f.required("token", token);
  }
};

std::string path_of(const std::string& slug) {
  return "/api/v1/orgs/" + percent_encode(slug);
}

std::string of(const UsageView& usage, std::int64_t unit = 1, const std::string& name = "") {
  const std::string most = usage.most ? std::to_string(*usage.most / unit) : "no limit";
  return std::to_string(usage.used / unit) + name + " of " + most;
}

/// The slug that is meant: the one in use when none is given.
std::string or_current(const Session& session, const std::string& slug) {
  return slug.empty() ? session.context.organization : slug;
}

base::Result<void> switch_to(Session& session, const std::string& slug) {
  session.context.organization = slug;
  return blocking_save_context(session.context_file, session.context);
}

int print(Session& session, const std::string& body, const std::string& text) {
  session.done(body, text + "\n");
  return kOk;
}

}  // namespace

async::Task<Outcome> list_organizations(Session& session) {
  CO_TRY_ASSIGN(const auto all, co_await list<OrganizationView>(session, "/api/v1/orgs"));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  Table table({"", "ORGANIZATION", "NAME", "YOU ARE"});
  for (const auto& one : all.items) {
    table.row({one.slug == session.context.organization ? "*" : "", one.slug,
               one.erased_at ? one.name + " (deleted)" : one.name, one.role},
              one.slug);
  }
  session.show(table, 1);
  co_return kOk;
}

async::Task<Outcome> show_organization(Session& session, std::string slug) {
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get(path_of(or_current(session, slug))));
  if (session.json) {
    session.out() << body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto view, Api::read<OrganizationView>(body));
  if (session.only(view.slug)) co_return kOk;
  auto& out = session.out();
  out << session.terminal.paint(view.name, Tone::strong) << " (" << view.slug << "), you are " << view.role << "\n";
  if (view.limits) {
    out << "  Apps           " << of(view.limits->apps) << "\n  Replicas       " << of(view.limits->replicas)
        << "\n  Memory         " << of(view.limits->memory_bytes, std::int64_t{1} << 20U, " MiB")
        << "\n  Build minutes  " << of(view.limits->build_minutes) << " this month\n";
  }
  if (view.erased_at) {
    out << "It is deleted, and goes for good at " << base::format_utc(*view.erased_at)
        << ". To bring it back: wh orgs undo " << view.slug << "\n";
  }
  co_return kOk;
}

async::Task<Outcome> use_organization(Session& session, std::string slug) {
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get(path_of(slug)));
  CO_TRY_ASSIGN(const auto view, Api::read<OrganizationView>(body));
  CO_TRY_CHECK(switch_to(session, view.slug));
  session.done(body, "Commands are about " + view.name + " (" + view.slug + ") now.\n");
  co_return kOk;
}

async::Task<Outcome> create_organization(Session& session, OrganizationOptions options) {
  const NameBody wanted{options.name, options.slug};
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", "/api/v1/orgs", json::encode(wanted)));
  CO_TRY_ASSIGN(const auto view, Api::read<OrganizationView>(answer.body));
  co_return print(session, answer.body,
                  "Made " + view.slug + "; you are its owner. To work in it: wh orgs use " + view.slug);
}

async::Task<Outcome> rename_organization(Session& session, OrganizationOptions options) {
  const NameBody wanted{options.name.empty() ? std::nullopt : std::optional(options.name), options.slug};
  if (!wanted.name && !wanted.slug) co_return usage_error("Say what changes: --name NAME, --slug SLUG.");
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("PATCH", path_of(session.context.organization), json::encode(wanted)));
  CO_TRY_ASSIGN(const auto view, Api::read<OrganizationView>(answer.body));
  CO_TRY_CHECK(switch_to(session, view.slug));
  co_return print(session, answer.body, "It is " + view.name + " (" + view.slug + ") now.");
}

async::Task<Outcome> delete_organization(Session& session, std::string slug, bool yes) {
  if (!yes) {
    session.terminal.err << "This deletes the organization " << slug
                         << ": its apps stop at once; after 24 hours all that is its goes for good.\nType its name to "
                            "go on: ";
    std::string typed;
    std::getline(session.terminal.in, typed);
    if (typed != slug) {
      session.terminal.err << "Nothing was deleted.\n";
      co_return kFailed;
    }
  }
  CO_TRY_ASSIGN(const auto answer, co_await call_proved(session, "DELETE", path_of(slug)));
  co_return print(session, answer.body,
                  slug + " is deleted. For 24 hours you can take that back: wh orgs undo " + slug);
}

async::Task<Outcome> act_on_organization(Session& session, std::string slug, std::string action) {
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", path_of(slug) + "/" + action));
  const auto text = action == "undo" ? slug + " is back; its apps start again." : "You left " + slug + ".";
  co_return print(session, answer.body, text);
}

async::Task<Outcome> join_organization(Session& session, std::string link) {
  if (link == "-") std::getline(session.terminal.in, link);
  const auto hash = link.find('#');
  const TokenBody body{hash == std::string::npos ? link : link.substr(hash + 1)};
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("POST", "/api/v1/invitations/accept", json::encode(body)));
  CO_TRY_ASSIGN(const auto view, Api::read<OrganizationView>(answer.body));
  CO_TRY_CHECK(switch_to(session, view.slug));
  co_return print(session, answer.body,
                  "You are " + view.role + " of " + view.name + ". Commands are about it now: wh apps");
}

}  // namespace cli

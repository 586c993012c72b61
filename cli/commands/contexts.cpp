#include "cli/commands/commands.hpp"
#include "cli/commands/shell.hpp"

namespace cli {
namespace {

struct ContextItem {
  std::string name;
  std::string server;
  std::string organization;
  bool current{false};
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("server", server);
    f.required("organization", organization);
    f.required("current", current);
  }
};
struct ContextList {
  std::vector<ContextItem> items;
  template <class F>
  void map(F& f) {
    f.required("items", items);
  }
};

struct OneContext {
  std::string name;
  template <class F>
  void map(F& f) {
    f.required("name", name);
  }
};

base::Error no_such_context(const Session& session, const std::string& name) {
  std::string known;
  for (const auto& other : session.contexts.blocking_names()) known += (known.empty() ? "" : ", ") + other;
  return {base::ErrorKind::invalid, "cli.usage",
          "There is no context " + name + (known.empty() ? "." : "; there is " + known + ".") +
              " Make one with: wh context add " + name + " --server URL"};
}

}  // namespace

async::Task<Outcome> list_contexts(Session& session) {
  ContextList list;
  const auto current = session.contexts.blocking_current();
  for (const auto& name : session.contexts.blocking_names()) {
    const auto saved = blocking_load_context(session.contexts.file(name));
    ContextItem item{name, "(cannot be read)", "", name == current};
    if (saved && *saved) {
      item.server = (*saved)->server;
      item.organization = (*saved)->organization;
    }
    list.items.push_back(std::move(item));
  }
  if (session.json) {
    session.out() << json::encode(list) << "\n";
    co_return kOk;
  }
  if (list.items.empty()) session.say("There are none yet. Sign in with: wh login --server URL\n");
  Table table({"", "NAME", "SERVER", "ORGANIZATION"});
  for (const auto& item : list.items)
    table.row({item.current ? "*" : "", item.name, item.server, item.organization}, item.name);
  if (!list.items.empty()) session.show(table);
  co_return kOk;
}

async::Task<Outcome> use_context(Session& session, std::string name) {
  CO_TRY_CHECK(Contexts::check_name(name));
  if (!session.contexts.blocking_exists(name)) co_return std::unexpected(no_such_context(session, name));
  CO_TRY_CHECK(session.contexts.blocking_use(name));
  session.done(json::encode(OneContext{name}), "Commands are now about " + name + ".\n");
  co_return kOk;
}

async::Task<Outcome> add_context(Session& session, std::string name, Login options) {
  CO_TRY_CHECK(Contexts::check_name(name));
  if (session.contexts.blocking_exists(name)) {
    co_return usage_error("There is a context " + name + " already. Use it with: wh context use " + name);
  }
  session.context_file = session.contexts.file(name);
  CO_TRY_ASSIGN(const int code, co_await login(session, std::move(options)));
  CO_TRY_CHECK(session.contexts.blocking_use(name));
  session.say("Commands are now about " + name + ".\n");
  co_return code;
}

async::Task<Outcome> remove_context(Session& session, std::string name) {
  CO_TRY_CHECK(Contexts::check_name(name));
  if (!session.contexts.blocking_exists(name)) co_return std::unexpected(no_such_context(session, name));
  const auto saved = blocking_load_context(session.contexts.file(name));
  if (saved && *saved) {
    // The server may be gone for good: the sign-in here goes whatever it says.
    auto executor = co_await boost::asio::this_coro::executor;
    auto api = Api::make(executor, (*saved)->server, (*saved)->session, session.clock);
    if (api) co_await (*api)->call("DELETE", "/api/v1/session");
  }
  session.contexts.blocking_remove(name);
  if (session.contexts.blocking_current() == name) CO_TRY_CHECK(session.contexts.blocking_use(kDefaultContext));
  session.done(json::encode(OneContext{name}), "Removed " + name + ".\n");
  co_return kOk;
}

}  // namespace cli

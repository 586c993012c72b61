#include "cli/ansi_filter.hpp"
#include "cli/commands/commands.hpp"

namespace cli {
namespace {

struct LogDocument {
  std::string log;
  template <class F>
  void map(F& f) {
    f.required("log", log);
  }
};

/// The whole of a text, or as {"log": …}.
void print_text(const Session& session, const std::string& text) {
  if (session.json) {
    session.out() << json::encode(LogDocument{text}) << "\n";
    return;
  }
  const std::string shown = AnsiFilter(session.terminal.colours_out()).feed(text);
  session.out() << shown;
  if (!shown.empty() && shown.back() != '\n') session.out() << "\n";
}

/// `?tail=…&since=…` of what was asked for.
std::string query(const Logs& options) {
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text.append(text.empty() ? "?" : "&").append(name).append("=").append(percent_encode(value));
  };
  if (options.tail) add("tail", std::to_string(*options.tail));
  add("since", options.since);
  if (options.build) return text;
  add("replica", options.replica);
  add("grep", options.grep);
  add("timestamps", options.timestamps ? "true" : "");
  return text;
}

/// The build log: piece by piece until the server says that there is no more for now.
async::Task<base::Result<std::string>> read_build_log(Session& session, std::string path, std::string first) {
  std::string text;
  std::string next = path + first + (first.empty() ? "?" : "&") + "limit=262144";
  for (std::string offset;;) {
    CO_TRY_ASSIGN(const auto answer, co_await session.api->call("GET", next));
    const auto after = answer.header("X-WH-Next-Offset");
    text += answer.body;
    if (answer.body.empty() || !after || *after == offset) co_return text;
    offset = *after;
    next = path + "?offset=" + offset + "&limit=262144";
  }
}

/// The newest deployment that built something; restarts and rollbacks have no build log.
async::Task<base::Result<std::string>> find_build(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto page, co_await list<DeploymentView>(session, session.app_path(app, "/deployments")));
  for (const auto& candidate : page.items) {
    if (candidate.log_bytes > 0) co_return candidate.id;
  }
  co_return co_await find_deployment(session, std::move(app));
}

async::Task<Outcome> build_log(Session& session, Logs options) {
  CO_TRY_ASSIGN(const std::string id, options.deployment.empty()
                                          ? co_await find_build(session, options.app)
                                          : co_await find_deployment(session, options.deployment));
  const std::string path = session.org_path("/deployments/" + percent_encode(id) + "/log");
  if (!options.follow) {
    CO_TRY_ASSIGN(const std::string text, co_await read_build_log(session, path, query(options)));
    print_text(session, text);
    co_return kOk;
  }
  AnsiFilter filter(session.terminal.colours_out());
  const auto take = [&](const Event& event) {
    if (event.event == "end") return false;
    if (event.event != "log") return true;
    if (session.json) {
      session.out() << event.data << "\n" << std::flush;
    } else if (const auto data = Api::read<BuildLogEvent>(event.data)) {
      session.out() << filter.feed(data->text) << std::flush;
    }
    return true;
  };
  CO_TRY_CHECK(co_await session.api->follow(path + "/stream" + query(options), take));
  co_return kOk;
}

async::Task<Outcome> follow_app_log(Session& session, Logs options) {
  std::map<std::string, AnsiFilter> filters;
  const auto print = [&](const AppLogEvent& piece) {
    auto& filter = filters.try_emplace(piece.replica, session.terminal.colours_out()).first->second;
    const std::string text = filter.feed(piece.text);
    session.out() << text << (text.empty() || text.back() == '\n' ? "" : "\n") << std::flush;
  };
  const auto take = [&](const Event& event) {
    if (event.event == "end") return false;
    const bool said = event.event == "gap" || event.event == "note";
    if (event.event != "log" && !said) return true;
    if (session.json) {
      session.out() << event.data << "\n" << std::flush;
    } else if (const auto data = Api::read<AppLogEvent>(event.data)) {
      print(*data);
    }
    return true;
  };
  CO_TRY_CHECK(co_await session.api->follow(session.app_path(options.app, "/logs/stream") + query(options), take));
  session.say("(the replicas that this followed have stopped)\n");
  co_return kOk;
}

}  // namespace

async::Task<Outcome> logs(Session& session, Logs options) {
  if (options.build) co_return co_await build_log(session, std::move(options));
  if (options.follow) co_return co_await follow_app_log(session, std::move(options));
  const std::string path = session.app_path(options.app, "/logs") + query(options);
  CO_TRY_ASSIGN(const std::string text, co_await session.api->get(path));
  print_text(session, text);
  if (text.empty() && !session.quiet && !session.json) {
    session.terminal.err << "Nothing was printed yet. As it comes: wh logs " << options.app
                         << " -f   What its build did: wh logs " << options.app << " --build\n";
  }
  co_return kOk;
}

}  // namespace cli

#include "cli/commands/drains.hpp"

#include <fstream>
#include <istream>

#include "cli/commands/commands.hpp"
#include "cli/find_one.hpp"

namespace cli {
namespace {

struct DrainView {
  std::string id;
  std::string kind;
  std::string address;
  std::string state;
  std::optional<std::string> failure;
  std::optional<base::UtcTime> delivered_at;
  std::int64_t delivered_lines{0};
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("kind", kind);
    f.required("address", address);
    f.required("state", state);
    f.required("failure", failure);
    f.required("delivered_at", delivered_at);
    f.required("delivered_lines", delivered_lines);
  }
};
struct AddDrainBody {
  std::string url;
  std::optional<std::string> token;
  template <class F>
  void map(F& f) {
    f.required("url", url);
    f.optional("token", token);
  }
};

base::Result<std::optional<std::string>> blocking_read_token(Session& session, const std::string& file) {
  if (file.empty()) return std::optional<std::string>();
  std::string token;
  if (file == "-") {
    std::getline(session.terminal.in, token);
  } else {
    std::ifstream in(file);
    if (!in) return usage_error("There is no file " + file + ".");
    std::getline(in, token);
  }
  if (token.empty()) return usage_error("There is no token in the first line.");
  return std::optional(std::move(token));
}

async::Task<base::Result<DrainView>> find_drain(Session& session, std::string app, std::string which) {
  CO_TRY_ASSIGN(const auto all, co_await list<DrainView>(session, session.app_path(app, "/log-drains")));
  co_return find_one(all.items, which, {"drain", "cli.drain", "its id: wh drains list " + app},
                     [&](const DrainView& drain) { return drain.id.starts_with(which) || drain.address == which; });
}

}  // namespace

async::Task<Outcome> list_drains(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto all, co_await list<DrainView>(session, session.app_path(app, "/log-drains")));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  if (all.items.empty()) session.say("Its logs go nowhere else. To send them: wh drains add " + app + " https://…\n");
  const auto now = session.clock.utc_now();
  Table table({"ADDRESS", "STATE", "LINES", "LAST", "ID", "WHY"});
  for (const auto& drain : all.items) {
    table.row(
        {drain.address, drain.state, std::to_string(drain.delivered_lines),
         drain.delivered_at ? format_age(*drain.delivered_at, now) : "never", drain.id, drain.failure.value_or("")},
        drain.id);
  }
  if (!all.items.empty()) session.show(table, 1);
  co_return kOk;
}

async::Task<Outcome> add_drain(Session& session, std::string app, std::string url, std::string token_file) {
  CO_TRY_ASSIGN(auto token, blocking_read_token(session, token_file));
  const auto body = json::encode(AddDrainBody{url, std::move(token)});
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", session.app_path(app, "/log-drains"), body));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto drain, Api::read<DrainView>(answer.body));
  session.say("What " + app + " prints from now on goes to " + drain.address +
              " too. Whether it arrives: wh drains list " + app + "\n");
  session.out() << drain.id << "\n";
  co_return kOk;
}

async::Task<Outcome> remove_drain(Session& session, std::string app, std::string which) {
  CO_TRY_ASSIGN(const auto drain, co_await find_drain(session, app, which));
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("DELETE", session.app_path(app, "/log-drains/" + percent_encode(drain.id))));
  session.done(answer.body, "Logs of " + app + " no longer go to " + drain.address + ".\n");
  co_return kOk;
}

}  // namespace cli

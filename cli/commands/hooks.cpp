#include "cli/commands/hooks.hpp"

#include "cli/commands/commands.hpp"
#include "cli/find_one.hpp"

namespace cli {
namespace {

constexpr std::string_view kHookMark = "wh_hook_";
constexpr std::size_t kKnownLetters = 16;  ///< of the secret part: its mark and eight more

struct HookView {
  std::string id;
  std::string name;
  std::string prefix;
  std::string created_by;
  std::optional<base::UtcTime> expires_at;
  std::optional<base::UtcTime> last_used_at;
  std::optional<std::string> last_used_from;
  template <class F>
  void map(F& f) {
    f.required("id", id);
    f.required("name", name);
    f.required("prefix", prefix);
    f.required("created_by", created_by);
    f.required("expires_at", expires_at);
    f.required("last_used_at", last_used_at);
    f.required("last_used_from", last_used_from);
  }
};
struct NewHookView {
  std::string url;
  HookView hook;
  template <class F>
  void map(F& f) {
    f.required("url", url);
    f.required("hook", hook);
  }
};
struct CreateHookBody {
  std::string name;
  std::optional<int> days;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.optional("days", days);
  }
};

/// The letters of a secret that lists show too, when that is what was typed.
std::string known_part(std::string which) {
  const auto mark = which.find(kHookMark);
  return mark == std::string::npos ? which : which.substr(mark, kKnownLetters);
}

async::Task<base::Result<HookView>> find_hook(Session& session, std::string app, std::string typed) {
  const auto which = known_part(typed);
  CO_TRY_ASSIGN(const auto all, co_await list<HookView>(session, session.app_path(app, "/hooks")));
  co_return find_one(
      all.items, which, {"hook", "cli.hook", "its first letters: wh hooks list " + app},
      [&](const HookView& hook) { return hook.id.starts_with(which) || hook.prefix == which || hook.name == which; });
}

}  // namespace

async::Task<Outcome> list_hooks(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto all, co_await list<HookView>(session, session.app_path(app, "/hooks")));
  if (session.json) {
    session.out() << all.json << "\n";
    co_return kOk;
  }
  if (all.items.empty()) session.say("No address deploys it. To make one: wh hooks create " + app + " NAME\n");
  const auto now = session.clock.utc_now();
  Table table({"NAME", "HOOK", "UNTIL", "USED", "FROM", "BY"});
  for (const auto& hook : all.items) {
    const std::string until = !hook.expires_at          ? "no end"
                              : *hook.expires_at <= now ? "expired"
                                                        : base::format_utc(*hook.expires_at);
    table.row({hook.name, hook.prefix + "…", until, hook.last_used_at ? format_age(*hook.last_used_at, now) : "never",
               hook.last_used_from.value_or(""), hook.created_by},
              hook.id);
  }
  if (!all.items.empty()) session.show(table);
  co_return kOk;
}

async::Task<Outcome> create_hook(Session& session, std::string app, HookOptions options) {
  const auto body = json::encode(CreateHookBody{options.name, options.days});
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("POST", session.app_path(app, "/hooks"), body));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto made, Api::read<NewHookView>(answer.body));
  session.say("Whoever has this address can deploy " + app + ". It is shown once. To use it: curl -X POST ADDRESS\n");
  session.out() << made.url << "\n";
  co_return kOk;
}

async::Task<Outcome> delete_hook(Session& session, std::string app, std::string which) {
  CO_TRY_ASSIGN(const auto hook, co_await find_hook(session, app, which));
  CO_TRY_ASSIGN(const auto answer,
                co_await session.api->call("DELETE", session.app_path(app, "/hooks/" + percent_encode(hook.id))));
  session.done(answer.body, "The address " + hook.name + " does not deploy " + app + " any more.\n");
  co_return kOk;
}

}  // namespace cli

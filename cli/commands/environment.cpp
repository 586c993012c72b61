#include <istream>
#include <iterator>

#include "cli/commands/commands.hpp"
#include "cli/commands/sign_in.hpp"
#include "common/base/failure.hpp"
#include "common/base/files.hpp"

namespace cli {
namespace {

constexpr std::size_t kLargestFile = std::size_t{2} << 20U;

struct PushBody {
  std::string text;
  bool replace{false};
  bool dry_run{false};
  template <class F>
  void map(F& f) {
    f.required("text", text);
    f.required("replace", replace);
    f.required("dry_run", dry_run);
  }
};
struct RevealBody {
  std::vector<std::string> names;
  template <class F>
  void map(F& f) {
    f.required("names", names);
  }
};
struct ChangeView {
  std::string name;
  std::string change;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("change", change);
  }
};
struct ChangesView {
  std::vector<ChangeView> items;
  template <class F>
  void map(F& f) {
    f.required("items", items);
  }
};
struct RevealedView {
  struct Item {
    std::string name;
    std::string value;
    template <class F>
    void map(F& f) {
      f.required("name", name);
      f.required("value", value);
    }
  };
  std::vector<Item> items;
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("items", items);
    f.required("text", text);
  }
};
struct SideView {
  std::optional<std::string> fingerprint;
  template <class F>
  void map(F& f) {
    f.defaulted("fingerprint", fingerprint);
  }
};
struct StagedView {
  struct Variable {
    std::string name;
    std::string change;
    std::optional<std::string> level;
    std::optional<SideView> live;
    std::optional<SideView> staged;
    template <class F>
    void map(F& f) {
      f.required("name", name);
      f.required("change", change);
      f.defaulted("level", level);
      f.defaulted("live", live);
      f.defaulted("staged", staged);
    }
  };
  struct Problem {
    std::string message;
    template <class F>
    void map(F& f) {
      f.required("message", message);
    }
  };
  std::vector<Variable> variables;
  std::vector<std::string> settings;
  std::vector<Problem> problems;
  template <class F>
  void map(F& f) {
    f.required("variables", variables);
    f.defaulted("settings", settings);
    f.defaulted("problems", problems);
  }
};

base::Result<std::string> read_text(Session& session, const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(session.terminal.in), {});
  try {
    return base::blocking_read_file(file, kLargestFile);
  } catch (const base::Failure& failure) {
    return base::fail(base::ErrorKind::invalid, "cli.file",
                      std::string(failure.what()) + ". Name a file, or - for standard input.");
  }
}

std::string sign(const std::string& change) {
  if (change == "added") return "+";
  if (change == "removed") return "-";
  return change == "changed" ? "~" : " ";
}

std::string fingerprint(const std::optional<SideView>& side) {
  return side ? side->fingerprint.value_or("?") : std::string("-");
}

}  // namespace

async::Task<Outcome> pull_variables(Session& session, Place place, std::string file) {
  const std::string path = place.path(session) + "/reveal";
  CO_TRY_ASSIGN(const auto answer, co_await call_proved(session, "POST", path, json::encode(RevealBody{})));
  CO_TRY_ASSIGN(const auto revealed, Api::read<RevealedView>(answer.body));
  if (file == "-") {
    session.out() << (session.json ? answer.body + "\n" : revealed.text);
    co_return kOk;
  }
  try {
    base::blocking_write_file(file, revealed.text, 0600);
  } catch (const base::Failure& failure) {
    co_return base::fail(base::ErrorKind::invalid, "cli.file", failure.what());
  }
  std::vector<std::string> names;
  for (const auto& item : revealed.items) names.push_back(item.name);
  session.done(names_document(names), "Wrote " + std::to_string(names.size()) + " variables of " + place.name() +
                                          " to " + file + ", readable by you alone.\n");
  co_return kOk;
}

async::Task<Outcome> push_variables(Session& session, Place place, Push options) {
  CO_TRY_ASSIGN(auto text, read_text(session, options.file));
  const PushBody body{std::move(text), options.replace, options.dry_run};
  const std::string path = place.path(session);
  CO_TRY_ASSIGN(const auto answer, co_await session.api->call("PATCH", path, json::encode(body)));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto changes, Api::read<ChangesView>(answer.body));
  int changed = 0;
  for (const auto& item : changes.items) {
    if (item.change == "same") continue;
    ++changed;
    session.out() << (session.quiet ? "" : sign(item.change) + " ") << item.name << "\n";
  }
  if (changed == 0) session.say("Nothing differs.\n");
  if (changed > 0 && options.dry_run) session.say("Nothing was changed: this was a dry run.\n");
  if (changed > 0 && !options.dry_run)
    session.say("It takes effect with the next deployment" +
                (place.app.empty() ? std::string(".\n") : ", or now: wh env " + place.app + " apply\n"));
  co_return kOk;
}

async::Task<Outcome> reveal_variables(Session& session, Place place, std::vector<std::string> names) {
  const std::string path = place.path(session) + "/reveal";
  const RevealBody body{names};
  CO_TRY_ASSIGN(const auto answer, co_await call_proved(session, "POST", path, json::encode(body)));
  if (session.json) {
    session.out() << answer.body << "\n";
    co_return kOk;
  }
  CO_TRY_ASSIGN(const auto revealed, Api::read<RevealedView>(answer.body));
  // One alone is for programs: its bytes and nothing else.
  if (names.size() == 1) {
    session.out() << revealed.items.front().value;
  } else {
    session.out() << revealed.text;
  }
  co_return kOk;
}

async::Task<Outcome> show_staged(Session& session, std::string app) {
  const std::string path = session.app_path(app, "/staged");
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get(path));
  CO_TRY_ASSIGN(const auto staged, Api::read<StagedView>(body));
  const int code = staged.problems.empty() ? kOk : kFailed;
  if (session.json) {
    session.out() << body << "\n";
    co_return code;
  }
  if (staged.variables.empty() && staged.settings.empty()) session.say("Everything that was set is live.\n");
  if (!staged.variables.empty()) {
    Table table({"", "NAME", "FROM", "LIVE", "NEXT"});
    for (const auto& one : staged.variables)
      table.row({sign(one.change), one.name, one.level.value_or("-"), fingerprint(one.live), fingerprint(one.staged)},
                one.name);
    session.show(table);
  }
  for (const auto& setting : staged.settings) {
    if (!session.only(setting)) session.out() << "~ " << setting << " (setting)\n";
  }
  for (const auto& problem : staged.problems) session.say("! " + problem.message + "\n");
  co_return code;
}

}  // namespace cli

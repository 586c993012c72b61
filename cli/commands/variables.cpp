#include <istream>
#include <iterator>

#include "cli/commands/commands.hpp"

namespace cli {
namespace {

struct ValueBody {
  std::string value;
  template <class F>
  void map(F& f) {
    f.required("value", value);
  }
};

struct Assignment {
  std::string name;
  std::string value;
};

base::Result<void> check_name(const std::string& name) {
  const bool plain =
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
  if (name.empty() || !plain || (name.front() >= '0' && name.front() <= '9')) {
    return usage_error("\"" + name + "\" is not the name of a variable: letters, digits and _, no digit first.");
  }
  return {};
}

/// "NAME=value" each; the value "-" is all of standard input without the newline at its end.
base::Result<std::vector<Assignment>> read_assignments(Session& session, const std::vector<std::string>& texts) {
  std::vector<Assignment> assignments;
  bool read_input = false;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
      return usage_error("\"" + text + "\" has no =: say NAME=value, or NAME=- for standard input.");
    Assignment assignment{text.substr(0, equals), text.substr(equals + 1)};
    TRY_CHECK(check_name(assignment.name));
    if (assignment.value == "-") {
      if (std::exchange(read_input, true)) return usage_error("Only one value can come from standard input.");
      assignment.value.assign(std::istreambuf_iterator<char>(session.terminal.in), {});
      if (assignment.value.ends_with('\n')) assignment.value.pop_back();
    }
    assignments.push_back(std::move(assignment));
  }
  return assignments;
}

void say_staged(const Session& session, const std::string& what, const std::string& app) {
  session.say(what + ". It takes effect with the next deployment, or now: wh env " + app + " apply\n");
}

}  // namespace

async::Task<Outcome> list_variables(Session& session, std::string app) {
  CO_TRY_ASSIGN(const auto variables, co_await list<VariableView>(session, session.app_path(app, "/variables")));
  if (session.json) {
    session.out() << variables.json << "\n";
    co_return kOk;
  }
  if (variables.items.empty()) {
    session.say("No variables. Set one with: wh env " + app + " set NAME=value\n");
    co_return kOk;
  }
  Table table({"NAME", "CHANGED", "IN FORCE"});
  for (const auto& variable : variables.items) {
    const std::string changed =
        variable.updated_at ? format_age(*variable.updated_at, session.clock.utc_now()) : std::string("-");
    table.row({variable.name, changed, variable.staged ? "after the next deployment" : "yes"});
  }
  session.out() << table.render(session.terminal);
  co_return kOk;
}

async::Task<Outcome> set_variables(Session& session, std::string app, std::vector<std::string> texts) {
  if (texts.empty()) co_return usage_error("Say what to set: wh env " + app + " set NAME=value");
  CO_TRY_ASSIGN(const auto assignments, read_assignments(session, texts));
  std::string names;
  for (const auto& [name, value] : assignments) {
    const std::string path = session.app_path(app, "/variables/" + percent_encode(name));
    CO_TRY_CHECK(co_await session.api->call("PUT", path, json::encode(ValueBody{value})));
    names += (names.empty() ? "" : ", ") + name;
  }
  say_staged(session, "Set " + names, app);
  co_return kOk;
}

async::Task<Outcome> unset_variables(Session& session, std::string app, std::vector<std::string> names) {
  if (names.empty()) co_return usage_error("Say what to unset: wh env " + app + " unset NAME");
  std::string done;
  for (const auto& name : names) CO_TRY_CHECK(check_name(name));
  for (const auto& name : names) {
    const std::string path = session.app_path(app, "/variables/" + percent_encode(name));
    CO_TRY_CHECK(co_await session.api->call("DELETE", path));
    done += (done.empty() ? "" : ", ") + name;
  }
  say_staged(session, "Unset " + done, app);
  co_return kOk;
}

}  // namespace cli

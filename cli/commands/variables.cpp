#include <istream>
#include <iterator>

#include "cli/commands/commands.hpp"

namespace cli {
namespace {

struct ValueBody {
  std::string value;
  std::optional<bool> build_time;
  std::optional<bool> run_time;
  std::optional<bool> expand;
  template <class F>
  void map(F& f) {
    f.required("value", value);
    f.optional("build_time", build_time);
    f.optional("run_time", run_time);
    f.optional("expand", expand);
  }
};

/// A variable without its value.
struct NamedItem {
  std::string name;
  template <class F>
  void map(F& f) {
    f.required("name", name);
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

void say_staged(const Session& session, const std::string& what, const std::vector<std::string>& names,
                const Place& place) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? " " : ", ") + name;
  session.done(names_document(names),
               what + text + ". It takes effect with the next deployment" +
                   (place.app.empty() ? std::string(".\n") : ", or now: wh env " + place.app + " apply\n"));
}

std::string use_of(const VariableView& variable) {
  std::string use = variable.run_time ? "run" : "";
  if (variable.build_time) use += use.empty() ? "build" : ", build";
  return use;
}

}  // namespace

std::string names_document(const std::vector<std::string>& names) {
  Page<NamedItem> page;
  for (const auto& name : names) page.items.push_back({name});
  return json::encode(page);
}

std::string Place::path(const Session& session) const {
  if (organization) return session.org_path("/variables");
  if (!project.empty()) return session.org_path("/projects/" + percent_encode(project) + "/variables");
  if (environment.empty()) return session.app_path(app, "/variables");
  const auto slash = environment.find('/');
  const auto of = slash == std::string::npos ? std::string("default") : environment.substr(0, slash);
  const auto name = slash == std::string::npos ? environment : environment.substr(slash + 1);
  return session.org_path("/projects/" + percent_encode(of) + "/environments/" + percent_encode(name) + "/variables");
}

std::string Place::name() const {
  if (organization) return "the organization";
  if (!project.empty()) return "the project " + project;
  return environment.empty() ? app : "the environment " + environment;
}

async::Task<Outcome> list_variables(Session& session, Place place, bool inherited) {
  const std::string path = place.path(session) + (inherited ? "?inherited=true" : "");
  CO_TRY_ASSIGN(const std::string body, co_await session.api->get(path));
  CO_TRY_ASSIGN(const auto page, Api::read<RawPage>(body));
  std::vector<VariableView> variables;
  std::string all;
  for (const auto& item : page.items) {
    CO_TRY_ASSIGN(auto variable, Api::read<VariableView>(item.text));
    variables.push_back(std::move(variable));
    all += (all.empty() ? "" : ",") + item.text;
  }
  if (session.json) {
    session.out() << "{\"items\":[" << all << "]}\n";
    co_return kOk;
  }
  if (variables.empty()) {
    session.say("No variables. Set one with: wh env " + (place.app.empty() ? std::string("…") : place.app) +
                " set NAME=value\n");
    co_return kOk;
  }
  Table table({"NAME", "FROM", "FOR", "CHANGED", "IN FORCE"});
  for (const auto& variable : variables) {
    const std::string changed =
        variable.updated_at ? format_age(*variable.updated_at, session.clock.utc_now()) : std::string("-");
    table.row({variable.name, variable.level, use_of(variable), changed,
               variable.staged ? "after the next deployment" : "yes"});
  }
  session.show(table);
  co_return kOk;
}

async::Task<Outcome> set_variables(Session& session, Place place, std::vector<std::string> texts, SetFlags flags) {
  const std::string who = place.app.empty() ? "…" : place.app;
  if (texts.empty()) co_return usage_error("Say what to set: wh env " + who + " set NAME=value");
  CO_TRY_ASSIGN(const auto assignments, read_assignments(session, texts));
  std::vector<std::string> names;
  for (const auto& [name, value] : assignments) {
    const std::string path = place.path(session) + "/" + percent_encode(name);
    const ValueBody body{value, flags.build_time, flags.run_time, flags.expand ? std::optional(true) : std::nullopt};
    CO_TRY_CHECK(co_await session.api->call("PUT", path, json::encode(body)));
    names.push_back(name);
    if (!flags.expand && value.find("${") != std::string::npos)
      session.say(name + " holds ${…} as it stands. To refer to another value, add --expand.\n");
  }
  say_staged(session, "Set", names, place);
  co_return kOk;
}

async::Task<Outcome> unset_variables(Session& session, Place place, std::vector<std::string> names) {
  const std::string who = place.app.empty() ? "…" : place.app;
  if (names.empty()) co_return usage_error("Say what to unset: wh env " + who + " unset NAME");
  for (const auto& name : names) CO_TRY_CHECK(check_name(name));
  for (const auto& name : names) {
    const std::string path = place.path(session) + "/" + percent_encode(name);
    CO_TRY_CHECK(co_await session.api->call("DELETE", path));
  }
  say_staged(session, "Unset", names, place);
  co_return kOk;
}

}  // namespace cli

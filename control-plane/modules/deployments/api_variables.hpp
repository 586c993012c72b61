#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/json/json.hpp"

namespace deployments {

struct VariableView {
  std::string name;
  base::UtcTime updated_at;
  bool staged{false};
  std::string level;
  bool build_time{false};
  bool run_time{true};
  bool expand{false};
  std::vector<std::string> refers_to;
  std::optional<std::string> fingerprint;
  std::vector<std::string> hides;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("updated_at", updated_at);
    f.required("staged", staged, "True: not live yet; goes live with the next deployment or restart");
    f.required("level", level, "Where it is set: app, environment, project or organization; the first of these wins");
    f.required("build_time", build_time, "It is meant for builds");
    f.required("run_time", run_time, "What runs gets it");
    f.required("expand", expand, "Its value holds references such as ${db.url}");
    f.required("refers_to", refers_to);
    f.required("fingerprint", fingerprint, "Same for the same value; null for those of an earlier version");
    f.required("hides", hides, "Levels that have a variable of this name too, which does not count");
  }
};

struct VariableBody {
  base::SecretString value;
  std::optional<bool> build_time;
  std::optional<bool> run_time;
  std::optional<bool> expand;
  template <class F>
  void map(F& f) {
    f.required("value", value, "At most 64 KiB; write-only");
    f.optional("build_time", build_time, "It is meant for builds; as it was, at first false");
    f.optional("run_time", run_time, "What runs gets it; as it was, at first true");
    f.optional("expand", expand,
               "The value holds references: ${NAME}, ${service.name}; $${ is ${ itself. At first false");
  }
};

struct NamedVariableBody : VariableBody {
  std::string name;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    VariableBody::map(f);
  }
};

struct VariablesBody {
  std::vector<NamedVariableBody> set;
  std::vector<std::string> unset;
  std::optional<base::SecretString> text;
  bool replace{false};
  bool dry_run{false};
  template <class F>
  void map(F& f) {
    f.defaulted("set", set);
    f.defaulted("unset", unset);
    f.optional("text", text, "More to set, as the text of a .env file");
    f.defaulted("replace", replace, "Everything that is not named goes");
    f.defaulted("dry_run", dry_run, "Say what would change, and change nothing");
  }
};

/// A variable without its value, as it was or is.
struct VariableSide {
  std::optional<std::string> fingerprint;
  bool build_time{false};
  bool run_time{true};
  bool expand{false};
  template <class F>
  void map(F& f) {
    f.required("fingerprint", fingerprint, "Same for the same value");
    f.required("build_time", build_time);
    f.required("run_time", run_time);
    f.required("expand", expand);
  }
};

struct VariableChangeView {
  std::string name;
  std::string change;
  std::optional<VariableSide> before;
  std::optional<VariableSide> after;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("change", change, "added, changed, removed or same");
    f.required("before", before);
    f.required("after", after);
  }
};

struct VariablesReply {
  std::vector<VariableChangeView> items;
  bool applied{true};
  template <class F>
  void map(F& f) {
    f.required("items", items);
    f.required("applied", applied, "False: this was a dry run");
  }
};

struct RevealBody {
  std::vector<std::string> names;
  template <class F>
  void map(F& f) {
    f.defaulted("names", names, "Empty: all of this place");
  }
};

struct RevealedVariable {
  std::string name;
  std::string value;
  bool build_time{false};
  bool run_time{true};
  bool expand{false};
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("value", value);
    f.required("build_time", build_time);
    f.required("run_time", run_time);
    f.required("expand", expand);
  }
};

struct RevealedView {
  std::vector<RevealedVariable> items;
  std::string text;
  template <class F>
  void map(F& f) {
    f.required("items", items);
    f.required("text", text, "The same as the text of a .env file");
  }
};

struct StagedVariableView {
  std::string name;
  std::string change;
  std::optional<std::string> level;
  std::optional<VariableSide> live;
  std::optional<VariableSide> staged;
  template <class F>
  void map(F& f) {
    f.required("name", name);
    f.required("change", change, "added, changed or removed");
    f.required("level", level, "Where it is set; null when it is removed");
    f.required("live", live, "As the current release has it; null: not at all");
    f.required("staged", staged, "As the next one will; its fingerprint is of the stored value, before references");
  }
};

struct VariableProblem {
  std::string code;
  std::string message;
  std::optional<std::string> name;
  template <class F>
  void map(F& f) {
    f.required("code", code, "variables.cycle, variables.missing, variables.too_long or variables.rolled_back");
    f.required("message", message);
    f.required("name", name);
  }
};

struct StagedView {
  std::vector<StagedVariableView> variables;
  std::vector<std::string> settings;
  std::vector<VariableProblem> problems;
  template <class F>
  void map(F& f) {
    f.required("variables", variables, "What the next deployment changes");
    f.required("settings", settings, "Settings that are staged as well");
    f.required("problems", problems, "What stands in its way");
  }
};

/// What the audit log keeps of a change of variables.
struct AuditedVariables {
  std::string level;
  std::string scope;
  std::map<std::string, VariableSide> variables;
  template <class F>
  void map(F& f) {
    f.required("level", level);
    f.required("scope", scope);
    f.required("variables", variables);
  }
};

}  // namespace deployments

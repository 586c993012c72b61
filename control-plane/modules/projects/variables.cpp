#include "control-plane/modules/projects/variables.hpp"

#include <algorithm>
#include <set>

#include "common/base/failure.hpp"
#include "control-plane/modules/projects/rules.hpp"
#include "control-plane/modules/projects/rules_variables.hpp"
#include "control-plane/modules/projects/variable_store.hpp"

namespace projects {
namespace {

constexpr const char* kSetPurpose = "variable-set";

/// What a variable will be when this is set.
VariableMeta planned(const VariableInput& input, const std::optional<VariableMeta>& before) {
  VariableMeta meta = before.value_or(VariableMeta{});
  meta.name = input.name;
  if (input.build_time) meta.build_time = *input.build_time;
  if (input.run_time) meta.run_time = *input.run_time;
  if (input.expand) meta.expand = *input.expand;
  // Without a reference a template is a text.
  if (meta.expand && input.value.reveal().find("${") == std::string_view::npos) meta.expand = false;
  meta.refers_to = meta.expand ? rules::references_of(input.value.reveal()) : std::vector<std::string>{};
  return meta;
}

bool same(const VariableMeta& a, const VariableMeta& b) {
  return a.fingerprint && a.fingerprint == b.fingerprint && a.build_time == b.build_time && a.run_time == b.run_time &&
         a.expand == b.expand;
}

std::optional<VariableMeta> find(const std::vector<VariableMeta>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &VariableMeta::name);
  return found == all.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

Scope Variables::scope_of(const AppEnvironment& env) {
  return {Level::app, env.organization, env.id.uuid(), env.ref(), env.app};
}
Scope Variables::scope_of(base::OrganizationId organization, const std::string& slug) {
  return {Level::organization, organization, organization.uuid(), slug, {}};
}

base::Result<Scope> Variables::project_scope(Tx& tx, base::OrganizationId organization, const std::string& project) {
  auto scope = store::find_project(tx, organization, project);
  if (!scope) return base::not_found("project.not_found", "The project");
  return *std::move(scope);
}

base::Result<Scope> Variables::environment_scope(Tx& tx, base::OrganizationId organization, const std::string& project,
                                                 const std::string& environment) {
  auto scope = store::find_environment(tx, organization, project, environment);
  if (!scope) return base::not_found("environment.not_found", "The environment");
  return *std::move(scope);
}

crypto::ColumnContext Variables::place(Level level, const base::Uuid& scope, const std::string& name,
                                       std::int64_t generation) const {
  return {level == Level::app ? "variables" : "shared_variables", "value_sealed", scope.to_string() + "/" + name,
          static_cast<std::uint64_t>(generation)};
}

std::vector<VariableMeta> Variables::list(Tx& tx, const Scope& scope) {
  return store::metas(tx, scope);
}

std::vector<Effective> Variables::effective(Tx& tx, const AppEnvironment& env) {
  std::vector<Effective> all;
  for (auto& [name, winner] : rules::effective(store::seen_by(tx, env.id))) all.push_back(std::move(winner));
  return all;
}

base::Result<void> Variables::check(const std::vector<VariableInput>& set) const {
  std::vector<base::FieldError> mistakes;
  std::set<std::string> names;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const auto& input = set[i];
    const auto at = "/set/" + std::to_string(i);
    const auto note = [&](const std::string& member, const base::Result<void>& result) {
      if (!result) mistakes.push_back({at + member, result.error().message});
    };
    note("/name", rules::check_variable_name(input.name));
    note("/value", rules::check_variable_value(input.value.reveal()));
    if (!names.insert(input.name).second) mistakes.push_back({at + "/name", "This name comes twice."});
    if (input.expand.value_or(false)) {
      const auto pieces = rules::parse_template(input.value.reveal());
      if (!pieces) mistakes.push_back({at + "/value", pieces.error().message});
    }
  }
  if (mistakes.empty()) return {};
  auto message = mistakes.size() == 1 ? mistakes.front().message : "Some variables cannot be accepted.";
  // One alone is told as the field of a form that has only it.
  if (set.size() == 1) {
    for (auto& mistake : mistakes) mistake.pointer = mistake.pointer.substr(std::string_view("/set/0").size());
  }
  return base::fail(base::Error(base::ErrorKind::invalid, "invalid", std::move(message), mistakes));
}

base::Result<std::vector<VariableChange>> Variables::plan(Tx& tx, const Scope& scope,
                                                          const std::vector<VariableInput>& set,
                                                          const std::vector<std::string>& unset, bool replace) {
  TRY_CHECK(check(set));
  const auto before = store::metas(tx, scope);
  std::vector<VariableChange> changes;
  for (const auto& input : set) {
    auto known = find(before, input.name);
    auto meta = planned(input, known);
    if (!meta.build_time && !meta.run_time) {
      return base::invalid("/run_time", input.name + " would be for nothing: neither for builds nor for running.");
    }
    meta.level = scope.level;
    meta.scope = scope.id;
    meta.fingerprint = vault_.fingerprint(tx, scope.organization, input.value.reveal());
    if (!known || !same(*known, meta)) ++meta.generation;  // what it will be is decided when it is written
    changes.push_back({input.name, std::move(known), std::move(meta)});
  }
  const auto is_set = [&](const std::string& name) {
    return std::ranges::find(set, name, &VariableInput::name) != set.end();
  };
  for (const auto& name : unset) {
    auto known = find(before, name);
    if (!known) return base::not_found("variable.not_found", "The variable");
    if (!is_set(name)) changes.push_back({name, std::move(known), std::nullopt});
  }
  for (const auto& meta : before) {
    const bool named = std::ranges::find(unset, meta.name) != unset.end();
    if (replace && !named && !is_set(meta.name)) changes.push_back({meta.name, meta, std::nullopt});
  }
  const auto added = std::ranges::count_if(changes, [](const auto& c) { return !c.before; });
  const auto removed = std::ranges::count_if(changes, [](const auto& c) { return !c.after; });
  if (before.size() + static_cast<std::size_t>(added) > kMostVariables + static_cast<std::size_t>(removed)) {
    return base::fail(base::ErrorKind::invalid, "variables.too_many",
                      "At most " + std::to_string(kMostVariables) + " variables in one place.");
  }
  std::ranges::sort(changes, {}, &VariableChange::name);
  return changes;
}

base::Result<std::vector<VariableChange>> Variables::change(Tx& tx, const Scope& scope, std::vector<VariableInput> set,
                                                            const std::vector<std::string>& unset, bool replace) {
  const auto locked = store::lock_set(tx, scope);
  // A set that was put back must not get a new MAC with whatever else is written: only when all of it is.
  const bool trusted = fits(tx, scope, store::metas(tx, scope), locked.version == 0 ? nullptr : &locked);
  if (!trusted && !replace) return put_back(scope);
  TRY_ASSIGN(auto changes, plan(tx, scope, set, unset, replace));
  if (!trusted) {
    for (auto& change : changes) {
      if (change.before && change.after) change.after->generation = change.before->generation + 1;
    }
  }
  bool any = false;
  for (auto& change : changes) {
    if (!change.changed()) continue;
    any = true;
    if (!change.after) {
      store::erase(tx, scope, change.name);
      continue;
    }
    const auto& input = *std::ranges::find(set, change.name, &VariableInput::name);
    // Generations only grow, also over a removal: microseconds of the clock, or one more than the last.
    const auto now = clock_.utc_now();
    change.after->generation =
        std::max(change.before ? change.before->generation + 1 : 1, now.time_since_epoch().count());
    change.after->updated_at = now;
    const auto where = place(scope.level, scope.id, change.name, change.after->generation);
    store::put(tx, scope, {*change.after, vault_.seal(tx, scope.organization, where, input.value.reveal())});
  }
  const auto version = locked.version + (any ? 1 : 0);
  store::put_set(
      tx, scope,
      {std::max<std::int64_t>(version, 1),
       mac_of(tx, scope.organization, scope.id, std::max<std::int64_t>(version, 1), store::metas(tx, scope))});
  if (any) announce(tx, scope);
  return changes;
}

std::string Variables::mac_of(Tx& tx, base::OrganizationId organization, const base::Uuid& scope, std::int64_t version,
                              std::vector<VariableMeta> all) {
  return vault_.mac(tx, organization, kSetPurpose, rules::set_text(scope, version, std::move(all)));
}

base::Result<std::vector<VariableInput>> Variables::reveal(Tx& tx, const Scope& scope,
                                                           const std::vector<std::string>& names) {
  auto keyring = vault_.keyring(tx, scope.organization);
  const auto all = store::metas(tx, scope);
  std::vector<VariableInput> revealed;
  for (const auto& name : names) {
    if (!find(all, name)) return base::not_found("variable.not_found", "The variable");
  }
  const auto sealed = store::sealed_of(tx, scope);
  for (const auto& meta : all) {
    if (!names.empty() && std::ranges::find(names, meta.name) == names.end()) continue;
    const auto text = sealed.find(meta.name);
    if (text == sealed.end()) continue;  // removed while it was read
    auto value = keyring.open(tx, place(meta.level, meta.scope, meta.name, meta.generation), text->second);
    if (!value) throw base::Failure("variable " + meta.name + " of " + meta.scope.to_string() + " does not open");
    revealed.push_back({meta.name, *std::move(value), meta.build_time, meta.run_time, meta.expand});
  }
  return revealed;
}

std::unexpected<base::Error> Variables::put_back(const Scope& scope) {
  return base::fail(base::ErrorKind::conflict, "variables.rolled_back",
                    std::string("The variables of the ") + to_string(scope.level) + " " + scope.name +
                        " are not what was last written: rows were changed or put back from a backup. Look at the log "
                        "(wh audit), then set all of them anew: wh env … push FILE --replace.");
}

bool Variables::fits(Tx& tx, const Scope& scope, const std::vector<VariableMeta>& all, const store::SetMac* set) {
  // Before sets had a MAC, variables had no fingerprint.
  if (set == nullptr) return std::ranges::none_of(all, [](const auto& m) { return m.fingerprint.has_value(); });
  return mac_of(tx, scope.organization, scope.id, set->version, all) == set->mac;
}

base::Result<void> Variables::check_sets(Tx& tx, base::AppEnvironmentId environment,
                                         const std::vector<VariableMeta>& all) {
  for (const auto& scope : store::scopes_of(tx, environment)) {
    std::vector<VariableMeta> mine;
    std::ranges::copy_if(all, std::back_inserter(mine), [&](const auto& m) { return m.scope == scope.id; });
    const auto set = store::find_set(tx, scope.id);
    if (!fits(tx, scope, mine, set ? &*set : nullptr)) return put_back(scope);
  }
  return {};
}

void Variables::announce(Tx& tx, const Scope& scope) {
  for (const auto& app : store::apps_within(tx, scope)) {
    feed::Change change;
    change.kind = "app.variables";
    change.organization = scope.organization;
    change.app = app;
    feed_.append(tx, change);
  }
}

}  // namespace projects

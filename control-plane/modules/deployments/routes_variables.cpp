#include <algorithm>

#include "common/text/dotenv.hpp"
#include "control-plane/modules/deployments/api_variables.hpp"
#include "control-plane/modules/deployments/routes.hpp"

namespace deployments {
namespace {

using api::Effect;
using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;
using http::Method;
using projects::Scope;
using projects::VariableChange;
using projects::VariableInput;
using projects::VariableMeta;

constexpr std::size_t kLargestBody = std::size_t{2} << 20U;

VariableSide side(const VariableMeta& meta) {
  return {meta.fingerprint, meta.build_time, meta.run_time, meta.expand};
}

std::optional<VariableSide> side(const std::optional<VariableMeta>& meta) {
  if (!meta) return std::nullopt;
  return side(*meta);
}

VariableView view(const VariableMeta& meta, bool staged, const std::vector<projects::Level>& hides = {}) {
  VariableView shown{meta.name,        meta.updated_at,
                     staged,           projects::to_string(meta.level),
                     meta.build_time,  meta.run_time,
                     meta.expand,      meta.refers_to,
                     meta.fingerprint, {}};
  for (const auto level : hides) shown.hides.emplace_back(projects::to_string(level));
  return shown;
}

const char* kind_of(const VariableChange& change) {
  if (!change.changed()) return "same";
  if (!change.before) return "added";
  return change.after ? "changed" : "removed";
}

/// Fingerprints of what was before and after, for the audit log and for time travel.
void note(Effect& effect, const Scope& scope, const std::vector<VariableChange>& changes) {
  AuditedVariables before{projects::to_string(scope.level), scope.name, {}};
  AuditedVariables after = before;
  std::string only;
  int count = 0;
  for (const auto& change : changes) {
    if (!change.changed()) continue;
    if (change.before) before.variables[change.name] = side(*change.before);
    if (change.after) after.variables[change.name] = side(*change.after);
    only = change.name;
    ++count;
  }
  if (scope.app) effect.app_id = scope.app->to_string();
  const auto place = scope.app ? scope.app->to_string() : scope.id.to_string();
  effect.object_kind = count == 1 ? "variable" : "variables";
  effect.object_id = count == 1 ? place + "/" + only : place;
  effect.object_name = count == 1 ? scope.name + "/" + only : scope.name;
  effect.before = json::encode(before);
  effect.after = json::encode(after);
}

/// What is to be set: the table of the body, then its text. Values of the text keep their flags.
Result<std::vector<VariableInput>> inputs(VariablesBody& body) {
  std::vector<VariableInput> set;
  for (auto& item : body.set)
    set.push_back({item.name, std::move(item.value), item.build_time, item.run_time, item.expand});
  if (!body.text) return set;
  auto entries = text::parse_dotenv(body.text->reveal());
  if (!entries) return base::invalid("/text", entries.error().message);
  for (auto& entry : *entries)
    set.push_back({entry.name, base::SecretString(std::move(entry.value)), {}, {}, entry.expand});
  return set;
}

Result<VariablesReply> change(projects::Variables& variables, Tx& tx, const Scope& scope, VariablesBody& body,
                              Effect& effect) {
  TRY_ASSIGN(auto set, inputs(body));
  VariablesReply reply;
  reply.applied = !body.dry_run;
  std::vector<VariableChange> changes;
  if (body.dry_run) {
    TRY_ASSIGN(changes, variables.plan(tx, scope, set, body.unset, body.replace));
  } else {
    TRY_ASSIGN(changes, variables.change(tx, scope, std::move(set), body.unset, body.replace));
    note(effect, scope, changes);
  }
  for (const auto& one : changes) reply.items.push_back({one.name, kind_of(one), side(one.before), side(one.after)});
  return reply;
}

Result<RevealedView> reveal(projects::Variables& variables, Tx& tx, const Scope& scope, const RevealBody& body,
                            Effect& effect) {
  TRY_ASSIGN(const auto revealed, variables.reveal(tx, scope, body.names));
  RevealedView shown;
  std::vector<text::DotenvEntry> entries;
  AuditedVariables seen{projects::to_string(scope.level), scope.name, {}};
  for (const auto& one : revealed) {
    shown.items.push_back({one.name, std::string(one.value.reveal()), one.build_time.value_or(false),
                           one.run_time.value_or(true), one.expand.value_or(false)});
    entries.push_back({one.name, std::string(one.value.reveal()), one.expand.value_or(false)});
  }
  shown.text = text::print_dotenv(entries);
  for (const auto& meta : variables.list(tx, scope)) {
    if (std::ranges::find(revealed, meta.name, &VariableInput::name) != revealed.end())
      seen.variables[meta.name] = side(meta);
  }
  if (scope.app) effect.app_id = scope.app->to_string();
  effect.object_kind = "variables";
  effect.object_id = scope.app ? scope.app->to_string() : scope.id.to_string();
  effect.object_name = scope.name;
  effect.after = json::encode(seen);
  return shown;
}

}  // namespace

base::Result<Scope> RouteSet::scope(Tx& tx, const Input& input, bool for_change) {
  auto& variables = projects.variables();
  if (input.params.contains("app")) {
    if (for_change) {
      TRY_ASSIGN(const auto env, projects.find_for_change(tx, input.organization(), input.param("app")));
      return projects::Variables::scope_of(env);
    }
    TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
    return projects::Variables::scope_of(env);
  }
  if (input.params.contains("environment"))
    return variables.environment_scope(tx, input.organization(), input.param("project"), input.param("environment"));
  if (input.params.contains("project"))
    return variables.project_scope(tx, input.organization(), input.param("project"));
  return projects::Variables::scope_of(input.organization(), input.actor.organization_slug);
}

void RouteSet::add_variables(api::Api& api) {
  add_variable_list(api);
  add_scope_variables(api, "/api/v1/orgs/{org}/apps/{app}/variables", "an app");
  add_scope_variables(api, "/api/v1/orgs/{org}/projects/{project}/environments/{environment}/variables",
                      "an environment");
  add_scope_variables(api, "/api/v1/orgs/{org}/projects/{project}/variables", "a project");
  add_scope_variables(api, "/api/v1/orgs/{org}/variables", "the organization");
  add_staged(api);
}

void RouteSet::add_variable_list(api::Api& api) {
  api.read<api::List<VariableView>>(
         "/api/v1/orgs/{org}/apps/{app}/variables", Permission::variable_read,
         [this](Tx& tx, const Input& input) -> Result<api::List<VariableView>> {
           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
           const auto staged = deployments.staged(tx, env);
           const bool inherited = input.query.contains("inherited") && input.query.at("inherited") == "true";
           api::List<VariableView> list;
           for (const auto& [meta, hides] : projects.variables().effective(tx, env)) {
             if (!inherited && meta.level != projects::Level::app) continue;
             list.items.push_back(view(meta, std::ranges::find(staged, meta.name) != staged.end(), hides));
           }
           return list;
         })
      .summary("List the names of an app's variables; values are write-only")
      .tag("variables")
      .query_parameter("inherited", "true: also what it has from its environment, project and organization")
      .errors({ErrorKind::not_found});
  for (const auto* path : {"/api/v1/orgs/{org}/variables", "/api/v1/orgs/{org}/projects/{project}/variables",
                           "/api/v1/orgs/{org}/projects/{project}/environments/{environment}/variables"}) {
    api.read<api::List<VariableView>>(path, Permission::variable_read,
                                      [this](Tx& tx, const Input& input) -> Result<api::List<VariableView>> {
                                        TRY_ASSIGN(const auto where, scope(tx, input, false));
                                        api::List<VariableView> list;
                                        for (const auto& meta : projects.variables().list(tx, where))
                                          list.items.push_back(view(meta, false));
                                        return list;
                                      })
        .summary("List the names of variables that apps inherit from here; values are write-only")
        .tag("variables")
        .errors({ErrorKind::not_found});
  }
}

void RouteSet::add_scope_variables(api::Api& api, const std::string& path, const std::string& whose) {
  api.write<VariableBody, VariableView>(
         Method::put, path + "/{name}", Permission::variable_write, "variable.set", 200,
         [this](Tx& tx, const Input& input, VariableBody body, Effect& effect) -> Result<VariableView> {
           TRY_ASSIGN(const auto where, scope(tx, input, true));
           std::vector<VariableInput> set;
           set.push_back({input.param("name"), std::move(body.value), body.build_time, body.run_time, body.expand});
           TRY_ASSIGN(const auto changes, projects.variables().change(tx, where, std::move(set), {}, false));
           note(effect, where, changes);
           return view(*changes.front().after, true);
         })
      .summary("Set a variable of " + whose + "; it goes live with the next deployment or restart")
      .tag("variables")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<api::Nothing, api::Nothing>(
         Method::del, path + "/{name}", Permission::variable_write, "variable.unset", 204,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<api::Nothing> {
           TRY_ASSIGN(const auto where, scope(tx, input, true));
           TRY_ASSIGN(const auto changes, projects.variables().change(tx, where, {}, {input.param("name")}, false));
           note(effect, where, changes);
           return api::Nothing{};
         })
      .summary("Remove a variable of " + whose + "; that goes live with the next deployment or restart")
      .tag("variables")
      .errors({ErrorKind::not_found});
  api.write<VariablesBody, VariablesReply>(
         Method::patch, path, Permission::variable_write, "variable.change", 200,
         [this](Tx& tx, const Input& input, VariablesBody body, Effect& effect) -> Result<VariablesReply> {
           TRY_ASSIGN(const auto where, scope(tx, input, !body.dry_run));
           return change(projects.variables(), tx, where, body, effect);
         })
      .summary("Change several variables of " + whose + " at once, as a table or as .env text; with dry_run: the diff")
      .tag("variables")
      .body_limit(kLargestBody)
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<RevealBody, RevealedView>(
         Method::post, path + "/reveal", Permission::variable_reveal, "variable.reveal", 200,
         [this](Tx& tx, const Input& input, const RevealBody& body, Effect& effect) -> Result<RevealedView> {
           TRY_ASSIGN(const auto where, scope(tx, input, false));
           return reveal(projects.variables(), tx, where, body, effect);
         },
         /*confidential=*/true)
      .summary("Show values of variables of " + whose + "; the log says who saw which")
      .tag("variables")
      .errors({ErrorKind::not_found, ErrorKind::forbidden});
}

void RouteSet::add_staged(api::Api& api) {
  api.read<StagedView>("/api/v1/orgs/{org}/apps/{app}/staged", Permission::variable_read,
                       [this](Tx& tx, const Input& input) -> Result<StagedView> {
                         TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
                         return staged(tx, env);
                       })
      .summary("What the next deployment changes: staged variables and settings, and what stands in its way")
      .tag("variables")
      .errors({ErrorKind::not_found});
  api.write<api::Nothing, DeploymentView>(
         Method::post, "/api/v1/orgs/{org}/apps/{app}/apply-staged", Permission::app_deploy, "app.apply", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<DeploymentView> {
           TRY_ASSIGN(const auto deployment, deployments.apply_staged(tx, input, input.param("app")));
           note_deployment(effect, deployment);
           return views.deployment(tx, deployment);
         })
      .summary("Apply staged variables and settings: a new release of the same image")
      .tag("variables")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
}

StagedView RouteSet::staged(Tx& tx, const projects::AppEnvironment& env) {
  StagedView shown;
  std::map<std::string, VariableSide> live;
  if (env.current_release) live = deployments.frozen(tx, *env.current_release);
  std::map<std::string, VariableMeta> wanted;
  for (const auto& [meta, hides] : projects.variables().effective(tx, env)) wanted[meta.name] = meta;
  for (const auto& name : deployments.staged(tx, env)) {
    StagedVariableView one;
    one.name = name;
    const auto next = wanted.find(name);
    const auto now = live.find(name);
    if (next != wanted.end()) {
      one.staged = side(next->second);
      one.level = projects::to_string(next->second.level);
    }
    if (now != live.end()) one.live = now->second;
    one.change = !one.live ? "added" : one.staged ? "changed" : "removed";
    shown.variables.push_back(std::move(one));
  }
  std::ranges::sort(shown.variables, {}, &StagedVariableView::name);
  shown.settings = deployments.staged_settings(tx, env);
  for (const auto& problem : projects.variables().problems(tx, env.id)) {
    const auto name = problem.fields.empty() ? std::nullopt : std::optional(problem.fields.front().pointer);
    shown.problems.push_back({problem.code, problem.message, name});
  }
  return shown;
}

}  // namespace deployments

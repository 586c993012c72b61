#include "common/text/git_source.hpp"
#include "control-plane/modules/organizations/facade.hpp"
#include "control-plane/modules/projects/place_rules.hpp"
#include "control-plane/modules/projects/place_store.hpp"
#include "control-plane/modules/projects/service.hpp"
#include "control-plane/modules/projects/store.hpp"

namespace projects {
namespace {

constexpr std::size_t kLongestLabel = 63;  // of a host name (RFC 1035)

/// The branch that an environment is for, when its patterns name just one.
std::optional<std::string> branch_of(const Environment& environment) {
  for (const auto& pattern : environment.branch_patterns) {
    if (!pattern.contains('*')) return pattern;
  }
  return std::nullopt;
}

}  // namespace

std::string AppEnvironment::ref() const {
  return environment == kProduction ? app_name : app_name + "@" + environment;
}

std::string AppEnvironment::image_repository() const {
  const auto repository = organization_slug + "/" + app_name;
  return environment == kProduction ? repository : repository + "/" + environment;
}

AppRef AppRef::parse(const std::string& text) {
  const auto at = text.find('@');
  if (at == std::string::npos) return {text, kProduction, true};
  return {text.substr(0, at), text.substr(at + 1), false};
}

base::Result<std::vector<AppEnvironment>> Service::environments_of(Tx& tx, base::OrganizationId organization,
                                                                   const std::string& app) {
  TRY_ASSIGN(const auto found, find(tx, organization, app));
  return store::of_app(tx, organization, found.app);
}

base::Result<AppEnvironment> Service::add_to_environment(Tx& tx, const auth::Call& call, const std::string& app,
                                                         const std::string& environment,
                                                         const std::optional<std::string>& branch) {
  if (branch) TRY_CHECK(text::check_branch(*branch));
  TRY_ASSIGN(const auto model, find_for_change(tx, call.organization(), AppRef::parse(app).app));
  const auto project = store::project_of(tx, call.organization(), model.app);
  if (!project) return base::not_found("app.not_found", "The app");
  const auto place = store::environment_named(tx, call.organization(), *project, environment);
  if (!place) {
    return base::fail(base::ErrorKind::not_found, "environment.not_found",
                      "The project " + model.project + " has no environment of that name.");
  }
  const auto label = model.app_name + "-" + place->name;
  if (label.size() > kLongestLabel) {
    return base::invalid("/environment", "The names of app and environment are too long for one address: 62 letters.");
  }
  TRY_CHECK(organizations::may_grow(
      tx, call.organization(), {.apps = 0, .replicas = 1, .memory_bytes = model.resources.memory_bytes}, call.now));
  NewApp settings{.name = model.app_name,
                  .project = "",
                  .source = model.source,
                  .port = model.port,
                  .health_path = model.health_path};
  settings.source.branch = branch.value_or(branch_of(*place).value_or(model.source.branch));
  if (store::find(tx, call.organization(), {model.app_name, place->name, false})) {
    return base::conflict("app.in_environment", model.app_name + " is in " + place->name + " already.");
  }
  const auto id = base::AppEnvironmentId::make(clock_);
  const auto host = label + "." + options_.apps_domain;
  if (!store::insert_app_environment(tx, id, call.organization(), model.app, place->id, host, settings)) {
    return base::conflict("app.host_taken", "The address " + host + " is in use by another app.");
  }
  AppChange limits;
  limits.cpu_millis = model.resources.cpu_millis;
  limits.memory_bytes = model.resources.memory_bytes;
  limits.pids = model.resources.pids;
  limits.disk_bytes = model.resources.disk_bytes;
  limits.read_only = model.resources.read_only;
  limits.requests_per_minute = model.request_limit.per_minute;
  limits.request_burst = model.request_limit.burst;
  store::update_settings(tx, id, limits);
  auto env = *store::lock(tx, id);
  announce(tx, env, "app.created");
  return env;
}

base::Result<AppEnvironment> Service::find_or_add(Tx& tx, const auth::Call& call, const std::string& app,
                                                  const std::string& environment) {
  const AppRef ref{AppRef::parse(app).app, environment, false};
  if (auto found = store::find(tx, call.organization(), ref)) return *std::move(found);
  TRY_ASSIGN(const auto model, find(tx, call.organization(), ref.app));
  const auto project = store::project_of(tx, call.organization(), model.app);
  if (!project) return base::not_found("app.not_found", "The app");
  TRY_CHECK(auth::authorise(call.actor, auth::Permission::app_write, *project, call.now));
  return add_to_environment(tx, call, ref.app, environment, std::nullopt);
}

base::Result<std::string> Service::environment_of_branch(Tx& tx, base::OrganizationId organization,
                                                         const std::string& app, const std::string& branch) {
  TRY_ASSIGN(const auto model, find(tx, organization, AppRef::parse(app).app));
  const auto project = store::project_of(tx, organization, model.app);
  if (!project) return base::not_found("app.not_found", "The app");
  const auto environments = store::environments(tx, organization, *project);
  const auto* chosen = rules::environment_for(environments, branch);
  return chosen == nullptr ? std::string(kProduction) : chosen->name;
}

}  // namespace projects

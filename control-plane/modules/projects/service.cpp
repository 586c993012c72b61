#include "control-plane/modules/projects/service.hpp"

#include "common/base/failure.hpp"
#include "control-plane/modules/projects/rules.hpp"
#include "control-plane/modules/projects/store.hpp"

namespace projects {
namespace {

crypto::ColumnContext variable_place(const AppEnvironment& env, const std::string& name, std::int64_t generation) {
  return {"variables", "value_sealed", env.id.to_string() + "/" + name, static_cast<std::uint64_t>(generation)};
}

}  // namespace

base::Result<AppEnvironment> Service::create_app(Tx& tx, const auth::Call& call, NewApp app) {
  TRY_ASSIGN(const auto checked, rules::check_new_app(std::move(app)));
  const auto place = store::ensure_default_place(tx, call.organization(), clock_);
  const auto id = base::AppId::make(clock_);
  if (!store::insert_app(tx, id, call.organization(), place.project, checked.name)) {
    const auto taken = store::find(tx, call.organization(), checked.name);
    if (taken && taken->deleting_at) {
      return base::conflict("app.name_reserved", checked.name + " was deleted and can still be brought back: wh undo " +
                                                     checked.name + ". Its name is free from " +
                                                     base::format_utc(*taken->deleting_at + kUndoTime) + ".");
    }
    return base::conflict("app.name_taken", "There is an app named " + checked.name + " already. Choose another name.");
  }
  const auto env_id = base::AppEnvironmentId::make(clock_);
  const auto host = checked.name + "." + options_.apps_domain;
  if (!store::insert_app_environment(tx, env_id, call.organization(), id, place.environment, host, checked)) {
    return base::conflict("app.host_taken", "The address " + host + " is in use by another app. Choose another name.");
  }
  auto env = *store::lock(tx, env_id);
  announce(tx, env, "app.created");
  return env;
}

base::Result<AppEnvironment> Service::find(Tx& tx, base::OrganizationId organization, const std::string& name_or_id) {
  auto env = store::find(tx, organization, name_or_id);
  if (!env) return base::not_found("app.not_found", "The app");
  return *std::move(env);
}

base::Result<AppEnvironment> Service::find_for_change(Tx& tx, base::OrganizationId organization,
                                                      const std::string& name_or_id) {
  TRY_ASSIGN(const auto found, find(tx, organization, name_or_id));
  auto env = store::lock(tx, found.id);
  if (!env) return base::not_found("app.not_found", "The app");
  if (env->deleting_at)
    return base::conflict(
        "app.deleting",
        env->app_name + " was deleted and cannot be changed. To bring it back: wh undo " + env->app_name);
  return *std::move(env);
}

std::vector<AppEnvironment> Service::list(Tx& tx, base::OrganizationId organization, const std::string& after_name,
                                          int limit) {
  return store::list(tx, organization, after_name, limit);
}

std::optional<AppEnvironment> Service::lock(Tx& tx, base::AppEnvironmentId id) {
  return store::lock(tx, id);
}

base::Result<AppEnvironment> Service::change_app(Tx& tx, const auth::Call& call, const std::string& name_or_id,
                                                 AppChange change) {
  TRY_ASSIGN(const auto checked, rules::check_change(std::move(change)));
  TRY_ASSIGN(const auto env, find_for_change(tx, call.organization(), name_or_id));
  store::update_settings(tx, env.id, checked);
  wake(tx, env.id);
  announce(tx, env, "app.updated");
  return *store::lock(tx, env.id);
}

void Service::set_stopped(Tx& tx, const AppEnvironment& env, bool stopped) {
  store::set_stopped(tx, env.id, stopped);
  wake(tx, env.id);
  announce(tx, env, stopped ? "app.stopping" : "app.starting");
}

void Service::begin_deletion(Tx& tx, const AppEnvironment& env, bool for_good) {
  const auto now = clock_.utc_now();
  store::set_deleting(tx, env.id, for_good ? now - kUndoTime : now);
  wake(tx, env.id);
  announce(tx, env, "app.deleting");
}

void Service::undo_deletion(Tx& tx, const AppEnvironment& env) {
  store::undo_deletion(tx, env.id);
  wake(tx, env.id);
  announce(tx, env, "app.restored");
}

void Service::erase(Tx& tx, const AppEnvironment& env) {
  store::set_releases(tx, env.id, std::nullopt, std::nullopt);
  store::erase(tx, env.organization, env.app, env.id);
  announce(tx, env, "app.deleted");
}

void Service::set_releases(Tx& tx, const AppEnvironment& env, std::optional<base::ReleaseId> current,
                           std::optional<base::ReleaseId> target) {
  store::set_releases(tx, env.id, current, target);
  announce(tx, env, "app.updated");
}

void Service::pause_automatic_deploys(Tx& tx, const AppEnvironment& env, bool paused) {
  store::set_paused(tx, env.id, paused);
  announce(tx, env, "app.updated");
}

std::int64_t Service::take_deployment_number(Tx& tx, base::AppEnvironmentId id) {
  return store::take_deployment_number(tx, id);
}
std::int64_t Service::take_release_number(Tx& tx, base::AppEnvironmentId id) {
  return store::take_release_number(tx, id);
}

void Service::wake(Tx& tx, base::AppEnvironmentId id) {
  wake_at(tx, id, clock_.utc_now());
}

void Service::wake_at(Tx& tx, base::AppEnvironmentId id, base::UtcTime at) {
  store::wake(tx, id, at);
  tx.after_commit(nudge_);
}

void Service::wake_all(Tx& tx) {
  store::wake_all(tx, clock_.utc_now());
  tx.after_commit(nudge_);
}

void Service::set_next_check(Tx& tx, base::AppEnvironmentId id, std::optional<base::UtcTime> at) {
  store::set_next_check(tx, id, at);
}

std::vector<base::AppEnvironmentId> Service::due(Tx& tx, int limit) {
  return store::due(tx, clock_.utc_now(), limit);
}
std::optional<base::UtcTime> Service::next_due(Tx& tx) {
  return store::next_due(tx);
}

std::vector<VariableName> Service::variable_names(Tx& tx, const AppEnvironment& env) {
  std::vector<VariableName> names;
  for (const auto& sealed : store::variables(tx, env.id)) {
    names.push_back(VariableName{sealed.name, sealed.generation, sealed.updated_at});
  }
  return names;
}

base::Result<VariableName> Service::put_variable(Tx& tx, const AppEnvironment& env, const std::string& name,
                                                 const base::SecretString& value) {
  TRY_CHECK(rules::check_variable_name(name));
  TRY_CHECK(rules::check_variable_value(value.reveal()));
  const auto now = clock_.utc_now();
  // Generations only grow, also over a delete: microseconds of the clock, or one more than the last.
  const auto generation = std::max(store::variable_generation(tx, env.id, name) + 1, now.time_since_epoch().count());
  const auto sealed = vault_.seal(tx, env.organization, variable_place(env, name, generation), value.reveal());
  store::put_variable(tx, env.organization, env.id, store::SealedVariable{name, sealed, generation, now});
  announce(tx, env, "app.variables");
  return VariableName{name, generation, now};
}

base::Result<void> Service::erase_variable(Tx& tx, const AppEnvironment& env, const std::string& name) {
  if (!store::erase_variable(tx, env.id, name)) return base::not_found("variable.not_found", "The variable");
  announce(tx, env, "app.variables");
  return {};
}

std::vector<Variable> Service::open_variables(Tx& tx, const AppEnvironment& env) {
  std::vector<Variable> opened;
  for (const auto& sealed : store::variables(tx, env.id)) {
    auto value =
        vault_.open(tx, env.organization, variable_place(env, sealed.name, sealed.generation), sealed.value_sealed);
    if (!value) throw base::Failure("variable " + sealed.name + " of " + env.id.to_string() + " does not open");
    opened.push_back(Variable{sealed.name, *std::move(value), sealed.generation});
  }
  return opened;
}

void Service::announce(Tx& tx, const AppEnvironment& env, const std::string& kind) {
  feed::Change change;
  change.kind = kind;
  change.organization = env.organization;
  change.app = env.app;
  feed_.append(tx, change);
}

}  // namespace projects

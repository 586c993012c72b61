#include "control-plane/modules/projects/service.hpp"

#include "common/base/failure.hpp"
#include "control-plane/modules/organizations/facade.hpp"
#include "control-plane/modules/projects/rules.hpp"
#include "control-plane/modules/projects/store.hpp"

namespace projects {
namespace {

/// What the organization uses more with one more app: a replica of the usual size.
organizations::Growth growth_of_one() {
  return {.apps = 1, .replicas = 1, .memory_bytes = Resources{}.memory_bytes};
}

base::Result<store::Place> place_of(Tx& tx, base::OrganizationId organization, const NewApp& app,
                                    const base::Clock& clock) {
  if (app.project.empty()) return store::ensure_default_place(tx, organization, clock);
  const auto place = store::find_place(tx, organization, app.project);
  if (!place) return base::not_found("project.not_found", "The project");
  return *place;
}

/// A change that makes an app bigger must fit in what the organization may use.
organizations::Growth growth_by(const AppEnvironment& env, const AppChange& change) {
  const std::int64_t replicas = change.desired_replicas.value_or(env.desired_replicas);
  const std::int64_t memory = change.memory_bytes.value_or(env.resources.memory_bytes);
  return {.apps = 0,
          .replicas = replicas - env.desired_replicas,
          .memory_bytes = replicas * memory - env.desired_replicas * env.resources.memory_bytes};
}

}  // namespace

base::Result<AppEnvironment> Service::create_app(Tx& tx, const auth::Call& call, NewApp app) {
  TRY_ASSIGN(const auto checked, rules::check_new_app(std::move(app)));
  TRY_CHECK(organizations::may_grow(tx, call.organization(), growth_of_one(), call.now));
  TRY_ASSIGN(const auto place, place_of(tx, call.organization(), checked, clock_));
  const auto id = base::AppId::make(clock_);
  if (!store::insert_app(tx, id, call.organization(), place.project, checked.name)) {
    const auto taken = store::find(tx, call.organization(), AppRef::parse(checked.name));
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
  auto env = store::find(tx, organization, AppRef::parse(name_or_id));
  if (!env) return base::not_found("app.not_found", "The app");
  return *std::move(env);
}

base::Result<AppEnvironment> Service::find_for_change(Tx& tx, base::OrganizationId organization,
                                                      const std::string& name_or_id) {
  TRY_ASSIGN(const auto found, find(tx, organization, name_or_id));
  auto env = store::lock(tx, found.id);
  if (!env) return base::not_found("app.not_found", "The app");
  if (env->deleting_at)
    return base::conflict("app.deleting",
                          env->ref() + " was deleted and cannot be changed. To bring it back: wh undo " + env->ref());
  return *std::move(env);
}

std::vector<AppEnvironment> Service::list(Tx& tx, base::OrganizationId organization, const std::string& after_name,
                                          int limit, const std::optional<std::vector<std::string>>& visible) {
  return store::list(tx, organization, after_name, limit, visible);
}

std::vector<AppName> Service::names(Tx& tx, base::OrganizationId organization, const std::string& after_name, int limit,
                                    const std::optional<std::vector<std::string>>& named,
                                    const std::optional<std::vector<std::string>>& visible) {
  return store::names(tx, organization, after_name, limit, named, visible);
}

std::optional<AppEnvironment> Service::lock(Tx& tx, base::AppEnvironmentId id) {
  return store::lock(tx, id);
}

base::Result<AppEnvironment> Service::change_app(Tx& tx, const auth::Call& call, const std::string& name_or_id,
                                                 AppChange change) {
  TRY_ASSIGN(const auto checked, rules::check_change(std::move(change)));
  TRY_ASSIGN(const auto env, find_for_change(tx, call.organization(), name_or_id));
  TRY_CHECK(organizations::may_grow(tx, call.organization(), growth_by(env, checked), call.now));
  TRY_ASSIGN(const auto source, rules::changed_source(env.source, checked));
  if (source != env.source) store::set_source(tx, env.id, source);
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

void Service::announce(Tx& tx, const AppEnvironment& env, const std::string& kind) {
  feed::Change change;
  change.kind = kind;
  change.organization = env.organization;
  change.app = env.app;
  feed_.append(tx, change);
}

}  // namespace projects

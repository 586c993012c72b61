#include "control-plane/modules/deployments/service.hpp"

#include "common/text/git_source.hpp"
#include "control-plane/modules/deployments/store.hpp"
#include "control-plane/modules/organizations/facade.hpp"
#include "control-plane/modules/sources/uploads.hpp"

namespace deployments {
namespace {

/// Nobody asked for just this deployment.
bool is_automatic(const std::string& trigger) {
  return trigger == "push" || trigger == "webhook" || trigger == "schedule";
}

/// Names that only one has, or that have another generation in the other.
std::vector<std::string> different(const std::map<std::string, std::int64_t>& wanted,
                                   std::map<std::string, std::int64_t> live) {
  std::vector<std::string> names;
  for (const auto& [name, generation] : wanted) {
    const auto found = live.find(name);
    if (found == live.end() || found->second != generation) names.push_back(name);
    if (found != live.end()) live.erase(found);
  }
  for (const auto& [name, generation] : live) names.push_back(name);
  return names;
}

/// A deployment that builds nothing says what the release that it copies was built of.
void copy_source(Deployment& to, const Deployment& made_by) {
  to.git_url = made_by.git_url;
  to.branch = made_by.branch;
  to.containerfile = made_by.containerfile;
  to.static_directory = made_by.static_directory;
  to.commands = made_by.commands;
}

}  // namespace

std::vector<std::string> changed_settings(const projects::AppEnvironment& env, const Release& current) {
  std::vector<std::string> names;
  if (env.port != current.port) names.emplace_back("port");
  if (env.health_path != current.health_path) names.emplace_back("health_path");
  const auto& limits = env.resources;
  if (limits.cpu_millis != current.cpu_millis) names.emplace_back("cpu_millis");
  if (limits.memory_bytes != current.memory_bytes) names.emplace_back("memory_bytes");
  if (limits.pids != current.pids) names.emplace_back("pids");
  if (limits.disk_bytes != current.disk_bytes) names.emplace_back("disk_bytes");
  if (limits.read_only != current.read_only) names.emplace_back("read_only");
  return names;
}

base::Result<Deployment> Service::queue(Tx& tx, const auth::Call& call, const projects::AppEnvironment& env,
                                        Deployment deployment) {
  deployment.id = base::DeploymentId::make(clock_);
  deployment.organization = env.organization;
  deployment.app_environment = env.id;
  deployment.number = projects_.take_deployment_number(tx, env.id);
  deployment.created_by = call.actor.name;
  deployment.created_at = clock_.utc_now();  // of one clock with the times of its states
  if (deployment.status_text.empty()) deployment.status_text = "Waiting for a build slot.";
  store::insert(tx, deployment);
  feed::Change change;
  change.kind = "deployment.queued";
  change.organization = env.organization;
  change.app = env.app;
  change.deployment = deployment.id;
  feed_.append(tx, change);
  projects_.wake(tx, env.id);
  return find(tx, env.organization, deployment.id);
}

base::Result<void> Service::check_variables(Tx& tx, const projects::AppEnvironment& env) {
  const auto problems = projects_.variables().problems(tx, env.id);
  if (problems.empty()) return {};
  return base::fail(problems.front());
}

base::Result<Deployment> Service::deploy(Tx& tx, const auth::Call& call, const std::string& app,
                                         const DeployOrder& order, const std::string& trigger) {
  if (order.branch) TRY_CHECK(text::check_branch(*order.branch));
  if (order.commit) TRY_CHECK(text::check_commit(*order.commit));
  TRY_ASSIGN(const auto env, projects_.find_for_change(tx, call.organization(), app));
  if (env.automatic_deploys_paused && is_automatic(trigger)) {
    return base::conflict(
        "app.automatic_deploys_paused",
        "Automatic deploys of " + env.ref() + " are paused since it was rolled back. To go on: wh resume " + env.ref());
  }
  TRY_CHECK(organizations::may_build(tx, call.organization(), call.now));
  TRY_CHECK(check_variables(tx, env));
  Deployment deployment;
  deployment.trigger = trigger;
  deployment.git_url = env.source.git_url;
  deployment.branch = order.branch.value_or(env.source.branch);
  deployment.containerfile = env.source.containerfile;
  deployment.static_directory = env.source.static_directory;
  deployment.commands = env.source.commands;
  deployment.commit = order.commit;
  if (order.upload || env.source.git_url == sources::kUploadScheme) {
    TRY_ASSIGN(const auto upload, sources::upload_to_build(tx, env.organization, env.id, order.upload));
    deployment.git_url = std::string(sources::kUploadScheme) + upload.id.to_string();
    deployment.commit = upload.sha256;
  }
  if (env.automatic_deploys_paused) projects_.pause_automatic_deploys(tx, env, false);
  return queue(tx, call, env, std::move(deployment));
}

base::Result<Deployment> Service::roll_back(Tx& tx, const auth::Call& call, const std::string& app,
                                            std::optional<std::int64_t> number) {
  TRY_ASSIGN(const auto env, projects_.find_for_change(tx, call.organization(), app));
  std::optional<Release> target;
  if (number) {
    target = store::find_release_number(tx, env.id, *number);
  } else if (env.current_release) {
    const auto current = store::find_release(tx, *env.current_release);
    target = store::release_before(tx, env.id, current->number);
  }
  if (!target) {
    return base::fail(
        base::ErrorKind::not_found, "release.not_found",
        number ? "This app has no release " + std::to_string(*number) + ". See wh releases " + env.ref() + "."
               : "There is no earlier release to go back to.");
  }
  if (target->image_removed) {
    return base::conflict(
        "release.image_removed",
        "The image of release " + std::to_string(target->number) +
            " was removed: the last 10 that were live and the pinned ones are kept. Deploy its commit" +
            (target->commit ? " " + *target->commit : "") + " again.");
  }
  const auto made_by = store::find(tx, env.organization, target->deployment);
  Deployment deployment;
  deployment.trigger = "rollback";
  copy_source(deployment, *made_by);
  deployment.commit = target->commit;
  deployment.copies_release = target->id;
  deployment.status_text = "Going back to release " + std::to_string(target->number) + ".";
  projects_.pause_automatic_deploys(tx, env, true);
  return queue(tx, call, env, std::move(deployment));
}

base::Result<Release> Service::pin(Tx& tx, const auth::Call& call, const std::string& app, std::int64_t number,
                                   bool pinned) {
  TRY_ASSIGN(const auto env, projects_.find_for_change(tx, call.organization(), app));
  auto release = store::find_release_number(tx, env.id, number);
  if (!release) {
    return base::fail(base::ErrorKind::not_found, "release.not_found",
                      "This app has no release " + std::to_string(number) + ".");
  }
  if (pinned && release->image_removed)
    return base::conflict("release.image_removed", "The image of this release was removed already.");
  store::pin(tx, env.id, number, pinned);
  release->pinned = pinned;
  return *std::move(release);
}

base::Result<Deployment> Service::copy_current(Tx& tx, const auth::Call& call, const projects::AppEnvironment& env,
                                               const std::string& trigger) {
  if (!env.current_release) {
    return base::conflict("app.nothing_running",
                          env.ref() + " has never been live. Deploy it first: wh deploy " + env.ref());
  }
  TRY_CHECK(check_variables(tx, env));
  const auto current = store::find_release(tx, *env.current_release);
  const auto made_by = store::find(tx, env.organization, current->deployment);
  Deployment deployment;
  deployment.trigger = trigger;
  copy_source(deployment, *made_by);
  deployment.commit = current->commit;
  deployment.copies_release = current->id;
  deployment.status_text = "Starting release " + std::to_string(current->number) + " anew" +
                           (trigger == "variables" ? " with what is staged." : ".");
  return queue(tx, call, env, std::move(deployment));
}

base::Result<Deployment> Service::restart(Tx& tx, const auth::Call& call, const std::string& app) {
  TRY_ASSIGN(const auto env, projects_.find_for_change(tx, call.organization(), app));
  return copy_current(tx, call, env, "restart");
}

base::Result<Deployment> Service::apply_staged(Tx& tx, const auth::Call& call, const std::string& app) {
  TRY_ASSIGN(const auto env, projects_.find_for_change(tx, call.organization(), app));
  if (env.current_release && staged(tx, env).empty() && staged_settings(tx, env).empty()) {
    return base::conflict("app.nothing_staged", "Everything that was set for " + env.ref() + " is live already.");
  }
  return copy_current(tx, call, env, "variables");
}

std::vector<std::string> Service::staged_settings(Tx& tx, const projects::AppEnvironment& env) {
  if (!env.current_release) return {};
  const auto current = store::find_release(tx, *env.current_release);
  return current ? changed_settings(env, *current) : std::vector<std::string>{};
}

base::Result<projects::AppEnvironment> Service::resume_automatic_deploys(Tx& tx, const auth::Call& call,
                                                                         const std::string& app) {
  TRY_ASSIGN(const auto env, projects_.find_for_change(tx, call.organization(), app));
  if (env.automatic_deploys_paused) projects_.pause_automatic_deploys(tx, env, false);
  return projects_.find(tx, call.organization(), app);
}

base::Result<projects::AppEnvironment> Service::set_stopped(Tx& tx, const auth::Call& call, const std::string& app,
                                                            bool stopped) {
  TRY_ASSIGN(const auto env, projects_.find_for_change(tx, call.organization(), app));
  if (env.stopped != stopped) projects_.set_stopped(tx, env, stopped);
  return projects_.find(tx, call.organization(), app);
}

base::Result<std::vector<projects::AppEnvironment>> Service::concerned(Tx& tx, const projects::AppEnvironment& found,
                                                                       const std::string& app) {
  if (!projects::AppRef::parse(app).whole) return std::vector{found};
  return projects_.environments_of(tx, found.organization, app);
}

base::Result<projects::AppEnvironment> Service::remove(Tx& tx, const auth::Call& call, const std::string& app,
                                                       bool for_good) {
  TRY_ASSIGN(const auto found, projects_.find(tx, call.organization(), app));
  if (found.deleting_at && !for_good) return found;
  TRY_ASSIGN(const auto all, concerned(tx, found, app));
  for (const auto& one : all) {
    const auto env = projects_.lock(tx, one.id);
    if (env && (!env->deleting_at || for_good)) projects_.begin_deletion(tx, *env, for_good);
  }
  return projects_.find(tx, call.organization(), app);
}

base::Result<projects::AppEnvironment> Service::undo_removal(Tx& tx, const auth::Call& call, const std::string& app) {
  TRY_ASSIGN(const auto found, projects_.find(tx, call.organization(), app));
  const auto env = projects_.lock(tx, found.id);
  if (!env) return base::not_found("app.not_found", "The app");
  if (!env->deleting_at) return *env;
  if (clock_.utc_now() >= *env->deleting_at + projects::kUndoTime) {
    return base::conflict("app.erased", env->ref() + " was deleted more than 24 hours ago and is being erased.");
  }
  TRY_ASSIGN(const auto all, concerned(tx, found, app));
  for (const auto& one : all) {
    // What had been deleted by itself before stays so.
    const auto with_it = projects_.lock(tx, one.id);
    if (with_it && with_it->deleting_at && *with_it->deleting_at >= *env->deleting_at) {
      projects_.undo_deletion(tx, *with_it);
    }
  }
  return projects_.find(tx, call.organization(), app);
}

Holdings Service::holdings(Tx& tx, base::AppEnvironmentId environment) {
  return store::holdings(tx, environment);
}

base::Result<Deployment> Service::cancel(Tx& tx, const auth::Call& call, base::DeploymentId id) {
  TRY_ASSIGN(const auto seen, find(tx, call.organization(), id));
  static_cast<void>(projects_.lock(tx, seen.app_environment));
  TRY_ASSIGN(const auto deployment, find(tx, call.organization(), id));
  if (deployment.state == State::cancelled || deployment.cancel_requested) return deployment;
  if (!is_unfinished(deployment.state)) {
    return base::conflict("deployment.finished", std::string("This deployment is ") + to_string(deployment.state) +
                                                     " already; there is nothing to cancel. To go back: wh rollback " +
                                                     deployment.app_name);
  }
  store::request_cancel(tx, id);
  store::set_status_text(tx, id, "Being cancelled.");
  projects_.wake(tx, deployment.app_environment);
  return find(tx, call.organization(), id);
}

base::Result<Deployment> Service::find(Tx& tx, base::OrganizationId organization, base::DeploymentId id) {
  auto deployment = store::find(tx, organization, id);
  if (!deployment) return base::not_found("deployment.not_found", "The deployment");
  return *std::move(deployment);
}

std::vector<Deployment> Service::list(Tx& tx, base::AppEnvironmentId environment, std::int64_t below, int limit) {
  return store::list(tx, environment, below, limit);
}

std::vector<Deployment> Service::list_all(Tx& tx, base::OrganizationId organization,
                                          std::optional<base::DeploymentId> before, int limit,
                                          const std::optional<std::vector<std::string>>& visible) {
  return store::list_all(tx, organization, before, limit, visible);
}

std::vector<Deployment> Service::latest(Tx& tx, const std::vector<base::AppEnvironmentId>& environments) {
  std::vector<std::string> ids;
  for (const auto& id : environments) ids.push_back(id.to_string());
  return store::latest(tx, ids);
}

std::optional<Release> Service::find_release(Tx& tx, base::ReleaseId id) {
  return store::find_release(tx, id);
}
std::vector<Release> Service::releases_of(Tx& tx, const std::vector<base::ReleaseId>& ids) {
  return store::releases_of(tx, ids);
}
std::map<base::AppEnvironmentId, int> Service::staged_counts(Tx& tx,
                                                             const std::vector<base::AppEnvironmentId>& environments) {
  auto wanted = projects_.variables().generations(tx, environments);
  auto live = store::live_generations(tx, environments);
  std::map<base::AppEnvironmentId, int> counts;
  for (const auto& id : environments) counts[id] = static_cast<int>(different(wanted[id], live[id]).size());
  return counts;
}
std::vector<Release> Service::releases(Tx& tx, base::AppEnvironmentId environment, std::int64_t below, int limit) {
  return store::releases(tx, environment, below, limit);
}

std::optional<PastRelease> Service::release_at(Tx& tx, base::AppEnvironmentId environment, base::UtcTime at) {
  auto found = store::live_at(tx, environment, at);
  if (!found) return std::nullopt;
  found->second.variables = frozen(tx, found->first);
  return std::move(found->second);
}

std::map<std::string, VariableSide> Service::frozen(Tx& tx, base::ReleaseId release) {
  std::map<std::string, VariableSide> found;
  for (const auto& variable : store::variables(tx, release))
    found[variable.name] = {variable.fingerprint, variable.build_time, variable.run_time, false};
  return found;
}

std::vector<std::string> Service::staged(Tx& tx, const projects::AppEnvironment& env) {
  std::map<std::string, std::int64_t> live;
  if (env.current_release) live = store::variable_generations(tx, *env.current_release);
  return different(projects_.variables().generations(tx, env.id), live);
}

}  // namespace deployments

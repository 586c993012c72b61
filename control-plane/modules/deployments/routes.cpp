#include "control-plane/modules/deployments/routes.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace deployments {
namespace {

using api::Effect;
using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;
using http::Method;

/// The cursor of lists by number: read on below it.
Result<std::int64_t> below(const Input& input) {
  return input.integer("cursor", std::numeric_limits<std::int64_t>::max(), 1, std::numeric_limits<std::int64_t>::max());
}

template <class T, class Number>
api::List<T> page(std::vector<T> items, int limit, Number number) {
  api::List<T> list;
  if (static_cast<int>(items.size()) == limit) list.next_cursor = std::to_string(number(items.back()));
  list.items = std::move(items);
  return list;
}

void note_app(Effect& effect, const projects::AppEnvironment& env) {
  effect.object_kind = "app";
  effect.object_id = env.app.to_string();
  effect.object_name = env.ref();
  effect.app_id = effect.object_id;
  effect.after = snapshot_json(env);
}

/// As the app is before it is changed.
void note_before(Tx& tx, projects::Service& projects, const Input& input, Effect& effect) {
  const auto env = projects.find(tx, input.organization(), input.param("app"));
  if (env) effect.before = snapshot_json(*env);
}

/// The app with its environment: the one that was named, else the one that the branch is for.
Result<std::string> place_to_deploy(Tx& tx, projects::Service& projects, const Input& input, const DeployBody& body) {
  const auto app = input.param("app");
  auto wanted = body.environment;
  if (!wanted && body.branch && !body.upload && projects::AppRef::parse(app).whole) {
    TRY_ASSIGN(wanted, projects.environment_of_branch(tx, input.organization(), app, *body.branch));
  }
  if (!wanted) return app;
  TRY_ASSIGN(const auto env, projects.find_or_add(tx, input, app, *wanted));
  return env.ref();
}

Result<base::DeploymentId> deployment_id(const Input& input) {
  auto id = base::DeploymentId::parse(input.param("deployment"));
  if (!id) return base::not_found("deployment.not_found", "The deployment");
  return *id;
}

}  // namespace

void note_deployment(Effect& effect, const Deployment& deployment) {
  effect.object_kind = "deployment";
  effect.object_id = deployment.id.to_string();
  effect.object_name = deployment.app_name + " #" + std::to_string(deployment.number);
  effect.app_id = deployment.app.to_string();
}

void RouteSet::add(api::Api& api) {
  add_lists(api);
  add_apps(api);
  add_environments(api);
  add_deployments(api);
  add_verbs(api);
  add_pins(api);
  add_variables(api);
  add_history(api);
}

void RouteSet::add_apps(api::Api& api) {
  const auto create = [this](Tx& tx, const Input& input, NewAppBody body, Effect& effect) -> Result<AppView> {
    projects::NewApp app;
    app.name = body.name;
    app.project = input.params.contains("project") ? input.param("project") : body.project;
    app.source = {body.source.git_url, body.source.branch, body.source.containerfile, body.source.static_directory,
                  body.source.commands};
    app.health_path = body.health_path;
    app.port = body.port;
    TRY_ASSIGN(const auto env, projects.create_app(tx, input, std::move(app)));
    note_app(effect, env);
    if (body.deploy) TRY_CHECK(deployments.deploy(tx, input, env.app_name, DeployOrder{}, "manual"));
    return views.app(tx, env);
  };
  api.write<NewAppBody, AppView>(Method::post, "/api/v1/orgs/{org}/apps", Permission::app_write, "app.create", 201,
                                 create)
      .summary("Create an app from a git repository")
      .tag("apps")
      .errors({ErrorKind::invalid, ErrorKind::conflict, ErrorKind::not_found});
  api.write<NewAppBody, AppView>(Method::post, "/api/v1/orgs/{org}/projects/{project}/apps", Permission::app_write,
                                 "app.create", 201, create)
      .summary("Create an app in a project; who has a role only there creates it here")
      .tag("apps")
      .errors({ErrorKind::invalid, ErrorKind::conflict, ErrorKind::not_found});
  api.read_kept<AppView>("/api/v1/orgs/{org}/apps/{app}", Permission::app_read,
                         [this](Tx& tx, const Input& input) -> Result<AppView> {
                           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
                           return views.app(tx, env);
                         })
      .summary("Show an app")
      .tag("apps")
      .errors({ErrorKind::not_found});
  api.write<AppChangeBody, AppView>(
         Method::patch, "/api/v1/orgs/{org}/apps/{app}", Permission::app_write, "app.change", 200,
         [this](Tx& tx, const Input& input, const AppChangeBody& body, Effect& effect) -> Result<AppView> {
           note_before(tx, projects, input, effect);
           TRY_ASSIGN(const auto env, projects.change_app(tx, input, input.param("app"), body.whole()));
           note_app(effect, env);
           return views.app(tx, env);
         })
      .summary("Change an app's settings")
      .tag("apps")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<api::Nothing, AppView>(
         Method::del, "/api/v1/orgs/{org}/apps/{app}", Permission::app_write, "app.delete", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<AppView> {
           TRY_CHECK(people.require_proof_where_possible(tx, input));
           const bool for_good = input.query.contains("now") && input.query.at("now") == "true";
           if (for_good) TRY_CHECK(auth::authorise_any(input.actor, Permission::app_erase, input.now));
           note_before(tx, projects, input, effect);
           TRY_ASSIGN(const auto env, deployments.remove(tx, input, input.param("app"), for_good));
           note_app(effect, env);
           return views.app(tx, env);
         })
      .summary("Delete an app with its deployments, logs and variables; for 24 hours it can be brought back")
      .tag("apps")
      .query_parameter("now", "true: it goes for good as soon as its replicas have stopped")
      .errors({ErrorKind::not_found});
  api.read<DeletionView>("/api/v1/orgs/{org}/apps/{app}/deletion", Permission::app_read,
                         [this](Tx& tx, const Input& input) -> Result<DeletionView> {
                           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
                           return views.deletion(tx, env);
                         })
      .summary("What would go, or goes, when the app is deleted")
      .tag("apps")
      .errors({ErrorKind::not_found});
  api.write<api::Nothing, AppView>(
         Method::post, "/api/v1/orgs/{org}/apps/{app}/undo", Permission::app_write, "app.undo", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<AppView> {
           note_before(tx, projects, input, effect);
           TRY_ASSIGN(const auto env, deployments.undo_removal(tx, input, input.param("app")));
           note_app(effect, env);
           return views.app(tx, env);
         })
      .summary("Bring a deleted app back")
      .tag("apps")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  api.read<api::List<scheduling::ReplicaView>>(
         "/api/v1/orgs/{org}/apps/{app}/replicas", Permission::app_read,
         [this](Tx& tx, const Input& input) -> Result<api::List<scheduling::ReplicaView>> {
           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
           api::List<scheduling::ReplicaView> list;
           list.items = views.replicas(tx, env);
           return list;
         })
      .summary("List an app's replicas, with where each is and why")
      .tag("apps")
      .errors({ErrorKind::not_found});
}

void RouteSet::add_deployments(api::Api& api) {
  api.write<DeployBody, DeploymentView>(
         Method::post, "/api/v1/orgs/{org}/apps/{app}/deployments", Permission::app_deploy, "app.deploy", 202,
         [this](Tx& tx, const Input& input, const DeployBody& body, Effect& effect) -> Result<DeploymentView> {
           TRY_ASSIGN(const auto app, place_to_deploy(tx, projects, input, body));
           TRY_ASSIGN(const auto deployment,
                      deployments.deploy(tx, input, app, DeployOrder{body.commit, body.branch, body.upload}, "manual"));
           note_deployment(effect, deployment);
           return views.deployment(tx, deployment);
         })
      .summary("Deploy an app")
      .tag("deployments")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.read_kept<api::List<DeploymentView>>(
         "/api/v1/orgs/{org}/apps/{app}/deployments", Permission::app_read,
         [this](Tx& tx, const Input& input) -> Result<api::List<DeploymentView>> {
           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
           TRY_ASSIGN(const auto limit, input.limit());
           TRY_ASSIGN(const auto cursor, below(input));
           auto items = views.deployments(tx, deployments.list(tx, env.id, cursor, limit));
           return page(std::move(items), limit, [](const DeploymentView& d) { return d.number; });
         })
      .summary("List an app's deployments, newest first")
      .tag("deployments")
      .query_parameter("limit", "1 to 100, by default 50")
      .query_parameter("cursor", "`next_cursor` of the page before")
      .errors({ErrorKind::not_found});
  api.read<api::List<ReleaseView>>(
         "/api/v1/orgs/{org}/apps/{app}/releases", Permission::app_read,
         [this](Tx& tx, const Input& input) -> Result<api::List<ReleaseView>> {
           TRY_ASSIGN(const auto env, projects.find(tx, input.organization(), input.param("app")));
           TRY_ASSIGN(const auto limit, input.limit());
           TRY_ASSIGN(const auto cursor, below(input));
           std::vector<ReleaseView> items;
           for (const auto& r : deployments.releases(tx, env.id, cursor, limit)) items.push_back(Views::release(r));
           return page(std::move(items), limit, [](const ReleaseView& r) { return r.number; });
         })
      .summary("List an app's releases, newest first")
      .tag("deployments")
      .errors({ErrorKind::not_found});
  api.read_kept<DeploymentView>("/api/v1/orgs/{org}/deployments/{deployment}", Permission::app_read,
                                [this](Tx& tx, const Input& input) -> Result<DeploymentView> {
                                  TRY_ASSIGN(const auto id, deployment_id(input));
                                  TRY_ASSIGN(const auto deployment, deployments.find(tx, input.organization(), id));
                                  return views.deployment(tx, deployment);
                                })
      .summary("Show a deployment")
      .tag("deployments")
      .errors({ErrorKind::not_found});
  api.write<api::Nothing, DeploymentView>(
         Method::post, "/api/v1/orgs/{org}/deployments/{deployment}/cancel", Permission::app_deploy,
         "deployment.cancel", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<DeploymentView> {
           TRY_ASSIGN(const auto id, deployment_id(input));
           TRY_ASSIGN(const auto deployment, deployments.cancel(tx, input, id));
           note_deployment(effect, deployment);
           return views.deployment(tx, deployment);
         })
      .summary("Cancel a deployment that is not live yet")
      .tag("deployments")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
}

void RouteSet::add_verbs(api::Api& api) {
  api.write<RollbackBody, DeploymentView>(
         Method::post, "/api/v1/orgs/{org}/apps/{app}/rollback", Permission::app_deploy, "app.rollback", 202,
         [this](Tx& tx, const Input& input, const RollbackBody& body, Effect& effect) -> Result<DeploymentView> {
           TRY_ASSIGN(const auto deployment, deployments.roll_back(tx, input, input.param("app"), body.release));
           note_deployment(effect, deployment);
           return views.deployment(tx, deployment);
         })
      .summary("Go back to an earlier release")
      .tag("deployments")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  api.write<api::Nothing, DeploymentView>(
         Method::post, "/api/v1/orgs/{org}/apps/{app}/restart", Permission::app_deploy, "app.restart", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<DeploymentView> {
           TRY_ASSIGN(const auto deployment, deployments.restart(tx, input, input.param("app")));
           note_deployment(effect, deployment);
           return views.deployment(tx, deployment);
         })
      .summary("Start the current release anew, with the staged variables")
      .tag("deployments")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  api.write<api::Nothing, AppView>(
         Method::post, "/api/v1/orgs/{org}/apps/{app}/resume", Permission::app_deploy, "app.resume", 202,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<AppView> {
           note_before(tx, projects, input, effect);
           TRY_ASSIGN(const auto env, deployments.resume_automatic_deploys(tx, input, input.param("app")));
           note_app(effect, env);
           return views.app(tx, env);
         })
      .summary("Let automatic deploys go on after a rollback")
      .tag("deployments")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  const auto stop_or_start = [this, &api](const std::string& verb, bool stopped) {
    api.write<api::Nothing, AppView>(
           Method::post, "/api/v1/orgs/{org}/apps/{app}/" + verb, Permission::app_deploy, "app." + verb, 202,
           [this, stopped](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<AppView> {
             note_before(tx, projects, input, effect);
             TRY_ASSIGN(const auto env, deployments.set_stopped(tx, input, input.param("app"), stopped));
             note_app(effect, env);
             return views.app(tx, env);
           })
        .summary(stopped ? "Stop an app; it keeps its release" : "Start a stopped app")
        .tag("deployments")
        .errors({ErrorKind::not_found, ErrorKind::conflict});
  };
  stop_or_start("stop", true);
  stop_or_start("start", false);
}

}  // namespace deployments

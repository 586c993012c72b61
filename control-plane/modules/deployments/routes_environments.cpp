#include "control-plane/modules/deployments/routes.hpp"

namespace deployments {

using api::Effect;
using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;
using http::Method;

void RouteSet::add_environments(api::Api& api) {
  api.read<api::List<AppView>>("/api/v1/orgs/{org}/apps/{app}/environments", Permission::app_read,
                               [this](Tx& tx, const Input& input) -> Result<api::List<AppView>> {
                                 TRY_ASSIGN(const auto all,
                                            projects.environments_of(tx, input.organization(), input.param("app")));
                                 api::List<AppView> list;
                                 list.items = views.apps(tx, all);
                                 return list;
                               })
      .summary("Where an app runs: itself in each environment, production first; named app@environment elsewhere")
      .tag("apps")
      .errors({ErrorKind::not_found});
  api.write<AddToEnvironmentBody, AppView>(
         Method::post, "/api/v1/orgs/{org}/apps/{app}/environments", Permission::app_write, "app.environment_add", 201,
         [this](Tx& tx, const Input& input, const AddToEnvironmentBody& body, Effect& effect) -> Result<AppView> {
           TRY_ASSIGN(const auto env,
                      projects.add_to_environment(tx, input, input.param("app"), body.environment, body.branch));
           effect.object_kind = "app";
           effect.object_id = env.app.to_string();
           effect.object_name = env.ref();
           effect.app_id = effect.object_id;
           effect.after = snapshot_json(env);
           return views.app(tx, env);
         })
      .summary("Put an app into another environment, with production's settings and an address of its own")
      .tag("apps")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict, ErrorKind::forbidden});
}

}  // namespace deployments

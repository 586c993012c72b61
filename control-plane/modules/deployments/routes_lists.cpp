// Lists over all apps of an organization, and their short addresses.

#include "control-plane/modules/deployments/routes.hpp"

namespace deployments {

using api::Input;
using auth::Permission;
using base::Result;

Result<api::List<AppView>> RouteSet::all_apps(Tx& tx, const Input& input) {
  TRY_ASSIGN(const auto limit, input.limit());
  const auto after = input.query.contains("cursor") ? input.query.at("cursor") : std::string();
  api::List<AppView> list;
  list.items = views.apps(tx, projects.list(tx, input.organization(), after, limit, input.actor.visible_projects()));
  if (std::ssize(list.items) == limit) list.next_cursor = list.items.back().name;
  return list;
}

Result<api::List<DeploymentView>> RouteSet::all_deployments(Tx& tx, const Input& input) {
  TRY_ASSIGN(const auto limit, input.limit());
  std::optional<base::DeploymentId> before;
  if (const auto cursor = input.query.find("cursor"); cursor != input.query.end()) {
    const auto id = base::DeploymentId::parse(cursor->second);
    if (!id) return base::invalid("cursor", "\"cursor\" is the next_cursor of the page before.");
    before = *id;
  }
  api::List<DeploymentView> list;
  const auto visible = input.actor.visible_projects();
  list.items = views.deployments(tx, deployments.list_all(tx, input.organization(), before, limit, visible));
  if (std::ssize(list.items) == limit) list.next_cursor = list.items.back().id.to_string();
  return list;
}

void RouteSet::add_lists(api::Api& api) {
  const auto apps = [this](Tx& tx, const Input& input) { return all_apps(tx, input); };
  const auto all = [this](Tx& tx, const Input& input) { return all_deployments(tx, input); };
  const auto described = [](http::Route& route, const char* summary, const char* tag) {
    route.summary(summary)
        .tag(tag)
        .query_parameter("limit", "1 to 100, by default 50")
        .query_parameter("cursor", "`next_cursor` of the page before");
  };
  described(api.read_kept<api::List<AppView>>("/api/v1/orgs/{org}/apps", Permission::app_read, apps), "List apps",
            "apps");
  described(api.read_visible<api::List<DeploymentView>>("/api/v1/orgs/{org}/deployments", Permission::app_read, all),
            "List the deployments of all apps, newest first", "deployments");
  // For scripts with a token of one organization: it need not be named. With a person's it is the one joined first.
  described(api.read_visible<api::List<AppView>>("/api/applications", Permission::app_read, apps),
            "List the apps of your own organization", "apps");
  described(api.read_visible<api::List<DeploymentView>>("/api/deployments", Permission::app_read, all),
            "List the deployments of your own organization, newest first", "deployments");
}

}  // namespace deployments

#pragma once

#include "control-plane/modules/audit/service.hpp"
#include "control-plane/modules/deployments/api_history.hpp"
#include "control-plane/modules/deployments/api_variables.hpp"
#include "control-plane/modules/deployments/views.hpp"
#include "control-plane/modules/identity/service.hpp"
#include "control-plane/platform/api/api.hpp"

namespace deployments {

/// Endpoints of apps, their deployments and variables.
struct RouteSet {
  Service& deployments;
  projects::Service& projects;
  Views& views;
  audit::Service& audit;
  identity::Service& people;

  void add(api::Api& api);

 private:
  void add_lists(api::Api& api);
  base::Result<api::List<AppView>> all_apps(Tx& tx, const api::Input& input);
  base::Result<api::List<DeploymentView>> all_deployments(Tx& tx, const api::Input& input);
  void add_apps(api::Api& api);
  void add_environments(api::Api& api);
  void add_deployments(api::Api& api);
  void add_verbs(api::Api& api);
  void add_pins(api::Api& api);
  void add_variables(api::Api& api);
  void add_variable_list(api::Api& api);
  void add_scope_variables(api::Api& api, const std::string& path, const std::string& whose);
  void add_staged(api::Api& api);
  /// The place of variables that the route names.
  base::Result<projects::Scope> scope(Tx& tx, const api::Input& input, bool for_change);
  StagedView staged(Tx& tx, const projects::AppEnvironment& env);
  void add_history(api::Api& api);
  base::Result<HistoryView> history(Tx& tx, const api::Input& input);
};

/// What the audit log says of a deployment.
void note_deployment(api::Effect& effect, const Deployment& deployment);

}  // namespace deployments

#include "control-plane/modules/projects/routes.hpp"

#include "control-plane/modules/projects/api.hpp"

namespace projects {
namespace {

using api::Effect;
using api::Input;
using auth::Permission;
using base::ErrorKind;
using base::Result;
using http::Method;

constexpr const char* kProjects = "/api/v1/orgs/{org}/projects";
constexpr const char* kProject = "/api/v1/orgs/{org}/projects/{project}";
constexpr const char* kEnvironments = "/api/v1/orgs/{org}/projects/{project}/environments";
constexpr const char* kEnvironment = "/api/v1/orgs/{org}/projects/{project}/environments/{environment}";

ProjectView show(const Project& project) {
  return {project.id, project.slug, project.name, project.apps, project.created_at, project.updated_at};
}

EnvironmentView show(const Environment& environment) {
  return {environment.id, environment.name, environment.branch_patterns, environment.apps, environment.created_at};
}

ProjectView noted(Effect& effect, const Project& project) {
  auto view = show(project);
  effect.object_kind = "project";
  effect.object_id = project.id.to_string();
  effect.object_name = project.slug;
  effect.after = json::encode(view);
  return view;
}

EnvironmentView noted(Effect& effect, const Environment& environment) {
  auto view = show(environment);
  effect.object_kind = "environment";
  effect.object_id = environment.id.to_string();
  effect.object_name = environment.name;
  effect.after = json::encode(view);
  return view;
}

}  // namespace

void Routes::add(api::Api& api) {
  api.read_visible<api::List<ProjectView>>(kProjects, Permission::project_read,
                                           [this](Tx& tx, const Input& input) -> Result<api::List<ProjectView>> {
                                             api::List<ProjectView> list;
                                             for (const auto& project : places.list(tx, input)) {
                                               list.items.push_back(show(project));
                                             }
                                             return list;
                                           })
      .summary("List the projects that you see")
      .tag("projects");
  api.write<NewProjectBody, ProjectView>(
         Method::post, kProjects, Permission::project_write, "project.create", 201,
         [this](Tx& tx, const Input& input, const NewProjectBody& body, Effect& effect) -> Result<ProjectView> {
           TRY_ASSIGN(const auto made, places.create(tx, input, body.slug, body.name.value_or(body.slug)));
           return noted(effect, made);
         })
      .summary("Make a project, with the environment production")
      .tag("projects")
      .errors({ErrorKind::invalid, ErrorKind::conflict});
  api.read<ProjectView>(kProject, Permission::project_read,
                        [this](Tx& tx, const Input& input) -> Result<ProjectView> {
                          TRY_ASSIGN(const auto found, places.find(tx, input.organization(), input.param("project")));
                          return show(found);
                        })
      .summary("Show a project")
      .tag("projects")
      .errors({ErrorKind::not_found});
  api.write<ProjectChangeBody, ProjectView>(
         Method::patch, kProject, Permission::project_write, "project.change", 200,
         [this](Tx& tx, const Input& input, const ProjectChangeBody& body, Effect& effect) -> Result<ProjectView> {
           TRY_ASSIGN(const auto changed, places.change(tx, input, input.param("project"), {body.slug, body.name}));
           return noted(effect, changed);
         })
      .summary("Rename a project")
      .tag("projects")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<api::Nothing, ProjectView>(
         Method::del, kProject, Permission::project_delete, "project.delete", 200,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<ProjectView> {
           TRY_ASSIGN(const auto removed, places.remove(tx, input, input.param("project")));
           return noted(effect, removed);
         })
      .summary("Delete a project that has no apps")
      .tag("projects")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
  add_environments(api);
}

void Routes::add_environments(api::Api& api) {
  api.read<api::List<EnvironmentView>>(
         kEnvironments, Permission::project_read,
         [this](Tx& tx, const Input& input) -> Result<api::List<EnvironmentView>> {
           TRY_ASSIGN(const auto found, places.environments(tx, input.organization(), input.param("project")));
           api::List<EnvironmentView> list;
           for (const auto& one : found) list.items.push_back(show(one));
           return list;
         })
      .summary("List a project's environments, production first")
      .tag("projects")
      .errors({ErrorKind::not_found});
  api.write<NewEnvironmentBody, EnvironmentView>(
         Method::post, kEnvironments, Permission::project_write, "environment.create", 201,
         [this](Tx& tx, const Input& input, const NewEnvironmentBody& body, Effect& effect) -> Result<EnvironmentView> {
           TRY_ASSIGN(const auto made,
                      places.create_environment(tx, input, input.param("project"), body.name, body.branch_patterns));
           return noted(effect, made);
         })
      .summary("Make an environment")
      .tag("projects")
      .errors({ErrorKind::not_found, ErrorKind::invalid, ErrorKind::conflict});
  api.write<EnvironmentChangeBody, EnvironmentView>(
         Method::patch, kEnvironment, Permission::project_write, "environment.change", 200,
         [this](Tx& tx, const Input& input, const EnvironmentChangeBody& body,
                Effect& effect) -> Result<EnvironmentView> {
           TRY_ASSIGN(const auto changed, places.change_environment(tx, input, input.param("project"),
                                                                    input.param("environment"), body.branch_patterns));
           return noted(effect, changed);
         })
      .summary("Change which branches an environment is for")
      .tag("projects")
      .errors({ErrorKind::not_found, ErrorKind::invalid});
  api.write<api::Nothing, EnvironmentView>(
         Method::del, kEnvironment, Permission::project_write, "environment.delete", 200,
         [this](Tx& tx, const Input& input, api::Nothing, Effect& effect) -> Result<EnvironmentView> {
           TRY_ASSIGN(const auto removed,
                      places.remove_environment(tx, input, input.param("project"), input.param("environment")));
           return noted(effect, removed);
         })
      .summary("Delete an environment that has no apps")
      .tag("projects")
      .errors({ErrorKind::not_found, ErrorKind::conflict});
}

}  // namespace projects

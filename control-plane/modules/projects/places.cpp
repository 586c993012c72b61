#include "control-plane/modules/projects/places.hpp"

#include "control-plane/modules/projects/place_rules.hpp"
#include "control-plane/modules/projects/place_store.hpp"

namespace projects {
namespace {

std::unexpected<base::Error> slug_taken(const std::string& slug) {
  return base::conflict("project.slug_taken", "There is a project " + slug + " already. Choose another name.");
}

std::string counted_apps(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " app" : " apps");
}

}  // namespace

std::vector<Project> Places::list(Tx& tx, const auth::Call& call) {
  return store::list_projects(tx, call.organization(), call.actor.visible_projects());
}

base::Result<Project> Places::find(Tx& tx, base::OrganizationId organization, const std::string& slug_or_id) {
  auto found = store::project_named(tx, organization, slug_or_id);
  if (!found) return base::not_found("project.not_found", "The project");
  return *std::move(found);
}

base::Result<Project> Places::create(Tx& tx, const auth::Call& call, const std::string& slug, const std::string& name) {
  TRY_CHECK(rules::check_slug("/slug", slug));
  TRY_CHECK(rules::check_project_name(name));
  const auto organization = call.organization();
  if (store::list_projects(tx, organization, std::nullopt).size() >= kMostProjects) {
    return base::conflict("project.too_many", "An organization has at most 500 projects.");
  }
  const auto id = base::ProjectId::make(clock_);
  if (!store::insert_project(tx, id, organization, slug, name)) return slug_taken(slug);
  store::insert_environment(tx, base::EnvironmentId::make(clock_), organization, id, kProduction, {});
  announce(tx, organization, "project.created", slug);
  return find(tx, organization, slug);
}

base::Result<Project> Places::change(Tx& tx, const auth::Call& call, const std::string& slug_or_id,
                                     const ProjectChange& change) {
  if (change.slug) TRY_CHECK(rules::check_slug("/slug", *change.slug));
  if (change.name) TRY_CHECK(rules::check_project_name(*change.name));
  const auto organization = call.organization();
  const auto found = store::lock_project(tx, organization, slug_or_id);
  if (!found) return base::not_found("project.not_found", "The project");
  if (change.slug && store::is_slug_taken(tx, organization, *change.slug, found->id)) return slug_taken(*change.slug);
  store::change_project(tx, organization, found->id, change.slug, change.name);
  announce(tx, organization, "project.updated", change.slug.value_or(found->slug));
  return find(tx, organization, found->id.to_string());
}

base::Result<Project> Places::remove(Tx& tx, const auth::Call& call, const std::string& slug_or_id) {
  const auto organization = call.organization();
  auto found = store::lock_project(tx, organization, slug_or_id);
  if (!found) return base::not_found("project.not_found", "The project");
  if (found->apps > 0) {
    return base::conflict("project.not_empty", "The project " + found->slug + " has " + counted_apps(found->apps) +
                                                   ", those deleted within 24 hours included. Delete them first.");
  }
  store::delete_project(tx, organization, found->id);
  changed_(tx, organization);
  announce(tx, organization, "project.deleted", found->slug);
  return *std::move(found);
}

base::Result<std::vector<Environment>> Places::environments(Tx& tx, base::OrganizationId organization,
                                                            const std::string& project) {
  TRY_ASSIGN(const auto found, find(tx, organization, project));
  return store::environments(tx, organization, found.id);
}

base::Result<Environment> Places::create_environment(Tx& tx, const auth::Call& call, const std::string& project,
                                                     const std::string& name,
                                                     const std::vector<std::string>& patterns) {
  TRY_CHECK(rules::check_slug("/name", name));
  TRY_CHECK(rules::check_patterns(patterns));
  const auto organization = call.organization();
  const auto found = store::lock_project(tx, organization, project);
  if (!found) return base::not_found("project.not_found", "The project");
  if (store::environments(tx, organization, found->id).size() >= kMostEnvironments) {
    return base::conflict("environment.too_many", "A project has at most 50 environments.");
  }
  const auto id = base::EnvironmentId::make(clock_);
  if (!store::insert_environment(tx, id, organization, found->id, name, patterns)) {
    return base::conflict("environment.name_taken", "The project has an environment " + name + " already.");
  }
  announce(tx, organization, "environment.created", found->slug + "/" + name);
  return find_environment(tx, organization, *found, name);
}

base::Result<Environment> Places::change_environment(Tx& tx, const auth::Call& call, const std::string& project,
                                                     const std::string& environment,
                                                     const std::vector<std::string>& patterns) {
  TRY_CHECK(rules::check_patterns(patterns));
  const auto organization = call.organization();
  TRY_ASSIGN(const auto in, find(tx, organization, project));
  TRY_ASSIGN(const auto found, find_environment(tx, organization, in, environment));
  store::set_patterns(tx, organization, found.id, patterns);
  announce(tx, organization, "environment.updated", in.slug + "/" + found.name);
  return find_environment(tx, organization, in, found.name);
}

base::Result<Environment> Places::remove_environment(Tx& tx, const auth::Call& call, const std::string& project,
                                                     const std::string& environment) {
  const auto organization = call.organization();
  const auto in = store::lock_project(tx, organization, project);
  if (!in) return base::not_found("project.not_found", "The project");
  TRY_ASSIGN(auto found, find_environment(tx, organization, *in, environment));
  if (found.name == kProduction) {
    return base::conflict("environment.production", "Every project has production; it goes with the project.");
  }
  if (found.apps > 0) {
    return base::conflict("environment.not_empty",
                          found.name + " has " + counted_apps(found.apps) + ". Delete them there first.");
  }
  store::delete_environment(tx, organization, found.id);
  announce(tx, organization, "environment.deleted", in->slug + "/" + found.name);
  return found;
}

base::Result<Environment> Places::find_environment(Tx& tx, base::OrganizationId organization, const Project& project,
                                                   const std::string& name_or_id) {
  auto found = store::environment_named(tx, organization, project.id, name_or_id);
  if (!found) return base::not_found("environment.not_found", "The environment");
  return *std::move(found);
}

void Places::announce(Tx& tx, base::OrganizationId organization, const std::string& kind, const std::string& name) {
  feed::Change change;
  change.kind = kind;
  change.organization = organization;
  change.data = feed::named(name);
  feed_.append(tx, change);
}

}  // namespace projects

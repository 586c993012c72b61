#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/projects/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace projects::store {

/// Project `default` and environment `production`, made when absent.
struct Place {
  base::ProjectId project;
  base::EnvironmentId environment;
};
/// Environment `production` of a project; nothing when there is no such project.
std::optional<Place> find_place(Tx& tx, base::OrganizationId organization, const std::string& project);
/// The project of an app.
std::optional<base::ProjectId> project_of(Tx& tx, base::OrganizationId organization, base::AppId app);
Place ensure_default_place(Tx& tx, base::OrganizationId organization, const base::Clock& clock);

/// False when the organization has an app of that name already.
bool insert_app(Tx& tx, base::AppId id, base::OrganizationId organization, base::ProjectId project,
                const std::string& name);
/// False when the host is taken.
bool insert_app_environment(Tx& tx, base::AppEnvironmentId id, base::OrganizationId organization, base::AppId app,
                            base::EnvironmentId environment, const std::string& host, const NewApp& app_source);

std::optional<AppEnvironment> find(Tx& tx, base::OrganizationId organization, const AppRef& ref);
/// An app in each of its environments, production first.
std::vector<AppEnvironment> of_app(Tx& tx, base::OrganizationId organization, base::AppId app);
/// `visible`: ids of projects, for callers who see only these.
std::vector<AppEnvironment> list(Tx& tx, base::OrganizationId organization, const std::string& after_name, int limit,
                                 const std::optional<std::vector<std::string>>& visible);
/// The ids of what `list` lists, in the same order; `named`: only these.
std::vector<AppName> names(Tx& tx, base::OrganizationId organization, const std::string& after_name, int limit,
                           const std::optional<std::vector<std::string>>& named,
                           const std::optional<std::vector<std::string>>& visible);
/// Locks the row until the end of the transaction.
std::optional<AppEnvironment> lock(Tx& tx, base::AppEnvironmentId id);

void set_source(Tx& tx, base::AppEnvironmentId id, const Source& source);
/// All but the source; and a new version.
void update_settings(Tx& tx, base::AppEnvironmentId id, const AppChange& change);
void set_stopped(Tx& tx, base::AppEnvironmentId id, bool stopped);
/// An earlier time counts.
void set_deleting(Tx& tx, base::AppEnvironmentId id, base::UtcTime at);
void undo_deletion(Tx& tx, base::AppEnvironmentId id);
void set_releases(Tx& tx, base::AppEnvironmentId id, std::optional<base::ReleaseId> current,
                  std::optional<base::ReleaseId> target);
void set_paused(Tx& tx, base::AppEnvironmentId id, bool paused);
void erase(Tx& tx, base::OrganizationId organization, base::AppId app, base::AppEnvironmentId id);
std::int64_t take_deployment_number(Tx& tx, base::AppEnvironmentId id);
std::int64_t take_release_number(Tx& tx, base::AppEnvironmentId id);

void wake(Tx& tx, base::AppEnvironmentId id, base::UtcTime at);
void wake_all(Tx& tx, base::UtcTime at);
void set_next_check(Tx& tx, base::AppEnvironmentId id, std::optional<base::UtcTime> at);
std::vector<base::AppEnvironmentId> due(Tx& tx, base::UtcTime now, int limit);
/// When the next one is due, if any.
std::optional<base::UtcTime> next_due(Tx& tx);

}  // namespace projects::store

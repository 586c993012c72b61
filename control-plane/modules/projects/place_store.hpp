#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/projects/place_types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace projects::store {

/// `visible`: ids, for callers who see only these.
std::vector<Project> list_projects(Tx& tx, base::OrganizationId organization,
                                   const std::optional<std::vector<std::string>>& visible);
std::optional<Project> project_named(Tx& tx, base::OrganizationId organization, const std::string& slug_or_id);
/// Locks it against new apps and environments until the end of the transaction.
std::optional<Project> lock_project(Tx& tx, base::OrganizationId organization, const std::string& slug_or_id);
/// False when the slug is taken.
bool insert_project(Tx& tx, base::ProjectId id, base::OrganizationId organization, const std::string& slug,
                    const std::string& name);
bool is_slug_taken(Tx& tx, base::OrganizationId organization, const std::string& slug, base::ProjectId by_another_than);
void change_project(Tx& tx, base::OrganizationId organization, base::ProjectId id,
                    const std::optional<std::string>& slug, const std::optional<std::string>& name);
void delete_project(Tx& tx, base::OrganizationId organization, base::ProjectId id);

std::vector<Environment> environments(Tx& tx, base::OrganizationId organization, base::ProjectId project);
std::optional<Environment> environment_named(Tx& tx, base::OrganizationId organization, base::ProjectId project,
                                             const std::string& name_or_id);
/// False when the name is taken.
bool insert_environment(Tx& tx, base::EnvironmentId id, base::OrganizationId organization, base::ProjectId project,
                        const std::string& name, const std::vector<std::string>& patterns);
void set_patterns(Tx& tx, base::OrganizationId organization, base::EnvironmentId id,
                  const std::vector<std::string>& patterns);
void delete_environment(Tx& tx, base::OrganizationId organization, base::EnvironmentId id);

}  // namespace projects::store

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/projects/place_types.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace projects {

/// Absent members stay as they are.
struct ProjectChange {
  std::optional<std::string> slug;
  std::optional<std::string> name;
};

/// Projects and their environments. Runs in the caller's transaction; who may do what is decided before.
class Places {
 public:
  /// `changed`: called in the transaction in which a project went, for what roles in it were remembered.
  Places(const base::Clock& clock, feed::Feed& feed, std::function<void(Tx&, base::OrganizationId)> changed)
      : clock_(clock), feed_(feed), changed_(std::move(changed)) {}

  std::vector<Project> list(Tx& tx, const auth::Call& call);
  /// Error `project.not_found`.
  base::Result<Project> find(Tx& tx, base::OrganizationId organization, const std::string& slug_or_id);
  /// With the environment `production`. Errors: `invalid`, `project.slug_taken`, `project.too_many`.
  base::Result<Project> create(Tx& tx, const auth::Call& call, const std::string& slug, const std::string& name);
  base::Result<Project> change(Tx& tx, const auth::Call& call, const std::string& slug_or_id,
                               const ProjectChange& change);
  /// Error `project.not_empty`, which says how many apps stand in it.
  base::Result<Project> remove(Tx& tx, const auth::Call& call, const std::string& slug_or_id);

  base::Result<std::vector<Environment>> environments(Tx& tx, base::OrganizationId organization,
                                                      const std::string& project);
  /// Errors: `invalid`, `environment.name_taken`, `environment.too_many`.
  base::Result<Environment> create_environment(Tx& tx, const auth::Call& call, const std::string& project,
                                               const std::string& name, const std::vector<std::string>& patterns);
  base::Result<Environment> change_environment(Tx& tx, const auth::Call& call, const std::string& project,
                                               const std::string& environment,
                                               const std::vector<std::string>& patterns);
  /// Errors: `environment.production`, `environment.not_empty`.
  base::Result<Environment> remove_environment(Tx& tx, const auth::Call& call, const std::string& project,
                                               const std::string& environment);

 private:
  base::Result<Environment> find_environment(Tx& tx, base::OrganizationId organization, const Project& project,
                                             const std::string& name_or_id);
  void announce(Tx& tx, base::OrganizationId organization, const std::string& kind, const std::string& name);

  const base::Clock& clock_;
  feed::Feed& feed_;
  std::function<void(Tx&, base::OrganizationId)> changed_;
};

}  // namespace projects

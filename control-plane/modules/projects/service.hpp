#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/projects/types.hpp"
#include "control-plane/modules/projects/variables.hpp"
#include "control-plane/modules/secrets/secrets.hpp"
#include "control-plane/platform/auth/actor.hpp"

namespace projects {

struct Options {
  std::string apps_domain{"localhost"};  ///< an app's host is `<app>.<apps_domain>`
  std::string scheme{"http"};            ///< of an app's address
  int edge_port{7080};
};

/// Projects, apps, their environments and variables: the desired state that people write. Runs in the caller's
/// transaction. Whoever changes what the reconciler looks at calls `wake` in the same transaction.
class Service {
 public:
  Service(const base::Clock& clock, Options options, feed::Feed& feed, secrets::Vault& vault,
          std::function<void()> nudge)
      : clock_(clock),
        options_(std::move(options)),
        feed_(feed),
        nudge_(std::move(nudge)),
        variables_(clock, feed, vault,
                   {.url = [this](const std::string& host) { return url(host); }, .service_values = {}}) {}

  /// Errors: `invalid` with all fields; `app.name_taken`, `app.host_taken`, `project.not_found`, `plan_limit`.
  base::Result<AppEnvironment> create_app(Tx& tx, const auth::Call& call, NewApp app);
  /// By the app's name or id, in its `production` environment; `hello@staging` in another. Error `app.not_found`.
  base::Result<AppEnvironment> find(Tx& tx, base::OrganizationId organization, const std::string& name_or_id);
  /// The same, locked, and refused with `app.deleting` when it is being deleted.
  base::Result<AppEnvironment> find_for_change(Tx& tx, base::OrganizationId organization,
                                               const std::string& name_or_id);
  /// The app in each of its environments, production first. Error `app.not_found`.
  base::Result<std::vector<AppEnvironment>> environments_of(Tx& tx, base::OrganizationId organization,
                                                            const std::string& app);
  /// Puts an app into another environment of its project, with the settings that it has in production, an address of
  /// its own and no variables but those it inherits there. `branch` absent: the first that the environment names, else
  /// production's. Errors: `app.not_found`, `environment.not_found`, `app.in_environment`, `app.host_taken`, `invalid`,
  /// `plan_limit`.
  base::Result<AppEnvironment> add_to_environment(Tx& tx, const auth::Call& call, const std::string& app,
                                                  const std::string& environment,
                                                  const std::optional<std::string>& branch);
  /// The app there, put there when it is not yet; that needs `app:write`.
  base::Result<AppEnvironment> find_or_add(Tx& tx, const auth::Call& call, const std::string& app,
                                           const std::string& environment);
  /// The environment of the app's project that a branch is for, by its patterns; `production` when it is for none.
  /// Error `app.not_found`.
  base::Result<std::string> environment_of_branch(Tx& tx, base::OrganizationId organization, const std::string& app,
                                                  const std::string& branch);
  /// `visible`: ids of projects, for callers who see only these.
  std::vector<AppEnvironment> list(Tx& tx, base::OrganizationId organization, const std::string& after_name, int limit,
                                   const std::optional<std::vector<std::string>>& visible = std::nullopt);
  /// The ids of what `list` lists, in the same order; `named`: only these.
  std::vector<AppName> names(Tx& tx, base::OrganizationId organization, const std::string& after_name, int limit,
                             const std::optional<std::vector<std::string>>& named,
                             const std::optional<std::vector<std::string>>& visible);
  std::optional<AppEnvironment> lock(Tx& tx, base::AppEnvironmentId id);

  base::Result<AppEnvironment> change_app(Tx& tx, const auth::Call& call, const std::string& name_or_id,
                                          AppChange change);
  void set_stopped(Tx& tx, const AppEnvironment& env, bool stopped);
  /// Its replicas stop at once; it is erased `kUndoTime` later, or right after them when it shall be `for_good`.
  void begin_deletion(Tx& tx, const AppEnvironment& env, bool for_good);
  void undo_deletion(Tx& tx, const AppEnvironment& env);
  /// The last step of a deletion: every trace of the app environment goes.
  void erase(Tx& tx, const AppEnvironment& env);

  void set_releases(Tx& tx, const AppEnvironment& env, std::optional<base::ReleaseId> current,
                    std::optional<base::ReleaseId> target);
  void pause_automatic_deploys(Tx& tx, const AppEnvironment& env, bool paused);
  std::int64_t take_deployment_number(Tx& tx, base::AppEnvironmentId id);
  std::int64_t take_release_number(Tx& tx, base::AppEnvironmentId id);

  /// The reconciler looks at it at `at` (now by default) or earlier.
  void wake(Tx& tx, base::AppEnvironmentId id);
  void wake_at(Tx& tx, base::AppEnvironmentId id, base::UtcTime at);
  /// For what concerns every app, such as an edge that came or went: rare.
  void wake_all(Tx& tx);
  void set_next_check(Tx& tx, base::AppEnvironmentId id, std::optional<base::UtcTime> at);
  std::vector<base::AppEnvironmentId> due(Tx& tx, int limit);
  std::optional<base::UtcTime> next_due(Tx& tx);

  std::vector<VariableName> variable_names(Tx& tx, const AppEnvironment& env);
  base::Result<VariableName> put_variable(Tx& tx, const AppEnvironment& env, const std::string& name,
                                          const base::SecretString& value);
  /// Error `variable.not_found`.
  base::Result<void> erase_variable(Tx& tx, const AppEnvironment& env, const std::string& name);
  Variables& variables() { return variables_; }

  void announce(Tx& tx, const AppEnvironment& env, const std::string& kind);

 private:
  std::string url(const std::string& host) const;
  const base::Clock& clock_;
  Options options_;
  feed::Feed& feed_;
  std::function<void()> nudge_;
  Variables variables_;
};

}  // namespace projects

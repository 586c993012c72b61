#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/builds/service.hpp"
#include "control-plane/modules/deployments/api_history.hpp"
#include "control-plane/modules/deployments/api_variables.hpp"
#include "control-plane/modules/deployments/ports.hpp"
#include "control-plane/modules/deployments/rules.hpp"
#include "control-plane/modules/deployments/types.hpp"
#include "control-plane/modules/feed/feed.hpp"
#include "control-plane/modules/projects/service.hpp"
#include "control-plane/modules/scheduling/service.hpp"
#include "control-plane/modules/secrets/secrets.hpp"

namespace deployments {

/// What a person asks for when they press Deploy. Absent: the app's branch, at its newest commit.
struct DeployOrder {
  std::optional<std::string> commit;
  std::optional<std::string> branch;
  std::optional<std::string> upload;  ///< id of a folder that was sent
};

/// Which settings (port, health_path, cpu_millis …) the current release does not have yet. Pure.
std::vector<std::string> changed_settings(const projects::AppEnvironment& env, const Release& current);

/// Use-cases of deployments: each writes desired state and wakes the reconciler; nothing here waits.
class Service {
 public:
  Service(const base::Clock& clock, feed::Feed& feed, projects::Service& projects, builds::Service& builds)
      : clock_(clock), feed_(feed), projects_(projects), builds_(builds) {}

  /// Queues a deployment of the app's repository; one that a person asks for lets automatic deploys go on again.
  /// Errors: `app.not_found`, `app.deleting`, `invalid`; `app.automatic_deploys_paused` for a push, a webhook or a
  /// schedule after a rollback.
  base::Result<Deployment> deploy(Tx& tx, const auth::Call& call, const std::string& app, const DeployOrder& order,
                                  const std::string& trigger);
  /// A new deployment with a copy of an earlier release; pauses automatic deploys. `release`: its number, absent: the
  /// one before the current. Errors: `release.not_found`,
  /// `release.image_removed`.
  base::Result<Deployment> roll_back(Tx& tx, const auth::Call& call, const std::string& app,
                                     std::optional<std::int64_t> release);
  /// Keeps the image of a release whatever its age, or lets it go its way again. Errors: `release.not_found`,
  /// `release.image_removed`.
  base::Result<Release> pin(Tx& tx, const auth::Call& call, const std::string& app, std::int64_t number, bool pinned);
  /// A new release of the current digest with the staged variables. Error `app.nothing_running`.
  base::Result<Deployment> restart(Tx& tx, const auth::Call& call, const std::string& app);
  /// A new release of the current digest because of what is staged. Errors: `app.nothing_running`,
  /// `app.nothing_staged`.
  base::Result<Deployment> apply_staged(Tx& tx, const auth::Call& call, const std::string& app);
  base::Result<projects::AppEnvironment> resume_automatic_deploys(Tx& tx, const auth::Call& call,
                                                                  const std::string& app);
  base::Result<projects::AppEnvironment> set_stopped(Tx& tx, const auth::Call& call, const std::string& app,
                                                     bool stopped);
  /// Its replicas stop at once; all else goes after `projects::kUndoTime`, or right then when it is `for_good`.
  /// Idempotent.
  base::Result<projects::AppEnvironment> remove(Tx& tx, const auth::Call& call, const std::string& app,
                                                bool for_good = false);
  /// Brings a deleted app back. Idempotent. Error `app.erased` when its time is over.
  base::Result<projects::AppEnvironment> undo_removal(Tx& tx, const auth::Call& call, const std::string& app);
  Holdings holdings(Tx& tx, base::AppEnvironmentId environment);
  /// Error `deployment.finished` when there is nothing left to cancel.
  base::Result<Deployment> cancel(Tx& tx, const auth::Call& call, base::DeploymentId id);

  base::Result<Deployment> find(Tx& tx, base::OrganizationId organization, base::DeploymentId id);
  std::vector<Deployment> list(Tx& tx, base::AppEnvironmentId environment, std::int64_t below, int limit);
  std::vector<Deployment> list_all(Tx& tx, base::OrganizationId organization, std::optional<base::DeploymentId> before,
                                   int limit, const std::optional<std::vector<std::string>>& visible);
  std::vector<Deployment> latest(Tx& tx, const std::vector<base::AppEnvironmentId>& environments);
  std::optional<Release> find_release(Tx& tx, base::ReleaseId id);
  /// Those of `ids`, in one statement.
  std::vector<Release> releases_of(Tx& tx, const std::vector<base::ReleaseId>& ids);
  /// How many variables of each are not live yet, in one statement.
  std::map<base::AppEnvironmentId, int> staged_counts(Tx& tx, const std::vector<base::AppEnvironmentId>& environments);
  std::vector<Release> releases(Tx& tx, base::AppEnvironmentId environment, std::int64_t below, int limit);
  /// Which variables are not live yet: changed, new or removed since the current release.
  /// What was live at a moment, if anything.
  std::optional<PastRelease> release_at(Tx& tx, base::AppEnvironmentId environment, base::UtcTime at);
  /// What a release holds of each variable, without values.
  std::map<std::string, VariableSide> frozen(Tx& tx, base::ReleaseId release);
  std::vector<std::string> staged(Tx& tx, const projects::AppEnvironment& env);
  /// Which settings are not live yet.
  std::vector<std::string> staged_settings(Tx& tx, const projects::AppEnvironment& env);

 private:
  /// The app's environments, when `app` names the whole app; else `found` alone.
  base::Result<std::vector<projects::AppEnvironment>> concerned(Tx& tx, const projects::AppEnvironment& found,
                                                                const std::string& app);
  /// Variables that refer to nothing or in a circle would fail the deployment at its end: refused at its beginning.
  base::Result<void> check_variables(Tx& tx, const projects::AppEnvironment& env);
  base::Result<Deployment> copy_current(Tx& tx, const auth::Call& call, const projects::AppEnvironment& env,
                                        const std::string& trigger);
  base::Result<Deployment> queue(Tx& tx, const auth::Call& call, const projects::AppEnvironment& env,
                                 Deployment deployment);

  const base::Clock& clock_;
  feed::Feed& feed_;
  projects::Service& projects_;
  builds::Service& builds_;
};

/// Moves app environments towards what is desired: loads the world, decides, acts, until nothing is left to do now.
/// Idempotent; one transaction for each environment; called for what is due only.
class Reconciler {
 public:
  Reconciler(const base::Clock& clock, feed::Feed& feed, projects::Service& projects, secrets::Vault& vault,
             builds::Service& builds, scheduling::Service& scheduling, Routes& routes)
      : clock_(clock),
        feed_(feed),
        projects_(projects),
        vault_(vault),
        builds_(builds),
        scheduling_(scheduling),
        routes_(routes) {}

  void reconcile(Tx& tx, base::AppEnvironmentId id);

 private:
  struct Loaded;
  Loaded load(Tx& tx, base::AppEnvironmentId id);
  /// False when a placement found no room: look again later.
  bool act(Tx& tx, const Loaded& loaded, const rules::Action& action);
  void become(Tx& tx, const Loaded& loaded, base::DeploymentId id, State to);
  void fail(Tx& tx, const Loaded& loaded, base::DeploymentId id, Failure failure);
  void begin_rollout(Tx& tx, const Loaded& loaded, base::DeploymentId id);
  void note_progress(Tx& tx, const Loaded& loaded, const rules::Decision& decision, bool all_placed);
  void promote(Tx& tx, const Loaded& loaded, base::DeploymentId id);
  bool place(Tx& tx, const Loaded& loaded, const rules::Place& place);
  /// What a release of `deployment` is to hold; an Error when references cannot be resolved.
  base::Result<std::vector<projects::Variable>> variables_for(Tx& tx, const Loaded& loaded,
                                                              const Deployment& deployment);
  void freeze_variables(Tx& tx, const Loaded& loaded, base::ReleaseId release,
                        const std::vector<projects::Variable>& variables);
  std::map<std::string, base::SecretString> open_variables(Tx& tx, const projects::AppEnvironment& env,
                                                           base::ReleaseId release);
  void announce(Tx& tx, const projects::AppEnvironment& env, base::DeploymentId deployment, const std::string& kind);
  void erase(Tx& tx, const projects::AppEnvironment& env);

  const base::Clock& clock_;
  feed::Feed& feed_;
  projects::Service& projects_;
  secrets::Vault& vault_;
  builds::Service& builds_;
  scheduling::Service& scheduling_;
  Routes& routes_;
};

}  // namespace deployments

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/deployments/api_history.hpp"
#include "control-plane/modules/deployments/types.hpp"
#include "control-plane/modules/projects/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace deployments::store {

/// `source`: what the app says of how it is built.
void insert(Tx& tx, const Deployment& deployment);
std::optional<Deployment> find(Tx& tx, base::OrganizationId organization, base::DeploymentId id);
std::vector<Deployment> list(Tx& tx, base::AppEnvironmentId environment, std::int64_t below_number, int limit);
/// Of all apps, or of those in the projects `visible`, newest first: their ids grow with time.
std::vector<Deployment> list_all(Tx& tx, base::OrganizationId organization, std::optional<base::DeploymentId> before,
                                 int limit, const std::optional<std::vector<std::string>>& visible);
std::vector<Deployment> unfinished(Tx& tx, base::AppEnvironmentId environment);
/// The newest deployment of each environment.
std::vector<Deployment> latest(Tx& tx, const std::vector<std::string>& environments);

/// Compare-and-set on the state; false when it was another.
bool set_state(Tx& tx, base::DeploymentId id, State from, State to, const std::string& status_text, base::UtcTime now);
void set_failure(Tx& tx, base::DeploymentId id, State from, const Failure& failure, const std::string& status_text,
                 base::UtcTime now);
/// What a build left, or the release that is copied.
struct Built {
  std::string commit;
  std::string commit_message;
  std::string image_repository;
  std::string image_digest;
  std::optional<std::string> content_hash;
};
void set_built(Tx& tx, base::DeploymentId id, const Built& built);
void set_release(Tx& tx, base::DeploymentId id, base::ReleaseId release);
void set_status_text(Tx& tx, base::DeploymentId id, const std::string& text);
void request_cancel(Tx& tx, base::DeploymentId id);
void supersede_live(Tx& tx, base::AppEnvironmentId environment, base::DeploymentId except, base::UtcTime now);

void insert_release(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                    const Release& release);
std::optional<Release> find_release(Tx& tx, base::ReleaseId id);
std::optional<Release> find_release_number(Tx& tx, base::AppEnvironmentId environment, std::int64_t number);
/// What was live at a moment, without its variables.
std::optional<std::pair<base::ReleaseId, PastRelease>> live_at(Tx& tx, base::AppEnvironmentId environment,
                                                               base::UtcTime at);
/// Keeps the release's image whatever its age, or no longer.
void pin(Tx& tx, base::AppEnvironmentId environment, std::int64_t number, bool pinned);
/// Those of `ids`, in one statement.
std::vector<Release> releases_of(Tx& tx, const std::vector<base::ReleaseId>& ids);
/// The newest release that was live before `below`.
std::optional<Release> release_before(Tx& tx, base::AppEnvironmentId environment, std::int64_t below);
std::vector<Release> releases(Tx& tx, base::AppEnvironmentId environment, std::int64_t below, int limit);

struct FrozenVariable {
  std::string name;
  std::string value_sealed;
  std::int64_t generation{1};
  bool build_time{false};
  bool run_time{true};
  std::optional<std::string> fingerprint{};
};
void insert_variable(Tx& tx, base::OrganizationId organization, base::ReleaseId release,
                     const FrozenVariable& variable);
std::vector<FrozenVariable> variables(Tx& tx, base::ReleaseId release);
/// Name and generation of what a release holds.
std::map<std::string, std::int64_t> variable_generations(Tx& tx, base::ReleaseId release);

/// The same of the current release of each environment.
std::map<base::AppEnvironmentId, std::map<std::string, std::int64_t>> live_generations(
    Tx& tx, const std::vector<base::AppEnvironmentId>& environments);

std::optional<Rollout> active_rollout(Tx& tx, base::AppEnvironmentId environment);
void insert_rollout(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                    const Rollout& rollout);
/// Compare-and-set on `version`.
bool end_rollout(Tx& tx, const Rollout& rollout, const std::string& state, base::UtcTime now);
/// Compare-and-set on `version`.
bool renew_deadline(Tx& tx, const Rollout& rollout, base::UtcTime deadline);
/// What goes with an app environment.
Holdings holdings(Tx& tx, base::AppEnvironmentId environment);

}  // namespace deployments::store

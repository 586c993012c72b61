#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/id.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

/// Images of app environments that were deleted for good: nothing else names them any more.
namespace builds::store {

/// The tags that the environment's builds pushed and no collect job removed.
std::vector<std::string> tags_to_abandon(Tx& tx, base::AppEnvironmentId environment);
/// Notes images of the environment, which is still there, to be removed.
void insert_abandoned(Tx& tx, base::JobId id, base::AppEnvironmentId environment, const std::vector<std::string>& tags,
                      base::UtcTime now);

/// Those that wait, and those whose worker did not answer within their lease. Not beside a build of an app that has the
/// repository's name now.
std::vector<base::JobId> abandoned_to_collect(Tx& tx, base::UtcTime now, int limit);
/// Gives the removal to a worker as one more attempt; false when there is nothing to do after all. One documented
/// transaction: lock, look again (`assign` locks the same row before a build), mark.
bool lease_abandoned(Tx& tx, base::JobId id, base::WorkerId worker, base::UtcTime now, base::UtcTime lease_until);
/// Waits for whoever gives out removals in the repository of this build's environment.
void lock_abandoned_of(Tx& tx, base::AppEnvironmentId environment);

struct AbandonedJob {
  base::JobId id;
  int attempt{1};
  base::UtcTime lease_until;
  std::string repository;
  std::vector<std::string> tags;
  bool dispatched{false};
};
/// What is leased to this worker.
std::vector<AbandonedJob> abandoned_jobs(Tx& tx, base::WorkerId worker);
/// Digests of an app that was made anew under the repository's name.
std::vector<std::string> digests_in(Tx& tx, const std::string& repository);
/// A removal that is leased to this worker.
bool is_abandoned(Tx& tx, base::JobId id, base::WorkerId worker);
void set_abandoned_dispatched(Tx& tx, base::JobId id, bool dispatched);
/// The images are gone: so is the note of them. False when it is not leased to this worker as this attempt.
bool forget_abandoned(Tx& tx, base::JobId id, int attempt, base::WorkerId worker);
/// It did not work: again from `not_before` on.
bool retry_abandoned(Tx& tx, base::JobId id, int attempt, base::WorkerId worker, base::UtcTime not_before);

}  // namespace builds::store

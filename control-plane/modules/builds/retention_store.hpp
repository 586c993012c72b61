#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/id.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace builds::store {

/// How many releases that were live keep their image.
inline constexpr int kKeptReleases = 10;

/// Environments with images that nobody needs, and no unfinished deployment or job.
std::vector<base::AppEnvironmentId> environments_to_collect(Tx& tx, int limit);
/// Locks the environment, gives up the images that it does not need and makes the job that removes them; nothing when
/// there are none after all. One documented transaction: lock, look again, mark, insert.
bool insert_collect_job(Tx& tx, base::JobId id, base::AppEnvironmentId environment, base::WorkerId worker,
                        base::UtcTime now, base::UtcTime lease_until);

struct CollectJob {
  base::JobId id;
  int attempt{1};
  base::AppEnvironmentId environment;
  base::UtcTime lease_until;
  std::string repository;
  bool dispatched{false};
};
/// Assigned collect jobs of this worker.
std::vector<CollectJob> collect_jobs(Tx& tx, base::WorkerId worker);
std::vector<std::string> tags_of(Tx& tx, base::JobId job);
std::vector<std::string> kept_digests(Tx& tx, base::AppEnvironmentId environment);
void set_collect_dispatched(Tx& tx, base::JobId job, bool dispatched);
/// False when it is not an active collect job of this worker and attempt.
bool end_collect_job(Tx& tx, base::JobId job, int attempt, base::WorkerId worker, const std::string& state,
                     base::UtcTime now);

}  // namespace builds::store

#include "control-plane/platform/jobs/queue.hpp"

namespace jobs {
namespace {

const postgres::Statement kHealth{
    "jobs.queue_health",
    "SELECT count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'assigned'), "
    "count(*) FILTER (WHERE state = 'running'), "
    "coalesce(floor(greatest(0, extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = "
    "'pending')))), 0)::bigint, "
    "coalesce(floor(greatest(0, extract(epoch FROM clock_timestamp() - min(assigned_at) FILTER (WHERE state <> "
    "'pending')))), 0)::bigint "
    "FROM jobs WHERE state IN ('pending', 'assigned', 'running')"};

}  // namespace

QueueHealth queue_health(Tx& tx) {
  const auto row = tx.one(kHealth);
  return {.pending = row.integer(0),
          .assigned = row.integer(1),
          .running = row.integer(2),
          .oldest_pending_s = row.integer(3),
          .oldest_active_s = row.integer(4)};
}

}  // namespace jobs

#include "control-plane/platform/jobs/lease.hpp"

namespace jobs {
namespace {

const postgres::Statement kTake{
    "jobs.take_lease",
    "INSERT INTO leases AS l (name, holder, epoch, expires_at) VALUES ($1, $2, 1, clock_timestamp() + "
    "make_interval(secs => $3::integer)) "
    "ON CONFLICT (name) DO UPDATE SET epoch = CASE WHEN l.holder = excluded.holder AND l.expires_at > "
    "clock_timestamp() THEN l.epoch "
    "ELSE l.epoch + 1 END, holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE l.holder = excluded.holder OR l.expires_at <= clock_timestamp() "
    "OR split_part(l.holder, '/', 1) = split_part(excluded.holder, '/', 1) RETURNING epoch"};
const postgres::Statement kRelease{"jobs.release_lease",
                                   "UPDATE leases SET expires_at = clock_timestamp() WHERE name = $1 AND holder = $2"};
// A leader that stands still in the middle of a transaction (a paused machine) would hold the row, and with it the
// takeover, for as long as the server waits for idle transactions: for these it waits half a lease.
const postgres::Statement kHold{"jobs.hold_lease",
                                "SELECT set_config('idle_in_transaction_session_timeout', '4000', true) FROM leases "
                                "WHERE name = $1 AND epoch = $2 AND expires_at > clock_timestamp() FOR SHARE"};

}  // namespace

std::optional<std::int64_t> take_lease(Tx& tx, const std::string& name, const std::string& holder) {
  const auto row = tx.maybe_one(kTake, name, holder, kLeaseSeconds);
  if (!row) return std::nullopt;
  return row->integer(0);
}

void release_lease(Tx& tx, const std::string& name, const std::string& holder) {
  tx.exec(kRelease, name, holder);
}

bool hold_lease(Tx& tx, const std::string& name, std::int64_t epoch) {
  return tx.maybe_one(kHold, name, epoch).has_value();
}

}  // namespace jobs

#pragma once

#include "control-plane/modules/audit/types.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace audit {

/// Puts committed events in order, chains them per organization and signs each end. Run it every 200 ms on the leader,
/// in a transaction that holds the lease; writers never wait for it. Killed anywhere, the next run goes on.
class Sealer {
 public:
  Sealer(const base::Clock& clock, const SigningKey& key) : clock_(clock), key_(key) {}

  /// Whether there is anything to seal; reads only, so it needs no lease.
  bool has_work(Tx& tx);
  /// Seals at most 500 events; how many it were.
  int seal(Tx& tx);

 private:
  const base::Clock& clock_;
  const SigningKey& key_;
};

}  // namespace audit

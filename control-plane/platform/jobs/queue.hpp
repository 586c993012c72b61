#pragma once

#include <cstdint>

#include "control-plane/platform/postgres/transaction.hpp"

namespace jobs {

/// How much work for agents there is and how long the oldest of it waits, by the database's clock.
struct QueueHealth {
  std::int64_t pending{0};
  std::int64_t assigned{0};
  std::int64_t running{0};
  std::int64_t oldest_pending_s{0};  ///< since it was queued; 0: none waits
  std::int64_t oldest_active_s{0};   ///< since a worker got it; 0: none is at work
};

/// Over all organizations; one statement that reads jobs without an end only.
QueueHealth queue_health(Tx& tx);

}  // namespace jobs

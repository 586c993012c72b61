#pragma once

#include "common/async/task.hpp"
#include "common/base/clock.hpp"

namespace async {

/// Waits in real monotonic time; a wait of zero or less yields once. Throws operation_aborted when cancelled.
Task<void> sleep(base::Duration wait);

}  // namespace async

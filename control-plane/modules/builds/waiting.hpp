#pragma once

#include <vector>

#include "common/base/id.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace builds {

/// Workers that have a job which was not sent to them yet, whichever instance they are connected to.
std::vector<base::WorkerId> workers_with_jobs_to_send(Tx& tx);

}  // namespace builds

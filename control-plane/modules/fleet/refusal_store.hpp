#pragma once

#include "common/base/id.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace fleet::store {

/// True when a refusal of this worker was not recorded within the last minute, by the database's clock; it is now.
bool take_refusal_turn(Tx& tx, base::WorkerId worker);

}  // namespace fleet::store

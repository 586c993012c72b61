#pragma once

#include <string>

#include "control-plane/platform/postgres/transaction.hpp"

namespace fleet::store {

/// Where other instances reach the one that this worker is connected to; in the transaction that opens its session.
void set_held_at(Tx& tx, base::WorkerId worker, const std::string& url);
/// Empty when nobody said.
std::string held_at(Tx& tx, base::WorkerId worker);

}  // namespace fleet::store

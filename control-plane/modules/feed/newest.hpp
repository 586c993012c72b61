#pragma once

#include <string>

#include "control-plane/platform/postgres/transaction.hpp"

namespace feed {

/// The last row that a reader can see now, as text; changes whenever there is more to read. One look into an index.
std::string newest_readable(Tx& tx);

}  // namespace feed

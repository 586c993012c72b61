#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control-plane/platform/postgres/transaction.hpp"

namespace jobs {

inline constexpr int kLeaseSeconds = 8;

/// Leadership as a row of `leases`, by the database's clock (DESIGN 3).
/// Takes the lease when it is free or renews it when it is ours; returns the epoch while we hold it. `holder` is
/// `place/process`: a process at the same place (host and port, which only one can listen on) takes over from its
/// predecessor at once, with a higher epoch.
std::optional<std::int64_t> take_lease(Tx& tx, const std::string& name, const std::string& holder);
/// Gives it back at shutdown, so that another instance need not wait for its end.
void release_lease(Tx& tx, const std::string& name, const std::string& holder);
/// True while the lease still has this epoch; holds that until the transaction ends (FOR SHARE).
bool hold_lease(Tx& tx, const std::string& name, std::int64_t epoch);

}  // namespace jobs

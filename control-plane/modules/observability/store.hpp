#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control-plane/modules/observability/types_drains.hpp"
#include "control-plane/platform/postgres/transaction.hpp"

namespace observability::store {

std::vector<LogDrain> drains(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment);
/// False when the app environment has `most` already.
bool insert(Tx& tx, const LogDrain& drain, const std::string& target_sealed, int most);
/// What was removed, if it was there.
std::optional<LogDrain> remove(Tx& tx, base::OrganizationId organization, base::AppEnvironmentId environment,
                               const base::Uuid& id);

/// For the sender: every drain of the installation.
std::vector<ActiveDrain> active(Tx& tx);
struct Sealed {
  std::string target;
  std::int64_t generation{1};
  std::string position;
};
std::optional<Sealed> sealed(Tx& tx, const base::Uuid& id);
/// False when it is gone.
bool delivered(Tx& tx, const base::Uuid& id, const std::string& position, std::int64_t lines, base::UtcTime now);
bool failing(Tx& tx, const base::Uuid& id, const std::string& failure, base::UtcTime now);

}  // namespace observability::store
